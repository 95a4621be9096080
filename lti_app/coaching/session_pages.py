"""One coaching session for those who hold it: who was there, what came of it, what changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.coaching import afterwards, attendance, helps, sessions, typed_times, words
from lti_app.coaching.attendance import Mark
from lti_app.coaching.models import CancelReason, CoachingSession
from lti_app.db import now
from lti_app.errors import BadInput
from lti_app.learning.voice.weeks import local_day, school_year_of
from lti_app.people import audit, roster, teams
from lti_app.people.models import Role, TeamRole
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("coaching_session", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
MOST_MARKS = 200


def init_app(app: Flask) -> None:
    """Add the pages and the words for what became of gaps."""
    app.jinja_env.globals.update(OUTCOME_WORDS=words.OUTCOMES, CANCELLED_WORDS=words.CANCELLED)
    ui.STAFF_PLACES["coaching_session.one"] = "planning.overview"
    ui.STAFF_PLACES["coaching_session.what_helped"] = "planning.overview"
    app.register_blueprint(blueprint)


def _held(coaching_session_id: int) -> CoachingSession:
    return sessions.get(db_session(), viewer().team_id, coaching_session_id)


def _secret() -> str:
    secret: str = current_app.extensions["pathways.settings"].secret_key.get_secret_value()
    return secret


@blueprint.get("/coaching/<int:coaching_session_id>")
@staff
def one(coaching_session_id: int) -> ResponseReturnValue:
    """Attendance, exit check, note, and changes of one session."""
    session = db_session()
    coaching = _held(coaching_session_id)
    members = teams.members(session, viewer().team_id)
    return render_template(
        "coaching/session.html",
        coaching=coaching,
        rows=afterwards.rows(session, coaching),
        students=roster.students_of_team(session, viewer().team_id),
        teachers=[one.person for one in members if one.role != TeamRole.ASSISTANT],
        checks=afterwards.possible_checks(session, coaching, viewer().section_id),
        is_over=coaching.ends_at <= now(),
        is_past_its_places=sessions.is_past_its_places(coaching),
        coming=sessions.coming(coaching),
        local=coaching.starts_at.astimezone(ZoneInfo(viewer().timezone)),
        minutes=int((coaching.ends_at - coaching.starts_at).total_seconds() // 60),
    )


@blueprint.post("/coaching/<int:coaching_session_id>/attendance")
@staff
def take(coaching_session_id: int) -> ResponseReturnValue:
    """Who was there: one tap of a form, or all that a tablet kept while it had no connection."""
    coaching = _held(coaching_session_id)
    sent = request.get_json(silent=True)
    if sent is not None:
        marks = _marks(sent)
        attendance.take(db_session(), coaching, marks)
        db_session().commit()
        return {"taken": len(marks)}
    person_id = request.form.get("person", default=0, type=int)
    mark = Mark(person_id, request.form.get("here") == "yes", now())
    attendance.take(db_session(), coaching, [mark])
    db_session().commit()
    return redirect(
        url_for("coaching_session.one", coaching_session_id=coaching.id, _anchor="who-was-there")
    )


def _marks(sent: object) -> list[Mark]:
    """Marks as the page's script sends them: `{marks: [{person, here, at}]}`, `at` in ms."""
    given = sent.get("marks") if isinstance(sent, dict) else None
    if not isinstance(given, list) or len(given) > MOST_MARKS:
        raise BadInput(_l("That did not work."), _l("Open the page again."))
    return [_mark(one) for one in given]


def _mark(one: object) -> Mark:
    try:
        assert isinstance(one, dict)  # noqa: S101 - told apart below
        person_id, here, at = int(one["person"]), one["here"], float(one["at"])
        if not isinstance(here, bool) or not 0 < person_id < ui.MOST_ID:
            raise ValueError
        return Mark(person_id, here, datetime.fromtimestamp(at / 1000, UTC))
    except (AssertionError, KeyError, TypeError, ValueError, OverflowError, OSError):
        raise BadInput(_l("That did not work."), _l("Open the page again.")) from None


@blueprint.post("/coaching/<int:coaching_session_id>/let-in")
@staff
def let_in(coaching_session_id: int) -> ResponseReturnValue:
    """A student stands at the door: by name, or by the letters on their screen."""
    session = db_session()
    coaching = _held(coaching_session_id)
    person_id = request.form.get("person", default=0, type=int)
    if not person_id:
        found = attendance.who_has(
            session,
            viewer().team_id,
            request.form.get("code", ""),
            _secret(),
            local_day(now(), viewer().timezone),
        )
        if len(found) != 1:
            raise BadInput(
                _l("We can't tell who has these letters."),
                _l("Check them on the student's screen, or pick the name."),
            )
        person_id = found[0].id
    if person_id not in {one.id for one in roster.students_of_team(session, viewer().team_id)}:
        raise BadInput(_l("Nobody is picked."), _l("Pick at least one student."))
    attendance.take(session, coaching, [Mark(person_id, True, now())])
    session.commit()
    flash(_("Welcome! They are on the list."))
    return _back(coaching)


@blueprint.post("/coaching/<int:coaching_session_id>/got-it")
@staff
def got_it(coaching_session_id: int) -> ResponseReturnValue:
    """The teacher's one-minute check: got it, or not yet."""
    coaching = _held(coaching_session_id)
    yes = request.form.get("answer") == "yes"
    person_id = request.form.get("person", default=0, type=int)
    if attendance.got_it(db_session(), coaching, person_id, by=viewer().person_id, yes=yes):
        db_session().commit()
        flash(_("The gap is closed.") if yes else _("Noted: it is more urgent now."))
    return _back(coaching, "who-was-there")


@blueprint.post("/coaching/<int:coaching_session_id>/note")
@staff
def note(coaching_session_id: int) -> ResponseReturnValue:
    """The teacher's note and the exit check."""
    coaching = _held(coaching_session_id)
    afterwards.set_note(coaching, request.form.get("note", ""))
    afterwards.set_check(
        db_session(),
        coaching,
        viewer().section_id,
        request.form.get("check", default=0, type=int) or None,
    )
    db_session().commit()
    flash(_("Saved."))
    return _back(coaching)


@blueprint.post("/coaching/<int:coaching_session_id>/change")
@staff
def change(coaching_session_id: int) -> ResponseReturnValue:
    """Another time, room or teacher; everyone is told."""
    session = db_session()
    coaching = _held(coaching_session_id)
    teacher_id = request.form.get("teacher", default=0, type=int)
    if teacher_id not in {one.person_id for one in teams.members(session, viewer().team_id)}:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved."))
    sessions.change(
        session,
        coaching,
        starts_at=typed_times.moment(
            request.form.get("day", ""), request.form.get("clock", ""), viewer().timezone
        ),
        minutes=request.form.get("minutes", default=0, type=int),
        room=request.form.get("room", ""),
        teacher_id=teacher_id,
        by=viewer().person_id,
    )
    _record("coaching.changed", coaching)
    session.commit()
    flash(_("Saved. Everyone who counts on it is told."))
    return _back(coaching)


@blueprint.post("/coaching/<int:coaching_session_id>/cancel")
@staff
def cancel(coaching_session_id: int) -> ResponseReturnValue:
    """Call the session off; everyone is told, and the gaps wait again."""
    coaching = _held(coaching_session_id)
    sessions.refuse_past(coaching)
    sessions.cancel(db_session(), [coaching], CancelReason.OTHER, by=viewer().person_id)
    _record("coaching.cancelled", coaching)
    db_session().commit()
    flash(_("Called off. Everyone is told."))
    return _back(coaching)


@blueprint.post("/coaching/<int:coaching_session_id>/repeat")
@staff
def repeat(coaching_session_id: int) -> ResponseReturnValue:
    """The session is full: offer it once more, open to all."""
    coaching = _held(coaching_session_id)
    again = afterwards.repeat(
        db_session(),
        coaching,
        starts_at=typed_times.moment(
            request.form.get("day", ""), request.form.get("clock", ""), viewer().timezone
        ),
    )
    _record("coaching.repeated", again)
    db_session().commit()
    flash(_("Added. Every student sees it and may join."))
    return _back(again)


@blueprint.get("/what-helped")
@staff
def what_helped() -> ResponseReturnValue:
    """What became of gaps by kind and size of session, over this school year."""
    today = local_day(now(), viewer().timezone)
    since = sessions.moment(school_year_of(today), datetime.min.time(), viewer().timezone)
    return render_template(
        "coaching/what_helped.html",
        rows=helps.what_helped(db_session(), viewer().team_id, since),
        since=since,
    )


def _back(coaching: CoachingSession, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(
        url_for("coaching_session.one", coaching_session_id=coaching.id, _anchor=anchor)
    )


def _record(action: str, coaching: CoachingSession) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        coaching_session=coaching.id,
    )
