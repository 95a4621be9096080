"""`/classroom/changes`: where Pub/Sub says that something changed in Classroom.

Whatever is Google's is answered 2xx, also what is no longer ours: anything else comes again and
again for a week. Nothing is read here, only noted (`pushes.py`).
"""

import logging

from flask import Blueprint, Flask, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import Counter
from werkzeug.exceptions import HTTPException

from integrations.classroom.google_keys import KeptKeys
from integrations.classroom.push import must_be_googles, read_push
from integrations.lms import LmsRefused, LmsUnavailable
from lti_app.people.visit import app_settings, database
from lti_app.sync import pushes
from lti_app.ui import csrf, limiter

log = logging.getLogger(__name__)
pushes_seen = Counter("pathways_google_pushes", "Pushes of Pub/Sub", ["outcome"])

LIMIT = "6000 per minute"
"""Per network address: Google pushes for all districts from a few."""
MOST_BYTES = 64 * 1024
"""Classroom's messages have some hundred."""
KEYS = "pathways.google_keys"

WORDS = {
    "not_set_up": (404, "Pushes are not set up here: PATHWAYS_PUBSUB_TOPIC is empty."),
    "no_token": (401, "Set authentication on the push subscription: a token is missing."),
    "bad_token": (401, "The token is not Google's, or not of now."),
    "not_ours": (
        403,
        "The token is for another audience, or of another service account, than "
        "PATHWAYS_PUBSUB_AUDIENCE and PATHWAYS_PUBSUB_PUSH_ACCOUNT say.",
    ),
    "keys_unavailable": (503, "Google's keys can't be had just now."),
    "garbled": (400, "The body is no message of Classroom's from Pub/Sub."),
}
"""By code of a refusal, for whoever looks after the subscription."""

blueprint = Blueprint("google_push", __name__, url_prefix="/classroom")


def init_app(app: Flask) -> None:
    """Add the address; Pub/Sub posts to it, so there is no CSRF token."""
    app.extensions[KEYS] = KeptKeys(app.extensions["pathways.settings"].google_certs_url)
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


@blueprint.post("/changes")
@limiter.limit(LIMIT)
def take() -> ResponseReturnValue:
    """One message: proven, then noted."""
    code = _refusal()
    if code:
        return _refused(code)
    request.max_content_length = MOST_BYTES
    try:
        told = read_push(request.get_data(cache=False))
    except ValueError:
        return _refused("garbled")
    found = pushes.take(database(), told) if told is not None else 0
    pushes_seen.labels("taken" if found else "not_ours_any_more").inc()
    return "", 204


@blueprint.errorhandler(HTTPException)
def say(error: HTTPException) -> ResponseReturnValue:
    """Whoever posts here reads no pages: too many requests, too large a one."""
    return jsonify(error="refused", message=error.name), error.code or 400


def _refusal() -> str:
    """The code of why whoever asks is not heard; empty: it is Google, for us."""
    settings = app_settings()
    if not settings.pubsub_topic:
        return "not_set_up"
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token:
        return "no_token"
    try:
        must_be_googles(
            token.strip(),
            current_app.extensions[KEYS],
            audience=settings.push_audience,
            account=settings.pubsub_push_account,
        )
    except LmsUnavailable:
        return "keys_unavailable"
    except LmsRefused as error:
        return error.code
    return ""


def _refused(code: str) -> ResponseReturnValue:
    pushes_seen.labels(code).inc()
    log.info("push refused: %s", code)
    status, words = WORDS[code]
    return jsonify(error=code, message=words), status
