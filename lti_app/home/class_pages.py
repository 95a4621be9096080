"""Teachers' pages: one student, one target, who needs me, and which pathways lead there."""

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from lti_app.home import grid, grid_pages, needs_me, one_student, one_target, results
from lti_app.learning import targets, words
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("students", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/students/<int:person_id>")
@staff
def one(person_id: int) -> ResponseReturnValue:
    """One student of the team."""
    found = one_student.read(db_session(), viewer().team_id, person_id)
    return render_template("home/one_student.html", one=found, choice_levels=words.CHOICE_LEVELS)


@blueprint.get("/students/targets/<int:target_id>")
@staff
def target(target_id: int) -> ResponseReturnValue:
    """One target with the students of the section, or of all the team."""
    session = db_session()
    everyone = request.args.get("section") == "all"
    found = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    return render_template(
        "home/one_target.html",
        one=one_target.read(session, found, None if everyone else viewer().section_id),
        everyone=everyone,
    )


@blueprint.get("/needs-me")
@staff
def needing() -> ResponseReturnValue:
    """Who needs me today, and why."""
    return render_template(
        "home/needs_me.html",
        students=needs_me.today(db_session(), viewer().team_id, viewer().section_id),
    )


@blueprint.get("/results")
@staff
def pathway_results() -> ResponseReturnValue:
    """How many chose each pathway, finished it, and met the target the first time."""
    session = db_session()
    unit_id = grid_pages.picked(request.args.get("unit", ""))
    target_id = grid_pages.picked(request.args.get("target", ""))
    found = results.of_team(session, viewer().team_id, unit_id, target_id)
    return render_template(
        "home/results.html",
        results=found,
        only=found[0].target if found and target_id else None,
        enough=results.ENOUGH,
        units=grid.choices(session, viewer().team_id).units,
        unit_id=unit_id,
    )
