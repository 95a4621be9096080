"""Teachers' pages: the marking queue, and one attempt beside what came before it."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.errors import BadInput
from lti_app.learning import attempts
from lti_app.people import audit
from lti_app.people.models import Person, Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("scoring", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(20, "scoring.queue", _l("To score"))
    app.register_blueprint(blueprint)


@blueprint.get("/scoring")
@staff
def queue() -> ResponseReturnValue:
    """Attempts that wait for a score, the oldest first."""
    return render_template(
        "learning/queue.html",
        waiting=attempts.waiting_for_score(db_session(), viewer().section_id),
    )


@blueprint.get("/scoring/<int:attempt_id>")
@staff
def attempt(attempt_id: int) -> ResponseReturnValue:
    """One attempt, with the student's earlier ones."""
    session = db_session()
    found = attempts.in_section(session, viewer().section_id, attempt_id)
    return render_template(
        "learning/scoring.html",
        attempt=found,
        student=session.get_one(Person, found.person_id),
        earlier=[
            other
            for other in attempts.of_student(session, found.person_id, found.checkpoint_id)
            if other.number < found.number
        ],
    )


@blueprint.post("/scoring/<int:attempt_id>")
@staff
def score(attempt_id: int) -> ResponseReturnValue:
    """Give (or correct) a score with feedback, then go on to the next attempt."""
    session = db_session()
    found = attempts.in_section(session, viewer().section_id, attempt_id)
    attempts.score(
        session,
        attempt=found,
        points=typed_number(request.form.get("points", "")),
        feedback=request.form.get("feedback", ""),
        scored_by_id=viewer().person_id,
    )
    audit.record(
        session,
        "attempt.scored",
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        attempt=attempt_id,
    )
    session.commit()
    flash(_("Saved."))
    return redirect(url_for("scoring.queue"))


def typed_number(typed: str) -> float:
    """A number as people type it, with a point or a comma. Raises `BadInput`."""
    try:
        return float(typed.strip().replace(",", "."))
    except ValueError:
        raise BadInput(
            _l("That is not a number."), _l("Write the points as a number, like 3 or 3.5.")
        ) from None
