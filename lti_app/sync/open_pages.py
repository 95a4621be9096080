"""A plain link to a checkpoint or pathway, as it stands in Classroom coursework.

Who opens it comes from Google, not through a launch: a browser that is known goes to its class's
page; another is shown how to get in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.errors import NotHere, Words
from lti_app.launch.places import place_of
from lti_app.people.visit import app_settings, db_session, people_here
from lti_app.settings import Settings
from lti_app.sync import opening

blueprint = Blueprint("open", __name__, url_prefix="/open", template_folder="templates")


@dataclass(frozen=True)
class WayIn:
    """A page through which one gets in; it is asked with `to`, the path to come back to."""

    endpoint: str
    words: Words
    is_open: Callable[[Settings], bool]
    """Whether this installation has it."""


WAYS_IN: list[WayIn] = []
"""A capability that lets people in adds its own."""


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/<place>")
def thing(place: str) -> ResponseReturnValue:
    """Open it in the right class, or say how to get in."""
    named = place_of(f"?open={place}")
    if named is None or named.kind == "attempt":
        raise NotHere
    people = people_here()
    section_id = request.args.get("class", type=int)
    enrolment_id = opening.enrolment_for(db_session(), people, section_id, named)
    if enrolment_id is not None:
        return redirect(url_for("opening.thing", enrolment_id=enrolment_id, place=place))
    to = request.full_path.rstrip("?")
    open_ways = [way for way in WAYS_IN if way.is_open(app_settings())]
    ways = [(url_for(way.endpoint, to=to), way.words) for way in open_ways]
    page = render_template("sync/open.html", ways=ways, to=to, is_known=bool(people))
    return page, 401
