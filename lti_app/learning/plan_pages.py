"""Teachers' pages: the team's targets by unit, and one target with all that belongs to it."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.learning import targets, words
from lti_app.learning.models import Target
from lti_app.learning.plan import (
    archive_pages,
    bulk_pages,
    map_pages,
    needs,
    outline,
    shape_pages,
    unit_pages,
    units,
    writing,
)
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("plan", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(40, "plan.overview", _l("Targets"))
    app.register_blueprint(blueprint)
    for pages in (archive_pages, bulk_pages, map_pages, shape_pages, unit_pages):
        app.register_blueprint(pages.blueprint)


@blueprint.get("/plan")
@staff
def overview() -> ResponseReturnValue:
    """All targets of the team, by unit."""
    session = db_session()
    return render_template(
        "learning/plan.html",
        groups=outline.by_unit(session, viewer().team_id, viewer().section_id),
        codes=request.args.get("codes", "")[:300],
    )


@blueprint.post("/plan")
@teacher
def add_target() -> ResponseReturnValue:
    """Write a new target."""
    session = db_session()
    target = targets.add_target(
        session,
        viewer().team_id,
        title=request.form.get("title", ""),
        codes=request.form.get("codes", ""),
        unit_id=units.chosen(session, viewer().team_id, request.form.get("unit", "")),
    )
    session.commit()
    return redirect(url_for("plan.target", target_id=target.id))


@blueprint.get("/plan/<int:target_id>")
@staff
def target(target_id: int) -> ResponseReturnValue:
    """One target with everything that belongs to it."""
    session = db_session()
    found = _target(target_id)
    return render_template(
        "learning/plan_target.html",
        target=found,
        codes=writing.codes_of(found),
        units=units.of_team(session, viewer().team_id),
        links=outline.links_of(session, found),
        kinds=words.KINDS,
        mirrored=words.MIRRORED,
    )


@blueprint.post("/plan/<int:target_id>")
@teacher
def edit_target(target_id: int) -> ResponseReturnValue:
    """Change a target's words, standards or unit."""
    session = db_session()
    writing.edit(
        session,
        _target(target_id),
        title=request.form.get("title", ""),
        codes=request.form.get("codes", ""),
        unit_id=units.chosen(session, viewer().team_id, request.form.get("unit", "")),
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
    )
    session.commit()
    return _back(target_id)


@blueprint.post("/plan/needs")
@teacher
def link() -> ResponseReturnValue:
    """A target needs another one first, or no longer."""
    session = db_session()
    change = needs.remove if request.form.get("do") == "remove" else needs.add
    target_id = request.form.get("target", default=0, type=int)
    change(session, viewer().team_id, target_id, request.form.get("needs", default=0, type=int))
    session.commit()
    if request.form.get("back") == "map":
        flash(_("Saved."))
        return redirect(url_for("plan_map.teacher", unit=request.form.get("unit", "")))
    return _back(target_id, anchor="needs")


def _target(target_id: int) -> Target:
    return targets.get(db_session(), viewer().team_id, viewer().section_id, target_id)


def _back(target_id: int, anchor: str | None = None) -> ResponseReturnValue:
    flash(_("Saved."))
    return redirect(url_for("plan.target", target_id=target_id, _anchor=anchor))
