"""Requests to platforms: always with a timeout, retried only where that is harmless."""

import socket
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError
from urllib3.util.retry import Retry

from integrations.outside import may_be_asked

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
PATIENCE_SECONDS = 3.0
"""A `Retry-After` up to this is waited for here; a longer one is the caller's to plan."""

BUSY = frozenset({429, 500, 502, 503, 504})


class ShortRetry(Retry):
    """Gives up at once, with the platform's answer, where it asks us to stay away for longer."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> "ShortRetry":
        """Count one more try; raises `MaxRetryError` (the answer is then returned) to stop."""
        asked = self.get_retry_after(response) if response is not None else None
        if asked is not None and asked > PATIENCE_SECONDS:
            raise MaxRetryError(_pool, url or "", None)  # type: ignore[arg-type]  # as urllib3 does
        return super().increment(method, url, response, error, _pool, _stacktrace)


class _OutsideOnly(HTTPConnection):
    """Says nothing to a peer inside our own network, whatever name led to it.

    What counts is whom the connection reached: a name that changes its mind between a check and
    the connection (DNS rebinding) gains nothing, and redirects are checked, too.
    """

    allow_loopback = False

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        if not may_be_asked(sock.getpeername()[0], allow_loopback=self.allow_loopback):
            sock.close()
            raise NewConnectionError(self, "not a public address")
        return sock


class _Public(_OutsideOnly):
    pass


class _PublicTls(_OutsideOnly, HTTPSConnection):
    pass


class _Near(_OutsideOnly):
    allow_loopback = True


class _NearTls(_OutsideOnly, HTTPSConnection):
    allow_loopback = True


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _Public


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTls


class _NearPool(HTTPConnectionPool):
    ConnectionCls = _Near


class _NearTlsPool(HTTPSConnectionPool):
    ConnectionCls = _NearTls


class CarefulAdapter(HTTPAdapter):
    """Adds a timeout to every request that has none (pylti1p3 gives none to any), and reaches
    only the public internet; with `allow_loopback` also this machine."""

    def __init__(
        self, connect_seconds: float, read_seconds: float, *, allow_loopback: bool, **kwargs: Any
    ) -> None:
        self._timeout = (connect_seconds, read_seconds)
        self._pools: dict[str, type[HTTPConnectionPool]] = (
            {"http": _NearPool, "https": _NearTlsPool}
            if allow_loopback
            else {"http": _PublicPool, "https": _PublicTlsPool}
        )
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """The library's pools, with our connections. Behind a proxy (`HTTPS_PROXY`) the proxy
        itself decides whom it reaches."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send with our timeout unless the caller set one."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().send(request, **kwargs)


def http_session(
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
    *,
    tries: int = 3,
    allow_loopback: bool = False,
) -> requests.Session:
    """A session whose GETs are tried up to `tries` times, with jitter; POSTs are sent once.

    It reaches public addresses only, with `allow_loopback` (development and tests) also this
    machine's own; any other is a `requests.ConnectionError`.
    """
    retry = ShortRetry(
        total=tries - 1,
        status_forcelist=BUSY,
        allowed_methods={"GET"},
        backoff_factor=0.2,
        backoff_jitter=0.3,
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    session = requests.Session()
    adapter = CarefulAdapter(
        connect_seconds, read_seconds, allow_loopback=allow_loopback, max_retries=retry
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.max_redirects = 3
    session.headers["User-Agent"] = "Pathways-LTI"
    return session
