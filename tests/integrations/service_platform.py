"""The services of a platform on loopback, which can be told to answer with any bytes."""

import json
import socket
import threading
import time
from collections import defaultdict, deque
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

BOOKMARK = "bookmark:WyJBZGEiLDFd"
"""A page token as Canvas has them: upper and lower case differ."""


class Answer:
    """One answer out of the ordinary."""

    def __init__(self, status: int = 200, body: Any = "", delay_s: float = 0, **headers: str):
        self.status, self.body, self.delay_s = status, body, delay_s
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.drops = False


def dropped() -> Answer:
    """The connection is lost before an answer."""
    answer = Answer()
    answer.drops = True
    return answer


class ServicePlatform:
    """Token, roster, line items, scores and results of one course."""

    def __init__(self) -> None:
        self.tokens = 0
        self.token_lasts_s: Any = 3600
        self.valid: set[str] = set()
        self.assertions: list[dict[str, str]] = []
        self.line_items: list[dict[str, Any]] = []
        self.scores: list[tuple[str, dict[str, Any]]] = []
        self.seen: list[str] = []
        self.next: dict[str, deque[Answer]] = defaultdict(deque)
        """By path: what to answer instead, once each."""
        app = Flask(__name__)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/members", view_func=self._members)
        app.add_url_rule("/items", view_func=self._items, methods=["GET", "POST"])
        app.add_url_rule("/items/<int:n>", view_func=self._item)
        app.add_url_rule("/items/<int:n>/scores", view_func=self._score, methods=["POST"])
        app.add_url_rule("/items/<int:n>/results", view_func=self._results)
        app.before_request(self._instead)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _instead(self) -> Response | None:
        self.seen.append(f"{request.method} {request.full_path.rstrip('?')}")
        if self.next[request.path]:
            answer = self.next[request.path].popleft()
            time.sleep(answer.delay_s)
            if answer.drops:
                request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            return Response(body, answer.status, {"Content-Type": "x/y", **answer.headers})
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path != "/token" and token not in self.valid:
            return Response("expired", 401)
        return None

    def _token(self) -> Response:
        self.tokens += 1
        self.assertions.append(request.form.to_dict())
        token = f"token-{self.tokens}"
        self.valid.add(token)
        return jsonify(access_token=token, expires_in=self.token_lasts_s, token_type="Bearer")

    def _members(self) -> Response:
        page = request.args.get("page", "")
        if page not in {"", BOOKMARK}:
            return Response("unknown page", 404)
        who = [{"user_id": "u3", "given_name": "Cy", "family_name": "Low", "status": "Inactive"}]
        if not page:
            who = [
                {"user_id": "u1", "name": "Ada", "email": "a@x", "roles": ["Learner"]},
                {"user_id": "u2", "name": "Bo", "roles": ["Learner", 7]},
                {"name": "nobody"},
                "junk",
            ]
        response = jsonify(id="x", context={"id": "1"}, members=who)
        if not page:
            response.headers["Link"] = (
                f'<{self.url}/members>; rel="first", '
                f'<{self.url}/members?page={BOOKMARK}>; title="x, y"; REL=Next, '
                f'<{self.url}/members?page=9>; rel="last"'
            )
        return response

    def _items(self) -> Response:
        if request.method == "POST":
            number = len(self.line_items) + 1
            item = {**json.loads(request.data), "id": f"{self.url}/items/{number}?type=a"}
            self.line_items.append(item)
            return Response(json.dumps(item), 201)
        return jsonify(self.line_items)  # the filter is ignored, as some platforms do

    def _item(self, n: int) -> Response:
        return jsonify(self.line_items[n - 1]) if n <= len(self.line_items) else Response("", 404)

    def _score(self, n: int) -> Response:
        self.scores.append((request.full_path, json.loads(request.data)))
        return Response("", 204)

    def _results(self, n: int) -> Response:
        return jsonify(
            [
                {"userId": score["userId"], "resultScore": score["scoreGiven"], "resultMaximum": 5}
                for _path, score in self.scores
            ]
        )
