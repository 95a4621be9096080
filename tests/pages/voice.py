"""Students' goals, reflections, progress and voice, and teachers who read them."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.learning import targets
from lti_app.learning.models import Attempt, GoalState, Level, Mastery, MasteryChange
from lti_app.learning.plan import units
from lti_app.learning.voice import goals, notes, reflections
from lti_app.learning.voice.weeks import week_of
from lti_app.learning.voice.words import Prompt
from tests.pages import STAFF, STUDENT, Page, Room

PAGES = [
    Page(STUDENT, "/goals", most_queries=5, look="student-goals"),
    Page(STUDENT, "/goals", "POST"),
    Page(STUDENT, "/goals/{goal}", "POST"),
    Page(STUDENT, "/goals/{goal}/away", "POST"),
    Page(STUDENT, "/reflections", most_queries=4, look="student-reflections"),
    Page(STUDENT, "/reflections", "POST"),
    Page(STUDENT, "/progress", most_queries=4, look="student-progress"),
    Page(STUDENT, "/voice", "POST"),
    Page(STUDENT, "/voice/mine", most_queries=3, look="student-voice"),
    Page(STUDENT, "/voice/mine", "POST"),
    Page(STUDENT, "/voice/{note}/back", "POST"),
    Page(STAFF, "/voice", most_queries=5, look="teacher-voice"),
    Page(STAFF, "/voice/goals", most_queries=5, look="teacher-voice-goals"),
    Page(STAFF, "/voice/reflections", most_queries=4, look="teacher-voice-reflections"),
    Page(STAFF, "/voice/{note}/answer", "POST"),
    Page(STAFF, "/voice/{note}/done", "POST"),
]
LONG = "I want to explain to my table why this works " * 4


def furnish(session: Session, room: Room) -> dict[str, int]:
    """The first student has goals, looked back, met targets over the year, and spoke; a teacher
    answered once."""
    person_id = room.student_ids[0]
    mine = {"person_id": person_id, "section_id": room.section_id}
    week = week_of(now(), "America/New_York")
    target = targets.get(session, room.team_id, room.section_id, room.ids["target"])
    _way_so_far(session, room, person_id)
    for before, text in ((2, "Read <b>two</b> pages"), (1, LONG.strip())):
        goals.set_goal(session, **mine, week=week - timedelta(weeks=before), text=text)
    settled = goals.of_student(session, person_id, room.section_id)[-1]
    goals.settle(session, **mine, goal_id=settled.id, state=GoalState.NOT_KEPT, this_week=week)
    goal = goals.set_goal(session, **mine, week=week, text="Ask <b>one</b> question & listen")
    goals.set_goal(session, **mine, week=week, target=target)
    _looks_back(session, mine, week)
    note = notes.say(
        session, **mine, works="The <b>strips</b> & " + LONG, change="", page="learning.target"
    )
    notes.answer(
        session,
        team_id=room.team_id,
        note_id=note.id,
        teacher_id=room.teacher_id,
        text="Thank you! We will use them <b>again</b>.",
        version=0,
    )
    notes.say(session, **mine, works="", change="More time on my own, please.")
    return {"goal": goal.id, "note": note.id}


def _looks_back(session, mine, week) -> None:
    reflections.write(
        session, **mine, week=week, answers={Prompt.PROUD: "I helped <b>Ben</b>. " + LONG}
    )
    attempt_id = session.scalar(
        select(Attempt.id).where(Attempt.person_id == mine["person_id"]).limit(1)
    )
    for text in ("The strips", "The strips & the drawing"):
        if attempt_id is not None:
            reflections.write(
                session,
                **mine,
                week=week,
                answers={Prompt.HELPED: text, Prompt.HARD: "To begin"},
                attempt_id=attempt_id,
            )


def _way_so_far(session: Session, room: Room, person_id: int) -> None:
    """A unit of targets, met one each fortnight; one of them was lost again on the way."""
    unit = units.add(session, room.team_id, "Unit 1: <b>Whole</b> numbers & their names")
    for number in range(5):
        target = targets.add_target(
            session,
            room.team_id,
            title=f"I can count by {number + 2}s. " + LONG * (number == 2),
            unit_id=unit.id,
        )
        targets.add_checkpoint(session, target, title="Count aloud", max_points=4)
        met_at = now() - timedelta(days=78 - 14 * number)
        insert_if_missing(
            session,
            Mastery,
            person_id=person_id,
            target_id=target.id,
            level=Level.BEYOND if number == 1 else Level.MET,
            percent=85.0,
            changed_at=met_at,
        )
        for days, level in ((0, Level.MET), (5, Level.NEARLY), (22, Level.MET)):
            if days == 0 or number == 2:
                session.add(
                    MasteryChange(
                        person_id=person_id,
                        target_id=target.id,
                        level=level,
                        percent=85.0,
                        at=met_at + timedelta(days=days),
                    )
                )
