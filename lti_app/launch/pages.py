"""Login, launch and our public keys: `/lti/login`, `/lti/launch`, `/lti/jwks`."""

import logging
import secrets
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as visit_cookie
from flask.typing import ResponseReturnValue
from prometheus_client import Counter
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse

from integrations.lti.claims import LTI, LaunchClaims, LaunchRefused, text
from integrations.lti.login import start_login
from integrations.lti.message import StrictLaunch, unproven
from lti_app.db import now
from lti_app.launch import keys, logins, platforms, tool
from lti_app.launch.arrivals import Arrival, Ground, arrive
from lti_app.launch.events import section_entered
from lti_app.launch.framing import framed_by_issuer, origin_of
from lti_app.launch.models import Deployment, LoginState, Platform
from lti_app.launch.platform_keys import StoredKeys
from lti_app.launch.refusals import refuse
from lti_app.people import carried
from lti_app.people.kept import KEPT
from lti_app.people.visit import database, enter
from lti_app.settings import Settings
from lti_app.ui import csrf, limiter

log = logging.getLogger(__name__)

launches = Counter("pathways_launches_total", "Launches that entered", ["role"])

blueprint = Blueprint("lti", __name__, url_prefix="/lti", template_folder="templates")

SCHOOL_LIMIT = "3000 per minute"
"""Per network address: a school of 1,200 behind one address opens its day within a minute."""

ASKED = (
    "iss",
    "client_id",
    "login_hint",
    "lti_message_hint",
    "lti_deployment_id",
    "target_link_uri",
    "lti_storage_target",
)
"""Parameters of a login (1EdTech Security Framework 1.1 §5.1.1.1, LTI 1.3 §4.1)."""
JWKS_SECONDS = 3600
TRIES = 3
PURGE_ONE_IN = 500


def init_app(app: Flask) -> None:
    """Add the pages; platforms post to them from elsewhere, so they carry no CSRF token."""
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["pathways.settings"]
    return settings


@blueprint.route("/login", methods=["GET", "POST"])
@limiter.limit(SCHOOL_LIMIT)
def login() -> BaseResponse:
    """A platform asks us to begin: send the browser back to it with a fresh state and nonce."""
    parameters = request.values
    issuer = parameters.get("iss", "")
    framed_by_issuer(issuer)
    if not issuer:
        raise refuse("incomplete")
    with database().session(writes=False) as session:
        found = platforms.candidates(session, issuer, parameters.get("client_id"))
    if not found:
        raise refuse("unknown_platform")
    if len(found) > 1:
        raise refuse("which_platform")
    platform = found[0]
    try:
        started = start_login(
            parameters, platforms.as_lti(platform), f"{_settings().public_url}/lti/launch"
        )
    except LaunchRefused as error:
        raise refuse(error.code) from error
    asked = {name: parameters[name][:2000] for name in ASKED if parameters.get(name)}
    with database().transaction() as session:
        logins.remember(session, platform.id, started, asked)
        if secrets.randbelow(PURGE_ONE_IN) == 0:
            logins.purge(session)
    response: BaseResponse = redirect(started.redirect_url)
    storage = _storage_of(platform, asked)
    if storage is not None and not _keeps_cookies():
        response = make_response(
            render_template("launch/login.html", to=started.redirect_url, begun=started, **storage)
        )
    _set_state_cookie(response, started.state, int(logins.LIFETIME.total_seconds()))
    return response


@blueprint.post("/launch")
@limiter.limit(SCHOOL_LIMIT)
def launch() -> BaseResponse:
    """The platform vouches for someone: let them in, or say plainly why not."""
    state, id_token = request.form.get("state", ""), request.form.get("id_token", "")
    stored = request.form.get("stored", "")
    claimed = unproven(id_token)
    framed_by_issuer(text(claimed.get("iss")))  # only for where a refusal may be shown
    if not state or not id_token:
        raise refuse("incomplete")
    begun, platform, deployment = _login_of(state, text(claimed.get(LTI + "deployment_id")))
    framed_by_issuer(platform.issuer)
    claims = _verified(id_token, begun, platform)
    known = _knows(state)
    if not known and not _vouched_by_storage(begun, stored):
        return _ask_storage(begun, platform, id_token)
    if deployment is None or deployment.deployment_id != claims.deployment_id:
        deployment = _learned(platform, claims.deployment_id)
    arrival = _let_in(begun, platform, deployment, claims)
    if arrival.person_id is not None:
        enter(arrival.person_id)
    visit_cookie["framed_by"] = platform.id
    _announce(arrival)
    landing = _landing(arrival)
    if not known:
        with database().transaction() as session:
            landing = carried.carry(session, visit_cookie) + landing
    response = redirect(landing, 303)
    _set_state_cookie(response, state, 0)
    return response


@blueprint.get("/jwks")
def jwks() -> Response:
    """Our public keys."""
    keys.current_key(database())  # makes the first pair
    with database().session(writes=False) as session:
        response = jsonify(keys.published(session))
    response.cache_control.public = True
    response.cache_control.max_age = JWKS_SECONDS
    return response


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is kept and why, for anyone."""
    return render_template("launch/privacy.html", kept=KEPT)


@blueprint.get("/canvas.json")
def canvas_json() -> Response:
    """A Canvas developer key's configuration, to be pasted as an address."""
    icon = url_for("static", filename="icon.svg")
    public_url = _settings().public_url
    return jsonify(tool.canvas_configuration(public_url, f"{public_url}{icon}"))


def _login_of(state: str, deployment_id: str) -> tuple[LoginState, Platform, Deployment | None]:
    """The login this launch answers; its platform, and that one's deployment if it is known."""
    with database().session(writes=False) as session:
        found = logins.find(session, state, deployment_id)
    if found is None or found[0].expires_at <= now():
        raise refuse("login_expired")
    if found[0].used_at is not None:
        raise refuse("replayed")
    return found


def _knows(state: str) -> bool:
    """True where this very browser began the login, by its cookie."""
    return secrets.compare_digest(
        request.cookies.get(_state_cookie(state), "").encode(), state.encode()
    )


def _keeps_cookies() -> bool:
    """True where this browser, here, has sent back a cookie of ours before."""
    ours = current_app.config["SESSION_COOKIE_NAME"]
    return any(name == ours or name.startswith(_state_cookie("")) for name in request.cookies)


def _storage_of(platform: Platform, asked: dict[str, str]) -> dict[str, str] | None:
    """Which frame of the platform keeps things for us, and its origin (LTI Platform Storage 0.1,
    §1.2: that of the authorization address); None where it offers none, or may not be asked."""
    frame = asked.get("lti_storage_target", "")
    if not frame or not platform.uses_storage:
        return None
    origin = origin_of(platform.auth_login_url)
    return None if origin is None else {"frame": frame, "origin": origin}


def _vouched_by_storage(begun: LoginState, stored: str) -> bool:
    """True where our own page, in this browser, found this login in the platform's storage.

    Whoever began the login knows its nonce, and could have another's browser post it here; the
    browser itself says that no page but ours did.
    """
    return (
        request.headers.get("Origin") == _settings().public_origin
        and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        and secrets.compare_digest(stored.encode(), begun.nonce.encode())
    )


def _ask_storage(begun: LoginState, platform: Platform, id_token: str) -> BaseResponse:
    """In an iframe without cookies: ask the platform's storage, else offer a tab of our own."""
    if request.headers.get("Sec-Fetch-Dest") == "document" or not begun.asked:
        raise refuse("other_browser")
    again = {name: value for name, value in begun.asked.items() if name != "lti_storage_target"}
    return make_response(
        render_template(
            "launch/no_cookies.html",
            state=begun.state,
            id_token=id_token,
            new_tab=f"{url_for('lti.login')}?{urlencode(again)}",
            storage=_storage_of(platform, begun.asked),
        )
    )


def _verified(id_token: str, begun: LoginState, platform: Platform) -> LaunchClaims:
    """The token's claims; may ask the platform for its keys, so no transaction is open here."""
    message = StrictLaunch(id_token, platforms.as_lti(platform), StoredKeys(database(), platform))
    try:
        return message.verified(begun.nonce, _settings().public_url)
    except LaunchRefused as error:
        raise refuse(error.code) from error


def _let_in(
    begun: LoginState, platform: Platform, deployment: Deployment, claims: LaunchClaims
) -> Arrival:
    """Use up the login and write the arrival, both or neither."""
    settings = _settings()
    ground = Ground(
        platform=platform,
        district_id=deployment.district_id,
        deployment_id=deployment.id,
        public_url=settings.public_url,
        secret=settings.secret_key.get_secret_value(),
        allow_loopback_http=settings.allow_loopback_http,
    )
    for last_try in (False,) * (TRIES - 1) + (True,):
        try:
            with database().transaction(district_id=deployment.district_id) as session:
                if not logins.use_up(session, begun.state):
                    raise refuse("replayed")
                return arrive(session, ground, claims)
        except IntegrityError:
            # A simultaneous first launch of the same person or section was quicker.
            if last_try:
                raise
    raise AssertionError("unreachable")


def _learned(platform: Platform, deployment_id: str) -> Deployment:
    """A deployment that we hear of with its first launch, of a platform that registered by
    itself: the token was signed by it, and it is one district's."""
    district_id = platform.learns_for_district_id
    if district_id is None:
        raise refuse("unknown_deployment")
    with database().transaction(district_id=district_id) as session:
        return platforms.add_deployment(session, platform.id, deployment_id, district_id)


def _announce(arrival: Arrival) -> None:
    """Count the launch and tell those who listen; a launch is never lost over that."""
    launches.labels(arrival.role.value if arrival.role else "admin").inc()
    if arrival.section_id is None:
        return
    try:
        section_entered.send(
            None,
            section_id=arrival.section_id,
            district_id=arrival.district_id,
            role=arrival.role,
        )
    except Exception as error:  # whatever a listener could not do must not keep a child out
        log.error("section_entered failed: %s", type(error).__name__)


def _landing(arrival: Arrival) -> str:
    if arrival.person_id is None:
        return url_for("lti.privacy")
    if arrival.privacy_of is not None:
        return url_for("privacy.overview", id=arrival.privacy_of or None)
    if arrival.looks_on:
        return url_for("building.overview")
    if arrival.enrolment_id is None:
        return url_for("admin.front")
    where: dict[str, Any] = {"enrolment_id": arrival.enrolment_id}
    if arrival.deep_linking_id is not None:
        return url_for("deep_linking.pick", picking=arrival.deep_linking_id, **where)
    if arrival.review is not None:
        line_item, student = arrival.review
        return url_for("opening.review", column=line_item, student=student, **where)
    if arrival.place is not None:
        return url_for("opening.thing", place=str(arrival.place), **where)
    return url_for("home.front", **where)


def _state_cookie(state: str) -> str:
    """One cookie a login, so that two iframes of one page do not disturb each other."""
    return f"pathways-{state}"


def _set_state_cookie(response: BaseResponse, state: str, max_age_s: int) -> None:
    cross_site = _settings().cross_site_cookies
    response.set_cookie(
        _state_cookie(state),
        state if max_age_s else "",
        max_age=max_age_s,
        path="/lti",
        secure=cross_site,
        httponly=True,
        samesite="None" if cross_site else "Lax",
        partitioned=cross_site,
    )
