"""Where a launch of a link lands: on the page of that very thing, by who opens it."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.errors import NotHere
from lti_app.launch.places import Place, place_of
from lti_app.learning import attempts, targets
from lti_app.learning.models import Attempt, Pathway
from lti_app.people.models import Section
from lti_app.people.visit import db_session, section_blueprint, viewer
from lti_app.sync import opening

blueprint = section_blueprint("opening", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/open/<place>")
def thing(place: str) -> ResponseReturnValue:
    """Open what a link names."""
    named = place_of(f"?open={place}")
    found = opening.here(db_session(), viewer().team_id, named) if named is not None else None
    if (
        found is None
        and named is not None
        and opening.is_coming(db_session(), viewer().section_id, named)
    ):
        return render_template("sync/coming.html"), 202, {"Refresh": "3"}
    return _go_to(found)


@blueprint.get("/review")
def review() -> ResponseReturnValue:
    """Open the attempt behind a grade of the gradebook."""
    session = db_session()
    section = session.get_one(Section, viewer().section_id)
    column, student = request.args.get("column", ""), request.args.get("student", "")
    return _go_to(opening.reviewed(session, section, column, student))


def _go_to(place: Place | None) -> ResponseReturnValue:
    try:
        address = _address(place) if place is not None else None
    except NotHere:
        address = None
    if address is None:
        return render_template("sync/not_here.html"), 404
    return redirect(address)


def _address(place: Place) -> str:
    """The page of a place for this viewer. Raises `NotHere` where it is not theirs to see."""
    session, team_id, section_id = db_session(), viewer().team_id, viewer().section_id
    if place.kind == "attempt":
        return _attempt_address(place.id)
    if place.kind == "checkpoint":
        checkpoint = targets.get_checkpoint(session, team_id, section_id, place.id)
        if viewer().is_staff:
            return url_for(
                "checkpoints.edit", target_id=checkpoint.target_id, checkpoint_id=checkpoint.id
            )
        return url_for("learning.checkpoint", checkpoint_id=checkpoint.id)
    anchor = f"pathway-{place.id}" if place.kind == "pathway" else None
    target_id = place.id
    if place.kind == "pathway":
        pathway = session.get(Pathway, place.id)
        if pathway is None:
            raise NotHere
        target_id = pathway.target_id
    target = targets.get(session, team_id, section_id, target_id)
    endpoint = "plan.target" if viewer().is_staff else "learning.target"
    return url_for(endpoint, target_id=target.id, _anchor=anchor)


def _attempt_address(attempt_id: int) -> str:
    """Staff see the attempt beside its score; students their own, on the checkpoint's page."""
    session = db_session()
    if viewer().is_staff:
        found = attempts.in_team(session, viewer().team_id, attempt_id)
        return url_for("scoring.attempt", attempt_id=found.id)
    own = session.get(Attempt, attempt_id)
    if own is None or own.person_id != viewer().person_id:
        raise NotHere
    return url_for("learning.checkpoint", checkpoint_id=own.checkpoint_id)
