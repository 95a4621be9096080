"""Teachers' pages: the mastery grid, and as a table to take along."""

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from lti_app import ui
from lti_app.home import grid
from lti_app.home.grid import Filters
from lti_app.learning.models import Level
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("grid", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)

LONGEST_ID = 9
"""Digits; a longer number is no id of ours and does not fit into the database."""


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    below = ["groups.overview", "groups.one", "students.pathway_results"]
    ui.staff_link(15, "grid.students", _l("Students"), below=below)
    app.register_blueprint(blueprint)


@blueprint.get("/students")
@staff
def students() -> ResponseReturnValue:
    """Students × targets."""
    session = db_session()
    filters = asked()
    found = grid.read(session, viewer().team_id, filters)
    letters = _letters()
    return render_template(
        "home/grid.html",
        grid=found,
        body=grid.rows(found, letters, url_for("students.one", person_id=0)),
        letters=letters,
        filters=filters,
        choices=grid.choices(session, viewer().team_id),
        target_address=url_for("students.target", target_id=0).removesuffix("0"),
    )


def asked() -> Filters:
    """The filters of the address; on first sight the viewer's own section."""
    section = request.args.get("section", str(viewer().section_id))
    return Filters(
        section_id=None if section == "all" else picked(section),
        group_id=picked(request.args.get("group", "")),
        unit_id=picked(request.args.get("unit", "")),
        code=request.args.get("standard", "")[:64],
        name=request.args.get("name", "")[:100],
    )


def picked(typed: str) -> int | None:
    """An id from an address; None where nothing was asked for, and 0, which is nobody's, for what
    is no id."""
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_ID else 0


def _letters() -> dict[Level, str]:
    """A sign for each level that fits into a cell; the legend says what it means."""
    return {
        Level.NOT_STARTED: "·",
        Level.WORKING: pgettext("a letter for Working on it", "W"),
        Level.NEARLY: pgettext("a letter for Nearly there", "N"),
        Level.MET: pgettext("a letter for Met", "M"),
        Level.BEYOND: pgettext("a letter for Beyond", "B"),
    }
