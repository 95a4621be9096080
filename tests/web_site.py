"""A site on loopback that answers what a test wants."""

import http.server
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

HTML = {"Content-Type": "text/html; charset=utf-8"}


class Site(http.server.ThreadingHTTPServer):
    """Answers at each path what was put there, and remembers who asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.at: dict[str, tuple[int, Mapping[str, str], list[bytes], float]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Paths with the headers they were asked with."""
        self.url = f"http://127.0.0.1:{self.server_port}"

    def put(
        self,
        path: str,
        body: str | bytes | Sequence[str] = b"",
        status: int = 200,
        headers: Mapping[str, str] = HTML,
        wait_s: float = 0.0,
    ) -> str:
        """Let a path answer so, `wait_s` after each piece of the body; returns its address."""
        pieces = [body] if isinstance(body, str | bytes) else body
        as_bytes = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
        self.at[path] = status, headers, as_bytes, wait_s
        return self.url + path

    def handle_error(self, *_: object) -> None:
        """A reader that hangs up is what some tests want."""


class _Answer(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, pieces, wait_s = self.server.at[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(wait_s)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output quiet."""


@contextmanager
def served() -> Iterator[Site]:
    """A site until the end of the block."""
    site = Site()
    threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
