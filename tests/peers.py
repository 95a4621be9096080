"""Other people's systems, on loopback: the practice LMS, and a tool that asks it for things."""

import re
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import jwt
import pytest
import requests
from flask import Flask, jsonify
from werkzeug.serving import make_server

from integrations.practice.keys import KeyRing
from integrations.practice.platform import JWT_BEARER, SCOPES, PracticeTool
from integrations.practice.school import PracticeCourse, PracticeSchool
from integrations.practice.server import PracticeServer

KEYS = KeyRing()
"""The tool's, made once: an RSA key takes a while."""
FIELD = re.compile(r'name="([^"]+)" value="([^"]*)"')


class PeerTool:
    """A tool of nobody's: keys of its own, requests as a test orders them, no rule of ours."""

    def __init__(self) -> None:
        self.keys = KEYS
        self.key_set: Any = None
        """What its key server answers instead of its keys."""
        app = Flask(__name__)
        app.add_url_rule("/lti/jwks", view_func=self._jwks)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.practice: PracticeServer

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _jwks(self) -> Any:
        return jsonify(self.key_set if self.key_set is not None else self.keys.key_set())

    @property
    def course(self) -> PracticeCourse:
        return next(iter(self.practice.school.courses.values()))

    @property
    def tool(self) -> PracticeTool:
        return self.practice.tool

    def allow_only(self, *scopes: str) -> None:
        """The school's administrator strikes all other scopes."""
        tools = self.practice.platform.tools
        tools[self.tool.client_id] = replace(self.tool, scopes=scopes)

    def assertion(self, **changes: Any) -> str:
        """The tool's signed request for a token (RFC 7523); `...` leaves a claim out."""
        at = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.tool.client_id,
            "sub": self.tool.client_id,
            "aud": f"{self.practice.url}/lti/token",
            "iat": at,
            "exp": at + 60,
            "jti": uuid.uuid4().hex,
            **changes,
        }
        return self.keys.sign({name: value for name, value in claims.items() if value is not ...})

    def ask_token(self, assertion: str, *scopes: str, **form: str) -> requests.Response:
        return requests.post(
            f"{self.practice.url}/lti/token",
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": JWT_BEARER,
                "client_assertion": assertion,
                "scope": " ".join(scopes or SCOPES),
                **form,
            },
            timeout=5,
        )

    def token(self, *scopes: str) -> str:
        return str(self.ask_token(self.assertion(), *scopes).json()["access_token"])

    def ask(self, method: str, url: str, token: str, **request: Any) -> requests.Response:
        """A request to a service; `url` may be a path below the course."""
        if not url.startswith("http"):
            url = f"{self.practice.url}/lti/courses/{self.course.id}/{url}"
        headers = {"Authorization": f"Bearer {token}", **request.pop("headers", {})}
        return requests.request(
            method, url, headers=headers, timeout=request.pop("timeout", 5), **request
        )

    def authorize(self, **changes: str) -> tuple[requests.Response, dict[str, str]]:
        """Ask for a launch; returns the answer and the fields it would post to the tool."""
        asked = {
            "client_id": self.tool.client_id,
            "redirect_uri": self.tool.launch_url,
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "nonce": "nonce-1",
            "state": "state-1",
            "login_hint": self.course.student_ids[0],
            "lti_message_hint": self.course.id,
            **changes,
        }
        answer = requests.get(f"{self.practice.url}/lti/auth", params=asked, timeout=5)
        return answer, form_fields(answer)

    def verified(self, id_token: str) -> dict[str, Any]:
        """An id_token's claims, checked against the keys the platform publishes now."""
        published = requests.get(f"{self.practice.url}/lti/jwks", timeout=5).json()
        key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(id_token)["kid"]]
        return jwt.decode(
            id_token,
            key,
            algorithms=["RS256"],
            audience=self.tool.client_id,
            issuer=self.practice.url,
        )


def form_fields(answer: requests.Response) -> dict[str, str]:
    """The hidden fields of a form that posts itself."""
    return {name: unescape(value) for name, value in FIELD.findall(answer.text)}


@pytest.fixture
def practice(peer_tool: PeerTool) -> PracticeServer:
    """A running practice LMS with a small school of seven students, three rows a page."""
    return peer_tool.practice


@pytest.fixture
def peer_tool() -> Iterator[PeerTool]:
    """A tool that is registered with a running practice LMS, `peer_tool.practice`."""
    tool = PeerTool()
    with PracticeServer(tool.url, PracticeSchool.small(7), page_size=3) as server:
        tool.practice = server
        yield tool
    tool.stop()
