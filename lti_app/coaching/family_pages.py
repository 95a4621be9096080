"""The family summary, to print; and a teacher's flag that a student needs help."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from lti_app import ui
from lti_app.coaching import family, gaps
from lti_app.db import now
from lti_app.errors import NotHere
from lti_app.learning import targets
from lti_app.people import roster
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("family", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/students/<int:person_id>/family")
@staff
def summary(person_id: int) -> ResponseReturnValue:
    """A page to print, in the family's language (`?in=es`)."""
    session = db_session()
    person = roster.student_of_team(session, viewer().team_id, person_id)
    language = request.args.get("in", "")
    if language and language not in ui.LANGUAGES:
        raise NotHere
    found = family.summary(session, viewer().team_id, person)
    if not language:
        return render_template("coaching/family.html", found=found, at=now())
    with force_locale(language):
        return render_template("coaching/family.html", found=found, at=now())


@blueprint.post("/students/<int:person_id>/flag")
@staff
def flag(person_id: int) -> ResponseReturnValue:
    """The teacher says that this student needs help on a target."""
    session = db_session()
    person = roster.student_of_team(session, viewer().team_id, person_id)
    target = targets.get(
        session,
        viewer().team_id,
        viewer().section_id,
        request.form.get("target", default=0, type=int),
    )
    gaps.flag(
        session,
        person_id=person.id,
        section_id=roster.section_in_team(session, viewer().team_id, person.id),
        target=target,
        note=request.form.get("note", ""),
        teacher_id=viewer().person_id,
    )
    session.commit()
    flash(_("Noted. It is on the list of those who need help."))
    return redirect(url_for("students.one", person_id=person.id))
