"""A day that goes otherwise: a block falls away, a teacher is not there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import bookings, notices, sessions
from lti_app.coaching.events import sessions_changed
from lti_app.coaching.models import (
    Block,
    BlockOff,
    CancelReason,
    CoachingSession,
    NoticeKind,
    TeacherAway,
)
from lti_app.db import insert_if_missing, now
from lti_app.errors import NotHere
from lti_app.learning.voice.weeks import local_day
from lti_app.people import teams
from lti_app.people.models import TeamRole


def cancel_block(session: Session, block: Block, day: date, timezone: str, *, by: int) -> int:
    """The block falls away on a day: its sessions are called off, everyone is told.

    Returns how many sessions there were. Nothing is planned in it on that day any more.
    """
    insert_if_missing(session, BlockOff, block_id=block.id, day=day, reason=CancelReason.BLOCK)
    begins = sessions.moment(day, block.starts, timezone)
    ends = sessions.moment(day, block.ends, timezone)
    found = [
        one
        for one in sessions.within(session, block.team_id, begins, ends)
        # One that only runs into the block is of another.
        if begins <= one.starts_at < ends
    ]
    return sessions.cancel(session, found, CancelReason.BLOCK, by=by)


@dataclass(frozen=True)
class Moved:
    """What became of an absent teacher's sessions."""

    moved: int
    called_off: int


def teacher_away(
    session: Session, team_id: int, teacher_id: int, day: date, timezone: str, *, by: int
) -> Moved:
    """A teacher is not there on a day: each session goes, in one step, to a teacher of the team
    who is free then, the least busy first; where nobody is free it is called off. All are told.

    Raises `NotHere` for somebody who does not teach in the team.
    """
    teachers = [one for one in teams.members(session, team_id) if one.role != TeamRole.ASSISTANT]
    if teacher_id not in {one.person_id for one in teachers}:
        raise NotHere
    insert_if_missing(session, TeacherAway, person_id=teacher_id, day=day)
    begins, ends = day_span(day, timezone)
    theirs = [
        one
        for one in sessions.within(session, team_id, max(begins, now()), ends)
        if one.teacher_id == teacher_id
        and one.cancelled_at is None
        and local_day(one.starts_at, timezone) == day
    ]
    away = set(session.scalars(select(TeacherAway.person_id).where(TeacherAway.day == day)))
    others = [one.person_id for one in teachers if one.person_id not in away]
    busy = {
        person_id: set(taken)
        for person_id, taken in bookings.taken(session, others, begins, ends).items()
    }
    moved: list[CoachingSession] = []
    for coaching in theirs:
        needed = set(bookings.ticks(coaching.starts_at, coaching.ends_at))
        free = [one for one in others if needed.isdisjoint(busy.get(one, ()))]
        if not free:
            continue
        steps_in = min(free, key=lambda one: (len(busy.get(one, ())), others.index(one)))
        counted = notices.counting_on(coaching)
        bookings.release(session, [coaching.id], [teacher_id])
        coaching.teacher_id = steps_in
        coaching.sequence += 1
        coaching.changed_at = now()
        session.flush()
        sessions.book(session, {coaching: [steps_in]})
        busy.setdefault(steps_in, set()).update(needed)
        session.refresh(coaching, ["teacher"])
        notices.tell(
            session, coaching, NoticeKind.OTHER_TEACHER, counted | {steps_in, teacher_id}, but=by
        )
        moved.append(coaching)
    if moved:
        sessions_changed.send(session, coaching_session_ids=[one.id for one in moved])
    left = [one for one in theirs if one not in moved]
    sessions.cancel(session, left, CancelReason.TEACHER_AWAY, by=by)
    return Moved(len(moved), len(left))


def teacher_back(session: Session, team_id: int, teacher_id: int, day: date) -> None:
    """The teacher is there after all; sessions that were moved or called off stay so.

    Raises `NotHere` for somebody who does not teach in the team.
    """
    if teacher_id not in {one.person_id for one in teams.members(session, team_id)}:
        raise NotHere
    away = session.get(TeacherAway, (teacher_id, day))
    if away is not None:
        session.delete(away)
        session.flush()


def block_back(session: Session, block_id: int, day: date) -> None:
    """The block takes place after all; sessions that were called off stay so."""
    off = session.get(BlockOff, (block_id, day))
    if off is not None:
        session.delete(off)
        session.flush()


def day_span(day: date, timezone: str) -> tuple[datetime, datetime]:
    """From midnight to midnight by the district's clock: 23 to 25 hours."""
    midnight = datetime.min.time()
    return (
        sessions.moment(day, midnight, timezone),
        sessions.moment(day + timedelta(days=1), midnight, timezone),
    )
