"""Teachers' pages: the feedback bank."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.learning import feedback
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("feedback", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/feedback")
@staff
def bank() -> ResponseReturnValue:
    """The team's phrases, the most used first."""
    return render_template(
        "learning/scoring/phrases.html",
        phrases=feedback.of_team(db_session(), viewer().team_id),
        longest=feedback.LONGEST_PHRASE,
    )


@blueprint.post("/feedback")
@staff
def add() -> ResponseReturnValue:
    """Keep one more phrase."""
    feedback.add(db_session(), viewer().team_id, request.form.get("text", ""), viewer().person_id)
    return _saved()


@blueprint.post("/feedback/<int:phrase_id>")
@staff
def edit(phrase_id: int) -> ResponseReturnValue:
    """Write a phrase anew, or take it out."""
    session = db_session()
    if "remove" in request.form:
        feedback.remove(session, viewer().team_id, phrase_id)
    else:
        feedback.edit(session, viewer().team_id, phrase_id, request.form.get("text", ""))
    return _saved()


def _saved() -> ResponseReturnValue:
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("feedback.bank"))
