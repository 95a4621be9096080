"""Planning a day: the proposal as a board, changed by drag or keys, published in one step."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lti_app import ui
from lti_app.coaching import team_rules, typed_times, words
from lti_app.coaching.models import Plan
from lti_app.coaching.plans import board, making, publishing, slots
from lti_app.coaching.plans.view import BoardView, look
from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.learning import targets
from lti_app.learning.voice.weeks import local_day
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("planning", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages, their link, and the words of the board."""
    app.jinja_env.globals.update(LEFT_OUT_WORDS=words.LEFT_OUT)
    ui.staff_link(32, "planning.overview", _l("Plan"))
    app.register_blueprint(blueprint)


def _today() -> date:
    return local_day(now(), viewer().timezone)


def wanted_day() -> date:
    """The day of the address; without one, the next school day that is not over."""
    typed = request.values.get("day", "")
    if typed:
        return typed_times.day(typed)
    looks = team_rules.looks(db_session(), viewer().team_id)
    return looks.school_days.next_from(_today())


def _view(day: date) -> BoardView:
    return look(db_session(), viewer().team_id, day)


@blueprint.get("/planning")
@staff
def overview() -> ResponseReturnValue:
    """The board of a day."""
    day = wanted_day()
    return render_template(
        "coaching/planning.html", view=_view(day), today=_today(), **_around(day)
    )


def _around(day: date) -> dict[str, date]:
    looks = team_rules.looks(db_session(), viewer().team_id)
    before = day - timedelta(days=1)
    while not looks.school_days.is_school_day(before) and (day - before).days < 14:
        before -= timedelta(days=1)
    return {
        "before": before,
        "after": looks.school_days.next_from(day + timedelta(days=1)),
    }


@blueprint.get("/planning/board")
@staff
def board_alone() -> ResponseReturnValue:
    """The board without the page around it, for a page that is open."""
    return render_template("coaching/board_alone.html", view=_view(wanted_day()))


@blueprint.post("/planning/make")
@teacher
def make() -> ResponseReturnValue:
    """Have the day planned around what is locked."""
    day = wanted_day()
    making.want(db_session(), viewer().team_id, day)
    record("plan.wanted", day)
    db_session().commit()
    return back_to(day)


def _change(act: Callable[[Plan, slots.Day], object], words: str) -> ResponseReturnValue:
    """Change the board of a day: open it locked, act, save, and say so."""
    session, day = db_session(), wanted_day()
    on = slots.of_day(session, viewer().team_id, day)
    plan = board.opened(session, viewer().team_id, on)
    act(plan, on)
    session.commit()
    flash(words)
    return back_to(day)


def back_to(day: date) -> ResponseReturnValue:
    """To the board of a day."""
    return redirect(url_for("planning.overview", day=day.isoformat()))


def _planned_id(name: str = "planned") -> int:
    found = request.form.get(name, type=int)
    if found is None:
        raise NotHere
    return found


def _gap_id() -> int:
    found = request.form.get("gap", type=int)
    if found is None:
        raise NotHere
    return found


def _place(on: slots.Day) -> tuple[slots.DaySlot, int]:
    """What a list of places or a cell of the board sends: moment and teacher."""
    starts_at, _space, teacher_id = request.form.get("place", "").partition(" ")
    if not teacher_id.isdecimal() or len(teacher_id) > 9:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved."))
    return board.slot_at(on, typed_times.stamp(starts_at), int(teacher_id)), int(teacher_id)


@blueprint.post("/planning/move")
@teacher
def move() -> ResponseReturnValue:
    """Put a proposed session at another place."""

    def act(plan: Plan, on: slots.Day) -> None:
        slot, teacher_id = _place(on)
        board.move(plan, _planned_id(), slot, teacher_id)

    return _change(act, _("Moved."))


@blueprint.post("/planning/lock")
@teacher
def lock() -> ResponseReturnValue:
    """Keep a proposed session as it is when the day is planned again, or let it go."""
    locked = request.form.get("locked") == "yes"
    return _change(
        lambda plan, on: board.lock(plan, _planned_id(), locked=locked),
        _("Locked: planning again leaves it as it is.") if locked else _("Unlocked."),
    )


@blueprint.post("/planning/split")
@teacher
def split() -> ResponseReturnValue:
    """Make two sessions of one."""
    return _change(
        lambda plan, on: board.split(db_session(), plan, _planned_id()),
        _("Split in two. Move one of them to a free place."),
    )


@blueprint.post("/planning/merge")
@teacher
def merge() -> ResponseReturnValue:
    """Make one session of two."""
    return _change(
        lambda plan, on: board.merge(db_session(), plan, _planned_id(), _planned_id("into")),
        _("They are one session now."),
    )


@blueprint.post("/planning/remove")
@teacher
def remove() -> ResponseReturnValue:
    """Take a proposed session off the board."""
    return _change(
        lambda plan, on: board.remove(db_session(), plan, _planned_id()), _("Taken off the board.")
    )


@blueprint.post("/planning/seat")
@teacher
def seat() -> ResponseReturnValue:
    """Give a student a place: in a proposed session, or in a new one at a free place."""
    session, team_id = db_session(), viewer().team_id

    def act(plan: Plan, on: slots.Day) -> None:
        typed = request.form.get("place", "")
        if typed.isdecimal() and len(typed) < 10:
            board.seat(session, plan, _gap_id(), int(typed), team_id=team_id)
        else:
            slot, teacher_id = _place(on)
            board.seat_in_new(session, plan, _gap_id(), slot, teacher_id, team_id=team_id)

    return _change(act, _("The student has a place."))


@blueprint.post("/planning/unseat")
@teacher
def unseat() -> ResponseReturnValue:
    """Take a student out of a proposed session."""
    return _change(lambda plan, on: board.unseat(db_session(), plan, [_gap_id()]), _("Taken out."))


@blueprint.post("/planning/add")
@teacher
def add() -> ResponseReturnValue:
    """Propose a session that is open to everyone, on a target."""
    session = db_session()

    def act(plan: Plan, on: slots.Day) -> None:
        slot, teacher_id = _place(on)
        target_id = request.form.get("target", default=0, type=int)
        target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
        board.add(session, plan, target.id, slot, teacher_id)

    return _change(act, _("Added."))


@blueprint.post("/planning/publish")
@teacher
def publish() -> ResponseReturnValue:
    """All proposed sessions become sessions, and the students see their invitations."""
    day = wanted_day()
    made = publishing.publish(
        db_session(),
        viewer().team_id,
        day,
        version=request.form.get("version", default=-1, type=int),
        by=viewer().person_id,
    )
    record("plan.published", day, sessions=len(made))
    db_session().commit()
    flash(
        ngettext(
            "%(num)s session is published. The students see it now.",
            "%(num)s sessions are published. The students see them now.",
            len(made),
        )
    )
    return back_to(day)


@blueprint.post("/planning/copy-week")
@teacher
def copy_week() -> ResponseReturnValue:
    """Propose this week's sessions for next week."""
    day = wanted_day()
    copied = publishing.copy_week(db_session(), viewer().team_id, day)
    record("plan.week_copied", day, sessions=copied.proposed)
    db_session().commit()
    flash(
        _(
            "%(n)s sessions are proposed for next week. %(done)s are not needed any more, "
            "%(no)s have no free place then.",
            n=copied.proposed,
            done=copied.not_needed,
            no=copied.no_place,
        )
    )
    return back_to(day + timedelta(days=7))


def record(action: str, day: date, **about: int) -> None:
    """Note what was done about a day in the audit trail."""
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        day=day.isoformat(),
        **about,
    )
