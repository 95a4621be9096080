"""The slots of a day: its blocks, cut into sessions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching import bookings, sessions, team_rules
from lti_app.coaching.models import Block, BlockOff, BlockTeacher, TeacherAway
from lti_app.coaching.planner.problem import Slot


@dataclass(frozen=True)
class DaySlot:
    """A stretch of a block in which one session may be held."""

    block_id: int
    block_name: str
    starts_at: datetime
    ends_at: datetime
    section_ids: frozenset[int]
    rooms: dict[int, str]
    """Room by teacher: those who hold sessions then and are there."""

    @property
    def as_slot(self) -> Slot:
        """The same in numbers of five minutes."""
        span = bookings.ticks(self.starts_at, self.ends_at)
        return Slot(span.start, span.stop)


@dataclass(frozen=True)
class Day:
    """A day of a team as it may be planned."""

    day: date
    is_school_day: bool
    slots: tuple[DaySlot, ...]
    blocks: tuple[Block, ...]
    """Those of the day's weekday, also where they fall away."""
    off: frozenset[int]
    """Ids of blocks that fall away."""
    away: frozenset[int]
    """Teachers who are not there."""


def of_day(session: Session, team_id: int, day: date) -> Day:
    """The team's slots on a day, earliest first; in a number of queries that does not grow."""
    looks = team_rules.looks(session, team_id)
    blocks = tuple(
        block for block in of_team(session, team_id) if block.weekdays & 1 << day.weekday()
    )
    off = frozenset(session.scalars(select(BlockOff.block_id).where(BlockOff.day == day)))
    away = frozenset(session.scalars(select(TeacherAway.person_id).where(TeacherAway.day == day)))
    is_school_day = looks.school_days.is_school_day(day)
    slots = [
        slot
        for block in blocks
        if is_school_day and block.id not in off
        for slot in _cut(block, day, looks.timezone, looks.rules.session_minutes, away)
    ]
    slots.sort(key=lambda slot: (slot.starts_at, slot.ends_at, slot.block_id))
    return Day(day, is_school_day, tuple(slots), blocks, off, away)


def of_team(session: Session, team_id: int) -> list[Block]:
    """The team's blocks with sections and teachers, earliest first."""
    return list(
        session.scalars(
            select(Block)
            .where(Block.team_id == team_id)
            .order_by(Block.starts, Block.id)
            .options(
                selectinload(Block.sections),
                selectinload(Block.teachers).selectinload(BlockTeacher.person),
            )
        )
    )


def _cut(
    block: Block, day: date, timezone: str, minutes: int, away: frozenset[int]
) -> list[DaySlot]:
    """As many whole sessions as fit; a block shorter than one is a slot by itself."""
    begins = sessions.moment(day, block.starts, timezone)
    ends = sessions.moment(day, block.ends, timezone)
    long = min(timedelta(minutes=minutes), ends - begins)
    rooms = {one.person_id: one.room for one in block.teachers if one.person_id not in away}
    section_ids = frozenset(section.id for section in block.sections)
    count = int((ends - begins) / long) if long > timedelta(0) else 0
    return [
        DaySlot(
            block.id,
            block.name,
            begins + n * long,
            begins + (n + 1) * long,
            section_ids,
            rooms,
        )
        for n in range(count)
    ]
