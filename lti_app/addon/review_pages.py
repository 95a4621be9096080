"""The review of a student's work in Classroom: to the attempt, or a word that there is none."""

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from integrations.lms import LmsError
from lti_app.addon import reviewing, visits
from lti_app.people.models import Role
from lti_app.people.visit import (
    allow,
    app_settings,
    database,
    db_session,
    section_blueprint,
    viewer,
)
from lti_app.sync.classroom_pages import ClassroomSaidNo

blueprint = section_blueprint("addon_review", __name__)


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/addon/review/<visit_id>")
@allow(Role.TEACHER, Role.ASSISTANT)
def review(visit_id: str) -> ResponseReturnValue:
    """The student's newest attempt, beside the form for its score."""
    visit = visits.get(db_session(), viewer(), visit_id)
    db_session().rollback()  # Google may be slow: no transaction stays open meanwhile
    try:
        settings = app_settings()
        person_id = reviewing.student_of(database(), settings, visit)
    except LmsError as error:
        raise ClassroomSaidNo(error) from error
    attempt_id = None
    if person_id is not None:
        attempt_id = reviewing.newest_attempt(db_session(), viewer(), visit, person_id)
    if attempt_id is None:
        return render_template("addon/no_work_yet.html")
    return redirect(url_for("scoring.attempt", attempt_id=attempt_id), 303)
