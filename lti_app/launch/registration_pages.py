"""The address an LMS's administrator pastes: `/lti/register`, and what follows there."""

from typing import Any

from flask import Blueprint, Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer

from integrations.lti import gradebook, registration, roster
from integrations.lti.claims import NOTICE_SCOPE
from integrations.lti.registration import PlatformConfiguration, RegistrationFailed
from lti_app.db import now
from lti_app.errors import PathwaysError, Words
from lti_app.launch import registrations, tool
from lti_app.launch.platforms import is_safe_address
from lti_app.people.visit import app_settings, database
from lti_app.ui import csrf, limiter

LIMIT = "20 per minute; 200 per day"
"""Per network address: each asks an address of a stranger's choice once or twice."""
FORM_LASTS_S = 1800

REASONS: dict[str, Words] = {
    roster.SCOPE: _l("the class list, so that students are there before they first come"),
    roster.GROUPS_SCOPE: _l("the course's groups, to see the same students together here"),
    gradebook.LINE_ITEM: _l("gradebook columns: to make one for each checkpoint"),
    gradebook.SCORE: _l("scores: to send each checkpoint's score to the gradebook"),
    gradebook.RESULT_READ: _l(
        "grades of our own columns, so that one a teacher changed is never overwritten"
    ),
    NOTICE_SCOPE: _l("word of copied courses, so that a new year's class begins with its plan"),
}
"""What each service is for, in the order it is asked for."""

FAILURES: dict[str, tuple[Words, Words]] = {
    "unreachable": (
        _l("Your LMS did not answer."),
        _l("It must be reachable from the internet. Wait a minute, then begin again in the LMS."),
    ),
    "refused": (
        _l("Your LMS did not accept the registration."),
        _l("Its permission is good once and for a short time. Begin again in the LMS."),
    ),
    "garbled": (
        _l("What your LMS said of itself is not complete."),
        _l("Ask its provider for LTI Dynamic Registration, or add the platform by hand."),
    ),
    "wrong_host": (
        _l("This configuration belongs to another LMS."),
        _l("Begin in your own LMS: paste the address of Pathways there."),
    ),
    "bad_address": (
        _l("Your LMS named an address that can't be used."),
        _l("A platform's addresses start with https:// and are on the public internet."),
    ),
    "over": (
        _l("This page was open for too long."),
        _l("Begin again in the LMS."),
    ),
}


class CannotRegister(PathwaysError):
    """A registration that can't go on; nothing was changed here."""

    status = 400

    def __init__(self, code: str) -> None:
        message, advice = FAILURES[code]
        super().__init__(message, advice, code=code)


blueprint = Blueprint("registration", __name__, url_prefix="/lti", template_folder="templates")


def init_app(app: Flask) -> None:
    """Add the pages; they stand in another site's iframe, where there is no cookie, so the form
    carries a signature of ours instead of a CSRF token."""
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


@blueprint.get("/register")
@blueprint.get("/register/<invitation>")
@limiter.limit(LIMIT)
def begin(invitation: str = "") -> ResponseReturnValue:
    """What will be asked for and why; or, opened by hand, what the address is for."""
    g.framed_by = ("anyone", None)
    address = request.args.get("openid_configuration", "")
    token = request.args.get("registration_token", "")
    here = url_for("registration.begin", invitation=invitation or None)
    if not address:
        return render_template(
            "launch/register_how.html", address=f"{app_settings().public_url}{here}"
        )
    platform = _configuration(address, token)
    return render_template(
        "launch/register.html",
        platform=platform,
        asked=[REASONS[one] for one in registration.wanted_scopes(platform, tuple(REASONS))],
        signed=_signer().dumps([address, token]),
        invitation=invitation,
    )


@blueprint.post("/register")
@limiter.limit(LIMIT)
def finish() -> ResponseReturnValue:
    """Register with the platform; approved by an invitation, or pending under a code."""
    g.framed_by = ("anyone", None)
    try:
        address, token = _signer().loads(request.form.get("signed", ""), max_age=FORM_LASTS_S)
    except (BadSignature, ValueError):
        raise CannotRegister("over") from None
    code = request.form.get("invitation", "").strip()
    if code:  # before the platform's permission is used up
        with database().session(writes=False) as session:
            registrations.check_invitation(session, code)
    platform = _configuration(address, token)
    try:
        registered = registration.register(
            platform, our_configuration(), token, allow_loopback=app_settings().allow_loopback_http
        )
    except RegistrationFailed as error:
        raise CannotRegister(error.code) from error
    with database().transaction() as session:
        row, waiting_code = registrations.keep(session, platform, registered)
        row_id = row.id
    if code:
        with database().transaction() as session:
            registrations.approve_by_invitation(
                session, row_id, code, allow_loopback_http=app_settings().allow_loopback_http
            )
    struck = set(registration.wanted_scopes(platform, tuple(REASONS))) - set(registered.scopes)
    return render_template(
        "launch/registered.html",
        approved=bool(code),
        code=waiting_code,
        until=now() + registrations.PENDING_LASTS,
        struck=[words for scope, words in REASONS.items() if scope in struck],
    )


def our_configuration() -> registration.ToolConfiguration:
    """What we tell a platform of ourselves."""
    public_url = app_settings().public_url
    icon = url_for("static", filename="icon.svg")
    return tool.registration(public_url, f"{public_url}{icon}")


def _configuration(address: str, token: str) -> PlatformConfiguration:
    """The platform's configuration, with addresses we may call. Raises `CannotRegister`."""
    allowed: dict[str, Any] = {"allow_loopback_http": app_settings().allow_loopback_http}
    if not is_safe_address(address, **allowed):
        raise CannotRegister("bad_address")
    try:
        found = registration.read_configuration(
            address, token, allow_loopback=app_settings().allow_loopback_http
        )
    except RegistrationFailed as error:
        raise CannotRegister(error.code) from error
    if not all(is_safe_address(one, **allowed) for one in found.addresses):
        raise CannotRegister("bad_address")
    return found


def _signer() -> URLSafeTimedSerializer:
    secret = app_settings().secret_key.get_secret_value()
    return URLSafeTimedSerializer(secret, salt="pathways-registration")
