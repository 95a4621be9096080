"""A platform with as many members as a test wants: each page is made when it is asked for."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


class Crowd:
    """Token and roster services of one course on loopback; nothing is kept of what was asked."""

    def __init__(self, members: int, page_size: int = 200) -> None:
        crowd = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})

            def do_GET(self) -> None:
                page = int(parse_qs(urlsplit(self.path).query).get("page", ["0"])[0])
                first, last = page * page_size, min((page + 1) * page_size, members)
                link = f'<{crowd.url}/members?page={page + 1}>; rel="next"'
                rows = [_member(number) for number in range(first, last)]
                self._answer({"members": rows}, link if last < members else "")

            def _answer(self, body: object, link: str = "") -> None:
                sent = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(sent)))
                if link:
                    self.send_header("Link", link)
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _member(number: int) -> dict[str, object]:
    return {
        "user_id": f"u{number:06}",
        "name": f"Student {number}",
        "email": f"student.{number}@maple.example.org",
        "roles": [LEARNER],
        "status": "Active",
    }
