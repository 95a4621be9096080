"""`/lti/notices`: what platforms tell us without anybody launching (notification service 1.0).

The notices of a request come in together or not at all. Only what a worker needs is written, so
that the answer is quick: Canvas never sends a notice twice.
"""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import Counter
from werkzeug.exceptions import HTTPException

from integrations.lti.claims import LaunchRefused, text
from integrations.lti.notices import ASSET_SUBMISSION, CONTEXT_COPY, HELLO, Notice, verified_notice
from integrations.lti.token import read_token
from lti_app.db import insert_if_missing, now
from lti_app.launch import platforms
from lti_app.launch.models import AnnouncedCopy, Deployment, UsedNotice
from lti_app.launch.platform_keys import StoredKeys
from lti_app.launch.platforms import RegisteredPlatform
from lti_app.people.visit import database
from lti_app.ui import csrf, limiter

log = logging.getLogger(__name__)

notices_seen = Counter("pathways_notices_total", "Notices of platforms", ["type", "outcome"])

LIMIT = "1200 per minute"
"""Per network address: a district's courses are all copied on one evening."""
MOST_BYTES = 512 * 1024
MOST_NOTICES = 100
MOST_TOKEN = 32 * 1024
REMEMBERED = timedelta(hours=2)
"""Longer than a token is taken: it may have been issued within the hour, with a minute's leeway."""

WORDS = {
    "garbled": (400, 'The body is not {"notices": [{"jwt": "…"}]}.'),
    "too_many": (400, f"At most {MOST_NOTICES} notices come in one request."),
    "unknown_platform": (400, "No platform of this issuer and client id is connected."),
    "unknown_deployment": (403, "This deployment is not connected."),
    "incomplete": (400, "A notice lacks a claim that it needs."),
    "expired": (400, "A notice is too old, or from the future."),
    "replayed": (409, "A notice came in before."),
    "keys_unavailable": (503, "The platform's keys could not be fetched."),
    "unknown_key": (400, "A notice is signed with a key that the platform does not publish."),
    "wrong_audience": (400, "A notice is meant for another tool."),
    "bad_token": (400, "A notice is not signed by the platform."),
}
"""By code of a refusal, for whoever runs the platform."""

blueprint = Blueprint("notices_of_platforms", __name__, url_prefix="/lti")


def init_app(app: Flask) -> None:
    """Add the address; platforms post to it, so there is no CSRF token."""
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


@blueprint.post("/notices")
@limiter.limit(LIMIT)
def take() -> ResponseReturnValue:
    """Notices of one platform or several; nothing is written where one is refused."""
    try:
        found = [_verified(token) for token in _tokens()]
        _write(found)
    except LaunchRefused as error:
        status, words = WORDS[error.code]
        notices_seen.labels("unknown", "refused").inc()
        log.info("notice refused: %s", error.code)
        return jsonify(error=error.code, message=words), status
    for _platform, _deployment, notice in found:
        notices_seen.labels(_label(notice.type), "taken").inc()
    return jsonify(taken=len(found))


@blueprint.errorhandler(HTTPException)
def refused(error: HTTPException) -> ResponseReturnValue:
    """Whoever posts here reads JSON: too many requests, too large a one."""
    return jsonify(error="refused", message=error.name), error.code or 400


def _tokens() -> Sequence[str]:
    """The tokens in the request's body. Raises `LaunchRefused`."""
    request.max_content_length = MOST_BYTES
    try:
        body = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        raise LaunchRefused("garbled") from None
    sent = body.get("notices") if isinstance(body, dict) else None
    if not isinstance(sent, list) or not sent:
        raise LaunchRefused("garbled")
    if len(sent) > MOST_NOTICES:
        raise LaunchRefused("too_many")
    return [_token(one) for one in sent]


def _token(sent: Any) -> str:
    token = sent.get("jwt") if isinstance(sent, dict) else None
    if not isinstance(token, str) or not token.isascii() or not 0 < len(token) <= MOST_TOKEN:
        raise LaunchRefused("garbled")
    return token


def _verified(written: str) -> tuple[RegisteredPlatform, Deployment, Notice]:
    """A notice and who sent it; may ask the platform for its keys, so no transaction is open."""
    token = read_token(written)
    said = token.body if token is not None else {}
    audience = said.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    with database().asking() as connection:
        issued_by = platforms.candidates(connection, text(said.get("iss")), None)
    known = [one for one in issued_by if one.client_id in audiences]
    if len(known) != 1:
        raise LaunchRefused("unknown_platform")
    platform = known[0]
    keys = StoredKeys(database(), platform)
    notice = verified_notice(token, platform, keys)
    with database().session(writes=False) as session:
        deployment = platforms.find_deployment(session, platform.id, notice.deployment_id)
    if deployment is None:
        raise LaunchRefused("unknown_deployment")
    return platform, deployment, notice


def _write(found: Sequence[tuple[RegisteredPlatform, Deployment, Notice]]) -> None:
    """Use up the nonces and keep what copies say, all or nothing."""
    with database().transaction() as session:
        for platform, deployment, notice in found:
            once = {"platform_id": platform.id, "nonce": notice.once}
            if not insert_if_missing(session, UsedNotice, **once, expires_at=now() + REMEMBERED):
                raise LaunchRefused("replayed")
            if notice.type == CONTEXT_COPY:
                session.add(
                    AnnouncedCopy(
                        district_id=deployment.district_id,
                        source=platforms.source_of(platform.id),
                        external_id=notice.context_id,
                        origin_ids=list(notice.origin_ids),
                    )
                )


def _label(notice_type: str) -> str:
    return notice_type if notice_type in {CONTEXT_COPY, ASSET_SUBMISSION, HELLO} else "other"
