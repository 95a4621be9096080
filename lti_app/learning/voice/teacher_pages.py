"""Teachers read what students say: the voice box, goals of the week, reflections."""

from datetime import date, timedelta

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.learning.models import GoalState
from lti_app.learning.voice import goals, notes, reflections, words
from lti_app.learning.voice.weeks import monday_of, week_of
from lti_app.people import roster, teams
from lti_app.people.models import Role, Section
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("voice_read", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)

ALL = "all"
"""Asks for all sections of the team."""
WEEKS = 4
MOST_WEEKS = 60
"""How far back reflections are read: a school year and its holidays."""


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(35, "voice_read.box", _l("Student voice"))
    app.register_blueprint(blueprint)


@blueprint.get("/voice")
@staff
def box() -> ResponseReturnValue:
    """What students say works, and what should change."""
    session = db_session()
    sections = teams.sections(session, viewer().team_id)
    section = _section(sections)
    section_id = section.id if section else None
    done = request.args.get("done") == "yes"
    found = notes.of_team(
        session,
        viewer().team_id,
        section_id=section_id,
        done=done,
        before_id=request.args.get("before", type=int),
    )
    return render_template(
        "learning/voice/box_read.html",
        heard=found,
        more_before=found[-1].note.id if len(found) == notes.PAGEFUL else None,
        waiting=notes.waiting(session, viewer().team_id, section_id),
        done=done,
        section=section,
        sections=sections,
        said_on=words.SAID_ON,
    )


@blueprint.post("/voice/<int:note_id>/answer")
@staff
def answer(note_id: int) -> ResponseReturnValue:
    """A teacher answers a student."""
    notes.answer(
        db_session(),
        team_id=viewer().team_id,
        note_id=note_id,
        teacher_id=viewer().person_id,
        text=request.form.get("answer", ""),
        version=request.form.get("version", default=0, type=int),
    )
    db_session().commit()
    flash(_("The student will see your answer."))
    return redirect(_back())


@blueprint.post("/voice/<int:note_id>/done")
@staff
def set_done(note_id: int) -> ResponseReturnValue:
    """A teacher puts a student's words away as done, or takes them up again."""
    done = request.form.get("done") == "yes"
    notes.set_done(db_session(), team_id=viewer().team_id, note_id=note_id, done=done)
    db_session().commit()
    flash(_("Marked as done.") if done else _("It is open again."))
    return redirect(_back())


@blueprint.get("/voice/goals")
@staff
def goals_of_week() -> ResponseReturnValue:
    """What the students of a section mean to reach in a week."""
    session = db_session()
    sections = teams.sections(session, viewer().team_id)
    section = _section(sections) or _own(sections)
    this_week = week_of(now(), viewer().timezone)
    week = _typed_week(this_week)
    students = roster.students_of(session, section.id)
    of_week = goals.of_section_week(session, section.id, week)
    everyone = [goal for mine in of_week.values() for goal in mine]
    return render_template(
        "learning/voice/goals_read.html",
        students=[one for one in students if one.id in of_week],
        without=[one for one in students if one.id not in of_week],
        of_week=of_week,
        goals=len(everyone),
        kept=sum(goal.state == GoalState.KEPT for goal in everyone),
        week=week,
        before=week - timedelta(weeks=1),
        after=week + timedelta(weeks=1) if week < this_week else None,
        is_this_week=week == this_week,
        section=section,
        sections=sections,
    )


@blueprint.get("/voice/reflections")
@staff
def reflections_of_section() -> ResponseReturnValue:
    """What the students of a section wrote when they looked back."""
    session = db_session()
    sections = teams.sections(session, viewer().team_id)
    section = _section(sections) or _own(sections)
    weeks = min(max(request.args.get("weeks", default=WEEKS, type=int), 1), MOST_WEEKS)
    return render_template(
        "learning/voice/reflections_read.html",
        looks=reflections.of_section(session, section.id, now() - timedelta(weeks=weeks)),
        weeks=weeks,
        further=weeks * 3 if weeks < MOST_WEEKS else None,
        section=section,
        sections=sections,
    )


def _section(sections: list[Section]) -> Section | None:
    """The section an address asks for; without a word the viewer's own; None: all of them."""
    asked = request.args.get("section", "")
    if asked == ALL:
        return None
    if not asked:
        return _own(sections)
    found = next((one for one in sections if str(one.id) == asked), None)
    if found is None:
        raise NotHere
    return found


def _own(sections: list[Section]) -> Section:
    return next(one for one in sections if one.id == viewer().section_id)


def _typed_week(this_week: date) -> date:
    asked = request.args.get("week", "")
    try:
        return min(monday_of(date.fromisoformat(asked)), this_week) if asked else this_week
    except ValueError:
        raise BadInput(_l("That is not a day."), _l("Pick a week with the buttons.")) from None


def _back() -> str:
    """The page as it was filtered."""
    box = url_for("voice_read.box")
    back = request.form.get("back", "")
    return back if back == box or back.startswith(f"{box}?") else box
