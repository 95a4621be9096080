"""Other people's systems on loopback: a mail server, and an HTTP API that answers as told."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Api:
    """What was asked, and what is answered next; without orders, `{"id": "<n>"}`."""

    url: str = ""
    asked: list[tuple[str, str, dict]] = field(default_factory=list)
    """Method, path, body."""
    orders: list[tuple[int, dict, dict]] = field(default_factory=list)
    """Status, headers, body."""

    def bodies(self, method: str) -> list[dict]:
        return [body for asked, _, body in self.asked if asked == method]


@contextmanager
def api() -> Iterator[Api]:
    """An HTTP API that remembers."""
    found = Api()

    class Answers(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            is_json = "json" in (self.headers.get("Content-Type") or "")
            body = json.loads(sent) if is_json and sent else parse_qs(sent)
            assert self.headers["Authorization"].startswith("Bearer ")
            found.asked.append((self.command, urlsplit(self.path).path, body))
            status, headers, answer = 200, {}, {"id": str(len(found.asked))}
            if found.orders:
                status, headers, answer = found.orders.pop(0)
            data = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


@dataclass
class Mailbox:
    """Letters that arrived, as they were sent."""

    url: str = ""
    letters: list[str] = field(default_factory=list)
    refuse: str = ""
    """What RCPT is answered, where it is refused."""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server that takes what is handed in (RFC 5321)."""
    box = Mailbox()

    class Takes(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mail.example.org")
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "DATA":
                    self._say("354 go on")
                    letter = []
                    while (read := self.rfile.readline().decode()) != ".\r\n":
                        letter.append(read)
                    box.letters.append("".join(letter))
                    self._say("250 taken")
                elif verb == "RCPT" and box.refuse:
                    self._say(box.refuse)
                elif verb == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Takes)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    box.url = f"smtp://127.0.0.1:{server.server_address[1]}"
    yield box
    server.shutdown()
    server.server_close()
