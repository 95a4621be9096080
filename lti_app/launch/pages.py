"""Login, launch and our public keys: `/lti/login`, `/lti/launch`, `/lti/jwks`."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    jsonify,
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
from integrations.lti.login import authorization_url
from integrations.lti.message import verified
from integrations.lti.token import Token, read_token
from lti_app.launch import keys, logins, platforms, same_browser, tool
from lti_app.launch.arrivals import Arrival, arrive
from lti_app.launch.entry import Ground
from lti_app.launch.events import section_entered
from lti_app.launch.framing import framed_by_issuer
from lti_app.launch.lately import lately
from lti_app.launch.logins import Answered, KnownDeployment, Login
from lti_app.launch.platform_keys import StoredKeys
from lti_app.launch.platforms import RegisteredPlatform
from lti_app.launch.refusals import refuse
from lti_app.people import carried
from lti_app.people.kept import KEPT
from lti_app.people.visit import app_settings, database, enter
from lti_app.ui import csrf, limiter

log = logging.getLogger(__name__)

launches = Counter("pathways_launches_total", "Launches that entered", ["role"])

blueprint = Blueprint("lti", __name__, url_prefix="/lti", template_folder="templates")

SCHOOL_LIMIT = "3000 per minute"
"""Per network address: a school of 1,200 behind one address opens its day within a minute."""

JWKS_SECONDS = 3600
TRIES = 3
PURGE_ONE_IN = 500


def init_app(app: Flask) -> None:
    """Add the pages; platforms post to them from elsewhere, so they carry no CSRF token."""
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


@blueprint.route("/login", methods=["GET", "POST"])
@limiter.limit(SCHOOL_LIMIT)
def login() -> BaseResponse:
    """A platform asks us to begin: send the browser back to it with a fresh state and nonce."""
    parameters = request.values
    issuer = parameters.get("iss", "")
    framed_by_issuer(issuer)
    if not issuer:
        raise refuse("incomplete")
    client_id = parameters.get("client_id")
    found = lately(("platforms", issuer, client_id), lambda: _candidates(issuer, client_id))
    if not found:
        raise refuse("unknown_platform")
    if len(found) > 1:
        raise refuse("which_platform")
    platform = found[0]
    begun = logins.begin(_secret(), platform.id, parameters)
    try:
        to = authorization_url(
            platform,
            parameters,
            launch_url=f"{app_settings().public_url}/lti/launch",
            state=begun.state,
            nonce=begun.nonce,
        )
    except LaunchRefused as error:
        raise refuse(error.code) from error
    return same_browser.remember(begun, platform, to)


@blueprint.post("/launch")
@limiter.limit(SCHOOL_LIMIT)
def launch() -> BaseResponse:
    """The platform vouches for someone: let them in, or say plainly why not."""
    state, id_token = request.form.get("state", ""), request.form.get("id_token", "")
    stored = request.form.get("stored", "")
    token = read_token(id_token)
    claimed = token.body if token is not None else {}
    framed_by_issuer(text(claimed.get("iss")))  # only for where a refusal may be shown
    if not state or not id_token:
        raise refuse("incomplete")
    begun = logins.read(_secret(), state)
    if begun is None:
        raise refuse("login_expired")
    answered = _answered(begun, text(claimed.get(LTI + "deployment_id")))
    framed_by_issuer(answered.platform.issuer)
    claims = _verified(token, begun, answered.platform)
    known = same_browser.knows(begun)
    if not known and not same_browser.vouched_by_storage(begun, stored):
        return same_browser.ask_storage(begun, answered.platform, claims, id_token)
    arrival = _let_in(begun, answered, claims)
    if arrival.person_id is not None:
        enter(arrival.person_id)
    visit_cookie["framed_by"] = begun.platform_id
    _announce(arrival)
    landing = _landing(arrival)
    if not known:
        with database().transaction() as session:
            landing = carried.carry(session, visit_cookie) + landing
    response = redirect(landing, 303)
    same_browser.forget(response, begun)
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
    public_url = app_settings().public_url
    return jsonify(tool.canvas_configuration(public_url, f"{public_url}{icon}"))


def _candidates(issuer: str, client_id: str | None) -> Sequence[RegisteredPlatform]:
    """Platforms that a login may mean. One that was switched off a moment ago may still be asked
    to vouch for somebody: the launch then looks anew."""
    with database().asking() as connection:
        return platforms.candidates(connection, issuer, client_id)


def _secret() -> str:
    return app_settings().secret_key.get_secret_value()


def _answered(begun: Login, deployment_id: str) -> Answered:
    """What we know of the login that this launch answers."""
    with database().asking() as connection:
        found = logins.find(connection, begun, deployment_id)
    if found is None:
        raise refuse("unknown_platform")
    if found.used:
        raise refuse("replayed")
    return found


def _verified(token: Token | None, begun: Login, platform: RegisteredPlatform) -> LaunchClaims:
    """The token's claims; may ask the platform for its keys, so no transaction is open here."""
    keys = StoredKeys(database(), platform)
    try:
        return verified(
            token, platform, keys, nonce=begun.nonce, tool_url=app_settings().public_url
        )
    except LaunchRefused as error:
        raise refuse(error.code) from error


def _let_in(begun: Login, answered: Answered, claims: LaunchClaims) -> Arrival:
    """Use up the login and write the arrival, both or neither."""
    settings, deployment = app_settings(), answered.deployment
    if deployment is None or deployment.deployment_id != claims.deployment_id:
        deployment = _learned(answered.platform, claims.deployment_id)
    ground = Ground(
        platform=answered.platform,
        district_id=deployment.district_id,
        deployment_id=deployment.id,
        public_url=settings.public_url,
        secret=settings.secret_key.get_secret_value(),
        allow_loopback_http=settings.allow_loopback_http,
    )
    for last_try in (False,) * (TRIES - 1) + (True,):
        try:
            with (
                database().writing() as connection,
                database().joining(connection, district_id=ground.district_id) as joined,
            ):
                logins.use_up(connection, begun)
                if secrets.randbelow(PURGE_ONE_IN) == 0:
                    logins.purge(connection)
                return arrive(connection, joined, ground, claims)
        except IntegrityError:
            # A simultaneous first launch of the same person or section was quicker, or this very
            # one came twice: that is refused.
            if last_try:
                raise
            _answered(begun, claims.deployment_id)
    raise AssertionError("unreachable")


def _learned(platform: RegisteredPlatform, deployment_id: str) -> KnownDeployment:
    """A deployment that we hear of with its first launch, of a platform that registered by
    itself: the token was signed by it, and it is one district's."""
    district_id = platform.learns_for_district_id
    if district_id is None:
        raise refuse("unknown_deployment")
    with database().transaction(district_id=district_id) as session:
        new = platforms.add_deployment(session, platform.id, deployment_id, district_id)
        return KnownDeployment(new.id, new.deployment_id, new.district_id)


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
