"""Students' pages: goals, looking back, own progress, and what they tell their teachers."""

from datetime import date
from typing import NoReturn

from flask import (
    Flask,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.db import now
from lti_app.errors import PathwaysError
from lti_app.learning import targets, typed
from lti_app.learning.models import Attempt, GoalState, Level
from lti_app.learning.voice import (
    goals,
    notes,
    offers,
    picture,
    progress,
    reflections,
    teacher_pages,
    words,
)
from lti_app.learning.voice.weeks import week_of
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("voice", __name__)
student = allow(Role.STUDENT)


def init_app(app: Flask) -> None:
    """Add the pages, and what templates call prompts, months and earlier answers by."""
    app.jinja_env.globals.update(
        AFTER_CHECKPOINT=words.AFTER_CHECKPOINT,
        PROMPT_WORDS=words.PROMPTS,
        GOAL_WORDS=words.GOAL_STATES,
        LONGEST_NOTE=notes.LONGEST_NOTE,
        LONGEST_ANSWER=reflections.LONGEST_ANSWER,
        month_name=month_name,
        short_month=short_month,
        short_day=short_day,
        written_about=written_about,
    )
    app.register_blueprint(blueprint)
    teacher_pages.init_app(app)


def month_name(day: date) -> str:
    """The month of a day: `October`, `octubre`."""
    return str(format_date(day, "LLLL"))


def short_month(day: date) -> str:
    """The month of a day where there is little room: `Oct`."""
    return str(format_date(day, "LLL"))


def short_day(day: date) -> str:
    """A day of the year: `Oct 5`, `5 oct`."""
    return str(format_date(day, "MMM d" if str(get_locale()) == "en" else "d MMM"))


def written_about(attempt: Attempt) -> dict[str, str]:
    """The viewer's standing answers about an attempt, by prompt."""
    return reflections.standing(
        db_session(), viewer().person_id, attempt.section_id, attempt_id=attempt.id
    )


def _this_week() -> date:
    return week_of(now(), viewer().timezone)


@blueprint.get("/goals")
@student
def goals_page() -> ResponseReturnValue:
    """This week's goals, room for another one, and what became of the ones before."""
    session, week = db_session(), _this_week()
    before = goals.of_student(session, viewer().person_id, viewer().section_id)
    return render_template(
        "learning/voice/goals.html",
        goals=goals.current(session, viewer().person_id, viewer().section_id, week),
        before=[goal for goal in before if goal.week != week and goal.state != GoalState.OPEN],
        offered=offers.targets_to_meet(
            session, viewer().person_id, viewer().team_id, viewer().section_id
        ),
        longest=goals.LONGEST_GOAL,
    )


@blueprint.post("/goals")
@student
def set_goal() -> ResponseReturnValue:
    """The student sets a goal for this week."""
    session = db_session()
    target_id = request.form.get("target", type=int)
    goals.set_goal(
        session,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        week=_this_week(),
        target=targets.get(session, viewer().team_id, viewer().section_id, target_id)
        if target_id
        else None,
        text=request.form.get("text", ""),
    )
    session.commit()
    flash(_("That is your goal. You can do it!"))
    return redirect(url_for("voice.goals_page"))


@blueprint.post("/goals/<int:goal_id>")
@student
def settle_goal(goal_id: int) -> ResponseReturnValue:
    """The student ticks a goal off, or says at the week's end what became of it."""
    goal = goals.settle(
        db_session(),
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        goal_id=goal_id,
        state=typed.one_of(GoalState, request.form.get("state", "open")),
        this_week=_this_week(),
    )
    db_session().commit()
    if goal.state == GoalState.KEPT:
        flash(_("You reached your goal. Well done!"))
    elif goal.state == GoalState.NOT_KEPT:
        flash(_("Not yet is fine. You can set it again for this week."))
    return redirect(_back())


@blueprint.post("/goals/<int:goal_id>/away")
@student
def take_away_goal(goal_id: int) -> ResponseReturnValue:
    """The student takes away an open goal of this week."""
    goals.take_away(
        db_session(),
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        goal_id=goal_id,
        this_week=_this_week(),
    )
    db_session().commit()
    return redirect(url_for("voice.goals_page"))


@blueprint.get("/reflections")
@student
def reflections_page() -> ResponseReturnValue:
    """This week's questions, and all that the student wrote before."""
    session, week = db_session(), _this_week()
    return render_template(
        "learning/voice/reflections.html",
        stands=reflections.standing(session, viewer().person_id, viewer().section_id, week=week),
        prompts=words.OF_THE_WEEK,
        before=[
            look
            for look in reflections.of_student(session, viewer().person_id, viewer().section_id)
            if look.attempt_id or look.week != week
        ],
    )


@blueprint.post("/reflections")
@student
def reflect() -> ResponseReturnValue:
    """The student answers questions about an attempt, or about the week."""
    answers = {prompt: request.form.get(prompt, "") for prompt in words.Prompt}
    written = reflections.write(
        db_session(),
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        week=_this_week(),
        answers=answers,
        attempt_id=request.form.get("attempt", type=int),
    )
    db_session().commit()
    if written:
        flash(_("Kept. Only you and your teachers can read it."))
    return redirect(_back())


@blueprint.get("/progress")
@student
def progress_page() -> ResponseReturnValue:
    """The student's own way through the school year, as a picture and in words."""
    found = progress.of_student(
        db_session(), viewer().person_id, viewer().team_id, viewer().timezone, now()
    )
    return render_template(
        "learning/voice/progress.html",
        progress=found,
        picture=picture.drawn(found.weeks),
        beyond=Level.BEYOND,
    )


class TooOften(PathwaysError):
    """Somebody writes without end."""

    status = 429
    code = "too_often"


def _too_often() -> NoReturn:
    raise TooOften(
        _l("You have told us a lot in this hour."),
        _l("Your teacher will read it. You can say more later."),
    )


@blueprint.post("/voice")
@student
@ui.limiter.limit(
    "30 per hour", key_func=lambda: f"voice:{viewer().person_id}", on_breach=_too_often
)
def say() -> ResponseReturnValue:
    """The student says what works and what should change, and goes on where they are: a page that
    sends the form by itself (`voice.js`) is answered with nothing."""
    page = request.form.get("page", "")
    notes.say(
        db_session(),
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        works=request.form.get("works", ""),
        change=request.form.get("change", ""),
        page=page if page in current_app.view_functions else "",
    )
    db_session().commit()
    if "X-Pathways-Stays" in request.headers:
        return "", 204
    flash(_("Your teacher will read it. Thank you for telling us!"))
    return redirect(_back())


@blueprint.get("/voice/mine")
@student
def mine() -> ResponseReturnValue:
    """What the student said, and what teachers answered."""
    return render_template(
        "learning/voice/mine.html",
        said=notes.mine(db_session(), viewer().person_id, viewer().section_id),
    )


@blueprint.post("/voice/mine")
@student
def mark_read() -> ResponseReturnValue:
    """The student goes to read the answers: they are no longer announced."""
    notes.mark_read(db_session(), viewer().person_id, viewer().section_id)
    db_session().commit()
    return redirect(url_for("voice.mine"))


@blueprint.post("/voice/<int:note_id>/back")
@student
def take_back(note_id: int) -> ResponseReturnValue:
    """The student takes back their words."""
    notes.take_back(
        db_session(),
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        note_id=note_id,
    )
    db_session().commit()
    flash(_("Gone. Nobody can read it any more."))
    return redirect(url_for("voice.mine"))


def _back() -> str:
    """The page of this section that the form stood on; without one, the front page."""
    front = url_for("home.front")
    back = request.form.get("back", "")
    return back if back.startswith(front) and "\\" not in back else front
