"""Teachers' pages: the marking queue, and one attempt beside what came before it."""

from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.learning import attempts, feedback, feedback_pages, retakes, scoring, sheets, waiting
from lti_app.learning.evidence import comments
from lti_app.learning.models import Attempt
from lti_app.learning.waiting import Filters
from lti_app.people import audit
from lti_app.people.models import Person, Role, Section
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("scoring", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(20, "scoring.queue", _l("To score"))
    app.register_blueprint(blueprint)
    feedback_pages.init_app(app)


def _filters() -> Filters:
    return Filters(
        section_id=request.args.get("section", type=int),
        target_id=request.args.get("target", type=int),
        checkpoint_id=request.args.get("checkpoint", type=int),
    )


@blueprint.get("/scoring")
@staff
def queue() -> ResponseReturnValue:
    """Attempts that wait for a score, over all sections of the team, the oldest first."""
    session = db_session()
    piles = waiting.piles(session, viewer().team_id)
    filters = _filters()
    wanted = (
        (filters.section_id, "section_id"),
        (filters.target_id, "target_id"),
        (filters.checkpoint_id, "checkpoint_id"),
    )
    shown = [
        pile
        for pile in piles
        if all(value is None or getattr(pile, name) == value for value, name in wanted)
    ]
    return render_template(
        "learning/queue.html",
        waiting=waiting.waiting_in_team(session, viewer().team_id, filters),
        filters=filters,
        count=sum(pile.count for pile in shown),
        sections=_choices((pile.section_id, pile.section) for pile in piles),
        targets=_choices((pile.target_id, pile.target) for pile in piles),
        checkpoints=_choices((pile.checkpoint_id, pile.checkpoint) for pile in piles),
    )


def _choices(pairs: Any) -> list[tuple[int, str]]:
    return sorted(dict(pairs).items(), key=lambda pair: (pair[1], pair[0]))


@blueprint.get("/scoring/<int:attempt_id>")
@staff
def attempt(attempt_id: int) -> ResponseReturnValue:
    """One attempt: the evidence beside the form, with the student's earlier ones."""
    session = db_session()
    found = attempts.in_team(session, viewer().team_id, attempt_id)
    all_of_them = attempts.of_student(session, found.person_id, found.checkpoint_id)
    sheet = sheets.sheet_of(found)
    remarks = comments.by_place(found)
    filters = _filters()
    return render_template(
        "learning/scoring.html",
        attempt=found,
        student=session.get_one(Person, found.person_id),
        section=session.get_one(Section, found.section_id),
        scorers=scoring.names_of(session, found.scores),
        sheet=sheet,
        looked_for=sheets.looked_for(found.checkpoint),
        filled=sheets.filled(sheet, found.score),
        remarks=remarks,
        pieces=comments.pieces(
            found.evidence, [comment.quote for comment in remarks.get("text", [])]
        ),
        phrases=feedback.of_team(session, viewer().team_id),
        earlier=[
            (other, sheets.sheet_of(other)) for other in all_of_them if other.number < found.number
        ],
        newest=all_of_them[0],
        next=retakes.next_try(session, found.checkpoint, found.person_id, all_of_them),
        around=waiting.neighbours(session, viewer().team_id, filters, found),
        filters=filters,
    )


@blueprint.post("/scoring/<int:attempt_id>")
@staff
def score(attempt_id: int) -> ResponseReturnValue:
    """Give (or correct) a score with feedback and remarks, then go on."""
    session = db_session()
    found = attempts.in_team(session, viewer().team_id, attempt_id, lock=True)
    sheet = sheets.sheet_of(found)
    given = sheets.read(sheet, request.form)
    words = feedback.compose(
        session,
        viewer().team_id,
        request.form.get("feedback", ""),
        request.form.getlist("phrase", type=int),
        before=found.score.feedback if found.score else "",
    )
    seen_id = request.form.get("version", default=None, type=int)
    mine = request.form.to_dict() | {"feedback": words}
    said = seen_id is not None and sheets.is_said_already(session, found, sheet, mine, seen_id)
    _save_remarks(found)
    if not said:
        attempts.score(
            session,
            attempt=found,
            points=given.points,
            feedback=words,
            scored_by_id=viewer().person_id,
            marks=given.marks,
        )
        _record("attempt.scored", found)
    after = waiting.neighbours(session, viewer().team_id, _filters(), found).after
    session.commit()
    flash(_("Saved."))
    return _go_on(after if request.form.get("then") == "next" else None)


@blueprint.post("/scoring/<int:attempt_id>/comments")
@staff
def remark(attempt_id: int) -> ResponseReturnValue:
    """Keep the remarks only; the score can wait."""
    session = db_session()
    found = attempts.in_team(session, viewer().team_id, attempt_id, lock=True)
    _save_remarks(found)
    session.commit()
    flash(_("Saved."))
    return redirect(url_for("scoring.attempt", attempt_id=attempt_id, **_filters().as_query))


@blueprint.post("/scoring/<int:attempt_id>/again")
@teacher
def let_try_again(attempt_id: int) -> ResponseReturnValue:
    """The student may try once more, whatever the checkpoint's rules say."""
    session = db_session()
    found = attempts.in_team(session, viewer().team_id, attempt_id, lock=True)
    newest = attempts.of_student(session, found.person_id, found.checkpoint_id)[0]
    retakes.permit(
        session,
        checkpoint_id=found.checkpoint_id,
        person_id=found.person_id,
        number=newest.number + 1,
        given_by_id=viewer().person_id,
    )
    _record("attempt.permitted", found)
    session.commit()
    flash(_("They may try again now."))
    return redirect(url_for("scoring.attempt", attempt_id=attempt_id, **_filters().as_query))


def _save_remarks(found: Attempt) -> None:
    session = db_session()
    comments.remove(session, found, request.form.getlist("remove", type=int))
    if comments.save(session, found, request.form, viewer().person_id):
        _record("attempt.commented", found)


def _record(action: str, found: Attempt) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=found.section_id,
        attempt=found.id,
    )


def _go_on(attempt_id: int | None) -> ResponseReturnValue:
    where = _filters().as_query
    if attempt_id is not None:
        return redirect(url_for("scoring.attempt", attempt_id=attempt_id, **where))
    return redirect(url_for("scoring.queue", **where))
