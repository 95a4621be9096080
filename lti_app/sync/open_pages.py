"""A plain link to a checkpoint or pathway, as it stands in Classroom coursework.

Who opens it comes from Google, not through a launch: a browser that is known goes to its class's
page; another is shown how to get in.
"""

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.errors import NotHere, Words
from lti_app.launch.places import place_of
from lti_app.people.visit import db_session, people_here
from lti_app.sync import opening

blueprint = Blueprint("open", __name__, url_prefix="/open", template_folder="templates")

WAYS_IN: list[tuple[str, Words]] = []
"""Endpoint and words of pages through which one gets in; each is asked with `to`, the path to come
back to. A capability that lets people in adds its own."""


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
    ways = [(url_for(endpoint, to=to), words) for endpoint, words in WAYS_IN]
    page = render_template("sync/open.html", ways=ways, to=to, is_known=bool(people))
    return page, 401
