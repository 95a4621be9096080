"""The team's timetable: when there is personalization time, for whom, with whom."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app import ui
from lti_app.coaching import timetable, typed_times
from lti_app.coaching.plans import slots
from lti_app.coaching.timetable import Draft
from lti_app.people import audit, teams
from lti_app.people.models import Role, TeamRole
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("timetable", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages."""
    ui.STAFF_PLACES.update(dict.fromkeys(("timetable.overview",), "planning.overview"))
    app.register_blueprint(blueprint)


@blueprint.get("/timetable")
@staff
def overview() -> ResponseReturnValue:
    """The team's blocks."""
    session = db_session()
    members = teams.members(session, viewer().team_id)
    return render_template(
        "coaching/timetable.html",
        blocks=slots.of_team(session, viewer().team_id),
        sections=teams.sections(session, viewer().team_id),
        teachers=[one.person for one in members if one.role != TeamRole.ASSISTANT],
    )


def _draft() -> Draft:
    return Draft(
        name=request.form.get("name", ""),
        weekdays=request.form.getlist("weekday", type=int),
        starts=typed_times.clock(request.form.get("starts", "")),
        ends=typed_times.clock(request.form.get("ends", "")),
        section_ids=request.form.getlist("section", type=int),
        rooms={
            person_id: request.form.get(f"room-{person_id}", "")
            for person_id in request.form.getlist("teacher", type=int)
        },
    )


@blueprint.post("/timetable")
@teacher
def add() -> ResponseReturnValue:
    """Add a block."""
    block = timetable.add(db_session(), viewer().team_id, _draft())
    return _saved("block.added", block.id, _("Added. It is there from now on."))


@blueprint.post("/timetable/<int:block_id>")
@teacher
def change(block_id: int) -> ResponseReturnValue:
    """Change a block."""
    block = timetable.get(db_session(), viewer().team_id, block_id)
    timetable.change(db_session(), block, _draft())
    return _saved("block.changed", block.id, _("Saved. Plan days again to use it."))


@blueprint.post("/timetable/<int:block_id>/remove")
@teacher
def remove(block_id: int) -> ResponseReturnValue:
    """Delete a block."""
    block = timetable.get(db_session(), viewer().team_id, block_id)
    timetable.remove(db_session(), block)
    return _saved("block.removed", block_id, _("Removed. Published sessions stay."))


def _saved(action: str, block_id: int, words: str) -> ResponseReturnValue:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        block=block_id,
    )
    db_session().commit()
    flash(words)
    return redirect(url_for("timetable.overview"))
