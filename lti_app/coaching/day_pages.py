"""The day's pages: my day, the board for the class, and the reminders that every page shows."""

from datetime import date
from typing import Any

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.coaching import attendance, day, notices, typed_times
from lti_app.coaching.day import Item
from lti_app.db import now
from lti_app.learning.voice.weeks import local_day
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("day", __name__)
everyone = allow(Role.STUDENT, Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages and the teachers' link."""
    ui.staff_link(12, "day.mine", _l("My day"), below=["day.board", "coaching_session.one"])
    app.jinja_env.globals[ui.REMINDER_ENDPOINT] = "day.upcoming"
    app.register_blueprint(blueprint)


def _today() -> date:
    return local_day(now(), viewer().timezone)


def _wanted_day() -> date:
    typed = request.args.get("day", "")
    return typed_times.day(typed) if typed else _today()


def _mine(on: date) -> day.Day:
    look = day.of_teacher if viewer().is_staff else day.of_student
    return look(db_session(), viewer().team_id, viewer().person_id, on, viewer().timezone)


@blueprint.get("/day")
@everyone
def mine() -> ResponseReturnValue:
    """My day: a student's, with the letters for the door, or a teacher's."""
    on = _wanted_day()
    told = notices.unread(db_session(), viewer().person_id)
    if viewer().is_staff:
        return render_template(
            "coaching/teacher_day.html", mine=_mine(on), told=told, today=_today()
        )
    secret: str = current_app.extensions["pathways.settings"].secret_key.get_secret_value()
    return render_template(
        "coaching/student_day.html",
        mine=_mine(on),
        told=told,
        code=attendance.code_of(secret, viewer().person_id, _today()),
        today=_today(),
    )


@blueprint.get("/day/board")
@everyone
def board() -> ResponseReturnValue:
    """The day for the class and the projector: large, what is on now and next."""
    found = day.of_team(db_session(), viewer().team_id, _wanted_day(), viewer().timezone)
    return render_template("coaching/day_board.html", found=found, at=now(), today=_today())


@blueprint.get("/day/next")
@everyone
def upcoming() -> ResponseReturnValue:
    """What a page reminds of: my sessions of today that are to come."""
    mine_today = _mine(_today())
    coming = mine_today.live if viewer().is_staff else mine_today.mine
    return {
        "coming": [
            {**one, "words": _reminder(item)} for item in coming for one in day.reminders([item])
        ],
        "changed": len(notices.unread(db_session(), viewer().person_id)),
        "words": _("Something about your sessions has changed."),
        "address": url_for("day.mine"),
    }


def _reminder(item: Item) -> Any:
    at = ui.clock(item.coaching.starts_at)
    if viewer().is_staff:
        return _("Your session begins at %(time)s.", time=at)
    if item.coaching.room:
        return _(
            "%(teacher)s waits for you at %(time)s in %(room)s.",
            teacher=item.coaching.teacher.name,
            time=at,
            room=item.coaching.room,
        )
    return _("%(teacher)s waits for you at %(time)s.", teacher=item.coaching.teacher.name, time=at)


@blueprint.post("/day/read")
@everyone
def read() -> ResponseReturnValue:
    """I have read what changed."""
    notices.mark_read(db_session(), viewer().person_id)
    db_session().commit()
    return redirect(url_for("day.mine"))
