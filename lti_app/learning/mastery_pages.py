"""*Why am I here?*: a standing with the attempts behind it, for the student and for teachers."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue

from lti_app.learning import rule_pages, targets, why, words
from lti_app.people import roster
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("mastery", __name__)
student = allow(Role.STUDENT)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
    rule_pages.init_app(app)


@blueprint.get("/targets/<int:target_id>/why")
@student
def why_am_i_here(target_id: int) -> ResponseReturnValue:
    """*Why am I here?*"""
    session = db_session()
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    return render_template(
        "learning/mastery/mine.html",
        target=target,
        why=why.explain(session, viewer().person_id, target),
        rules=words.RULES_FOR_STUDENTS,
    )


@blueprint.get("/students/<int:person_id>/targets/<int:target_id>")
@staff
def of_student(person_id: int, target_id: int) -> ResponseReturnValue:
    """Why a student stands where they stand."""
    session = db_session()
    person = roster.student_of_team(session, viewer().team_id, person_id)
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    return render_template(
        "learning/mastery/of_student.html",
        student=person,
        target=target,
        why=why.explain(session, person.id, target),
        rules=words.RULES,
    )
