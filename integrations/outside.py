"""Reading an address that somebody typed, without being sent into our own network.

The host is resolved once, every address it has must be public, and the connection goes to the
address that was checked: a name that changes its mind in between (DNS rebinding) gains nothing.
Redirects are followed by hand, each one checked anew.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import quote, urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

MOST_REDIRECTS = 4
CHUNK_BYTES = 65_536
_PATH_LETTERS = "/%:@!$&'()*+,;=~-._"
"""What stands in a path as it is; other letters, as people paste them, are escaped."""
_EMBEDDING_NETWORKS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))
"""NAT64 and 6to4: a public address that leads to the IPv4 address inside of it."""


class OutsideError(Exception):
    """The address was not read; `code` says why in one stable word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        """`not_an_address`, `not_public`, `no_such_host`, `unreachable`, `too_slow`,
        `too_large`, `too_many_redirects`, `status_<number>`."""


@dataclass(frozen=True)
class Fetched:
    """What an address answered."""

    url: str
    """Where it was found, after redirects."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


def fetch(
    url: str,
    *,
    allow_loopback: bool,
    most_bytes: int,
    timeout_s: float,
    cut: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """GET an https address (http too) outside private networks.

    `timeout_s` holds for all of it. A body of more than `most_bytes` is refused, or with `cut`
    read only so far. With `allow_loopback` (development and tests) loopback is read, too.
    Raises `OutsideError`.
    """
    ends = time.monotonic() + timeout_s
    for _ in range(MOST_REDIRECTS + 1):
        with _connected(url, allow_loopback, ends) as connection:
            answer = _ask(connection, url, ends, headers or {})
            if answer.status in {301, 302, 303, 307, 308} and "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
                continue
            if answer.status != 200:
                raise OutsideError(f"status_{answer.status}")
            body = _body(answer, most_bytes, ends, cut=cut)
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Fetched(url, found, body)
    raise OutsideError("too_many_redirects")


@contextmanager
def _connected(url: str, allow_loopback: bool, ends: float) -> Iterator[HTTPConnection]:
    """A connection to the checked address; cut when the time is over, even where the other side
    sends a byte now and then."""
    try:
        split = urlsplit(url)
        host, port = split.hostname or "", split.port
    except ValueError:
        raise OutsideError("not_an_address") from None
    if split.scheme not in {"http", "https"} or not host or split.username:
        raise OutsideError("not_an_address")
    secure = split.scheme == "https"
    port = port or (443 if secure else 80)
    address = _checked_address(host, port, allow_loopback)
    left = max(ends - time.monotonic(), 0.01)
    connection = (
        HTTPSConnection(address, port, timeout=left, assert_hostname=host, server_hostname=host)
        if secure
        else HTTPConnection(address, port, timeout=left)
    )
    try:
        with _refusals(ends):
            connection.connect()
        watch = threading.Timer(max(ends - time.monotonic(), 0), _cut, [connection.sock])
        watch.daemon = True
        watch.start()
        try:
            yield connection
        finally:
            watch.cancel()
    finally:
        connection.close()


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _refusals(ends: float) -> Iterator[None]:
    """What goes wrong on the way, in our own words."""
    try:
        yield
    except urllib3.exceptions.NewConnectionError:  # which is, for the library, a kind of timeout
        raise OutsideError("unreachable") from None
    except (urllib3.exceptions.TimeoutError, TimeoutError):
        raise OutsideError("too_slow") from None
    except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError):
        raise OutsideError("too_slow" if time.monotonic() >= ends else "unreachable") from None


def _ask(
    connection: HTTPConnection, url: str, ends: float, headers: Mapping[str, str]
) -> BaseHTTPResponse:
    split = urlsplit(url)
    path = quote(split.path or "/", safe=_PATH_LETTERS)
    path += f"?{quote(split.query, safe=_PATH_LETTERS + '?')}" if split.query else ""
    with _refusals(ends):
        connection.request(
            "GET",
            path,
            headers={"Host": split.netloc, "User-Agent": "Pathways", **headers},
            preload_content=False,
        )
        return connection.getresponse()


def _checked_address(host: str, port: int, allow_loopback: bool) -> str:
    """One address of the host, when all of them may be asked."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutsideError("no_such_host") from None
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not may_be_asked(address, allow_loopback=allow_loopback):
            raise OutsideError("not_public")
    return addresses[0]


def may_be_asked(address: str, *, allow_loopback: bool) -> bool:
    """True for an IP address of the public internet; with `allow_loopback` also our own."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    public = ip.is_global and not ip.is_multicast
    if any(ip in network for network in _EMBEDDING_NETWORKS if network.version == ip.version):
        public = False
    return public or (allow_loopback and ip.is_loopback)


def _body(answer: BaseHTTPResponse, most_bytes: int, ends: float, *, cut: bool) -> bytes:
    parts: list[bytes] = []
    size = 0
    with _refusals(ends):
        for part in answer.stream(CHUNK_BYTES, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > most_bytes:
                if cut:
                    break
                raise OutsideError("too_large")
            if time.monotonic() > ends:
                raise OutsideError("too_slow")
    if time.monotonic() > ends and size <= most_bytes:
        raise OutsideError("too_slow")  # it was cut, and may look whole
    return b"".join(parts)[:most_bytes]
