"""Planning, the timetable, rules, one session, the day, the family, the calendar."""

from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import feed, gaps, notices, sessions, timetable
from lti_app.coaching.models import (
    CalendarEvent,
    CoachingSession,
    Gap,
    NoticeKind,
    SessionKind,
    WalkIn,
)
from lti_app.coaching.plans import board, slots
from lti_app.coaching.timetable import Draft
from lti_app.db import now
from lti_app.learning import targets
from lti_app.learning.voice.weeks import local_day
from tests.pages import ADMINISTRATOR, EVERYONE, STAFF, TEACHER, Page, Room

TIMEZONE = "America/New_York"
RULES = (
    "finds_below_line=yes&finds_stuck=yes&line_percent=70&stuck_days=3"
    "&session_minutes=15&group_most=5&seminar_from=8&most_a_day=2"
)
PAGES = [
    Page(STAFF, "/planning", most_queries=32, look="teacher-planning"),
    Page(STAFF, "/planning/board", most_queries=32),
    *(
        Page(TEACHER, f"/planning/{act}", "POST")
        for act in (
            *("make", "move", "lock", "split", "merge", "remove", "seat", "unseat", "add"),
            *("publish", "copy-week", "block-off", "block-on", "away", "here"),
        )
    ),
    Page(STAFF, "/timetable", most_queries=9, look="teacher-timetable"),
    Page(TEACHER, "/timetable", "POST"),
    Page(TEACHER, "/timetable/{block}", "POST"),
    Page(TEACHER, "/timetable/{block}/remove", "POST"),
    Page(STAFF, "/planning/rules", most_queries=13, look="teacher-gap-rules", query=RULES),
    Page(TEACHER, "/planning/rules", "POST"),
    Page(STAFF, "/coaching/{coaching_session}", most_queries=16, look="teacher-session"),
    *(
        Page(STAFF, f"/coaching/{{coaching_session}}/{act}", "POST")
        for act in ("attendance", "let-in", "got-it", "note", "change", "cancel", "repeat")
    ),
    Page(STAFF, "/what-helped", most_queries=4, look="teacher-what-helped"),
    Page(STAFF, "/students/{grouped_student}/family", most_queries=14, look="teacher-family"),
    Page(STAFF, "/students/{grouped_student}/flag", "POST"),
    Page(EVERYONE, "/day", most_queries=14, look="student-day"),
    Page(EVERYONE, "/day/board", most_queries=10, look="student-day-board"),
    Page(EVERYONE, "/day/next", most_queries=14),
    Page(EVERYONE, "/day/read", "POST"),
    Page(EVERYONE, "/my-calendar", most_queries=4, look="student-calendar"),
    Page(EVERYONE, "/my-calendar", "POST"),
    Page(EVERYONE, "/my-calendar/stop", "POST"),
    Page(STAFF, "/reminders", most_queries=8, look="teacher-reminders"),
    Page(TEACHER, "/reminders", "POST"),
    Page(TEACHER, "/reminders/address", "POST"),
    Page(STAFF, "/reminders/1/retry", "POST"),
    Page(ADMINISTRATOR, "/admin/calendar", look="administrator-calendar"),
    Page(ADMINISTRATOR, "/admin/calendar", "POST"),
    Page(ADMINISTRATOR, "/admin/calendar/off", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A timetable for every day, a proposal on the board, and sessions that are on and to come."""
    block = timetable.add(
        session,
        room.team_id,
        Draft(
            "Morning <b>block</b>",
            range(5),
            time(9, 0),
            time(10, 0),
            [room.section_id],
            {room.teacher_id: "Room 12"},
        ),
    )
    timetable.add(
        session,
        room.team_id,
        Draft(
            "Afternoon",
            range(5),
            time(23, 0),
            time(23, 40),
            [room.section_id],
            {room.teacher_id: ""},
        ),
    )
    target = targets.get(session, room.team_id, room.section_id, room.ids["target"])
    for person_id in room.student_ids[1:3]:
        gaps.flag(
            session,
            person_id=person_id,
            section_id=room.section_id,
            target=target,
            note="counts on fingers",
            teacher_id=room.teacher_id,
        )
    session.add(
        CalendarEvent(
            uid="winter",
            first_day=date(2031, 12, 22),
            last_day=date(2032, 1, 2),
            name="Winter <b>break</b>",
            is_day_off=True,
        )
    )
    _propose(session, room)
    coaching = _on_now(session, room, target)
    notices.tell(session, coaching, NoticeKind.MOVED, room.student_ids[:1], but=None)
    feed.make(session, room.student_ids[0])
    return {"block": block.id, "coaching_session": coaching.id}


def _propose(session: Session, room: Room) -> None:
    """The next school day's board: one session with a place, one that clashes with it."""
    looks = slots.team_rules.looks(session, room.team_id)
    day = looks.school_days.next_from(local_day(now(), TIMEZONE))
    on = slots.of_day(session, room.team_id, day)
    slot = on.slots[-1]
    plan = board.opened(session, room.team_id, on)
    board.add(session, plan, room.ids["target"], slot, room.teacher_id)
    session.expire(plan, ["sessions"])
    gap = session.scalars(select(Gap).where(Gap.person_id == room.student_ids[1])).first()
    assert gap is not None
    board.seat_in_new(session, plan, gap.id, slot, room.teacher_id, team_id=room.team_id)
    session.flush()


def _on_now(session: Session, room: Room, target: object) -> CoachingSession:
    """A session that began five minutes ago, with a student who joined by choice."""
    begins = now().replace(second=0, microsecond=0)
    begins -= timedelta(minutes=begins.minute % 5 + 5)
    coaching = CoachingSession(
        team_id=room.team_id,
        teacher_id=room.teacher_id,
        kind=SessionKind.SMALL_GROUP,
        room="Room <i>12</i>",
        starts_at=begins,
        ends_at=begins + timedelta(minutes=30),
        places=6,
        targets=[target],
    )
    sessions.make(session, [(coaching, [])])
    session.add(WalkIn(coaching_session_id=coaching.id, person_id=room.student_ids[0]))
    session.flush()
    session.expire(coaching)
    return coaching
