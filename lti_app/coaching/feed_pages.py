"""The private calendar: its address for calendar programs, and the page that makes and ends it."""

import hashlib
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app import ui
from lti_app.coaching import feed
from lti_app.people.models import Role
from lti_app.people.visit import allow, database, db_session, section_blueprint, viewer

blueprint = section_blueprint("feed", __name__)
outside = Blueprint("calendar", __name__)
everyone = allow(Role.STUDENT, Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the page, and the address that calendar programs read."""
    app.register_blueprint(blueprint)
    app.register_blueprint(outside)


def _public_url() -> str:
    address: str = current_app.extensions["pathways.settings"].public_url
    return address


@outside.get("/calendar/<token>.ics")
@ui.limiter.limit("30 per minute", key_func=lambda: request.path)  # one program asks for many
def stream(token: str) -> ResponseReturnValue:
    """A person's sessions as iCalendar. Whoever has the address may read, without a cookie."""
    with database().session(writes=False) as session:
        known = feed.owner(session, token)
        if known is None:
            return Response("", 404, {"Cache-Control": "no-store"})
        person, timezone = known
        session.info["district_id"] = person.district_id
        found = feed.events(session, person.id)
    body = feed.calendar(found, person, timezone, urlsplit(_public_url()).hostname or "pathways")
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.set_etag(hashlib.sha256(body).hexdigest())
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer.make_conditional(request)


@blueprint.get("/my-calendar")
@everyone
def mine() -> ResponseReturnValue:
    """My calendar address, if I made one."""
    known = feed.of_person(db_session(), viewer().person_id)
    address = ""
    if known is not None:
        address = _public_url() + url_for("calendar.stream", token=known.token)
    return render_template("coaching/my_calendar.html", address=address)


@blueprint.post("/my-calendar")
@everyone
def make() -> ResponseReturnValue:
    """Make my address, or a new one in its place."""
    feed.make(db_session(), viewer().person_id)
    db_session().commit()
    flash(_("Here is your new address."))
    return redirect(url_for("feed.mine"))


@blueprint.post("/my-calendar/stop")
@everyone
def stop() -> ResponseReturnValue:
    """My address stops."""
    feed.revoke(db_session(), viewer().person_id)
    db_session().commit()
    flash(_("The address does not work any more."))
    return redirect(url_for("feed.mine"))
