"""The practice LMS's notices (1EdTech Platform Notification Service 1.0), each sent once."""

import secrets
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.practice.platform import (
    CLAIM,
    NOTICE_SCOPE,
    NOTICE_TYPES,
    PracticePlatform,
    PracticeTool,
)
from integrations.practice.school import PracticeCourse

COPY = "LtiContextCopyNotice"
SEND_SECONDS = 10


def signed(
    platform: PracticePlatform, tool: PracticeTool, notice_type: str, **claims: Any
) -> dict[str, Any]:
    """The claims of a notice; `claims` by short name beside what each has."""
    at = int(time.time())
    return {
        "iss": platform.base_url,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "iat": at,
        "exp": at + 300,
        "nonce": secrets.token_hex(12),
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": tool.deployment_id,
        CLAIM + "notice": {
            "id": secrets.token_hex(12),
            "timestamp": datetime.now(UTC).isoformat(),
            "type": notice_type,
        },
        **{CLAIM + name: value for name, value in claims.items()},
    }


def send(platform: PracticePlatform, notice_type: str, **claims: Any) -> list[int]:
    """Post a notice to every tool that asked for it; returns the answers' status codes.

    What is not taken, or does not arrive, is lost, as with Canvas.
    """
    answers = []
    for client_id, handlers in list(platform.notice_handlers.items()):
        handler = handlers.get(notice_type)
        if not handler or not platform.notifies:
            continue
        body = signed(platform, platform.tools[client_id], notice_type, **claims)
        sent = {"notices": [{"jwt": platform.keys.sign(body)}]}
        try:
            answers.append(requests.post(handler, json=sent, timeout=SEND_SECONDS).status_code)
        except requests.RequestException:
            answers.append(0)
    return answers


def announce_copy(
    platform: PracticePlatform, course: PracticeCourse, origin: PracticeCourse
) -> list[int]:
    """Tell that a course's content was copied from another's."""
    return send(
        platform,
        COPY,
        context={"id": course.id, "title": course.title},
        origin_contexts=[origin.id],
    )


def make_blueprint(platform: PracticePlatform) -> Blueprint:
    """Where a tool puts its handlers, one for each type of notice; an empty one ends it."""
    blueprint = Blueprint("notices", __name__)

    @blueprint.route("/lti/notice-handlers/<client_id>", methods=["GET", "PUT"])
    @platform.mischief.on("lti.notice_handlers")
    def handlers(client_id: str) -> ResponseReturnValue:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        tool, granted = platform.tools.get(client_id), platform.scopes_of(token)
        if granted is None:
            return jsonify(errors=["the token is unknown or has expired"]), 401
        if NOTICE_SCOPE not in granted:
            return jsonify(errors=["the token lacks the scope"]), 403
        if tool is None or not platform.notifies:
            return jsonify(errors=["there is no such tool"]), 404
        known = platform.notice_handlers.setdefault(client_id, {})
        if request.method == "GET":
            return jsonify(
                client_id=client_id,
                deployment_id=tool.deployment_id,
                notice_handlers=[{"notice_type": k, "handler": v} for k, v in known.items()],
            )
        asked: Any = request.get_json(force=True, silent=True)
        if words := _wrong(tool, asked):
            return jsonify(errors=[words]), 400
        known[asked["notice_type"]] = asked["handler"]
        return jsonify(asked)

    return blueprint


def _wrong(tool: PracticeTool, asked: Any) -> str:
    """Why a handler is not acceptable; empty for a good one."""
    if not isinstance(asked, dict) or asked.get("notice_type") not in NOTICE_TYPES:
        return "notice_type is unknown"
    handler = asked.get("handler")
    if not isinstance(handler, str):
        return "handler is missing"
    if handler and urlsplit(handler).netloc != urlsplit(tool.launch_url).netloc:
        return "handler is not on the tool's domain"
    return ""
