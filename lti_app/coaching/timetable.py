"""The timetable: blocks of personalization time, their sections and teachers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.models import Block, BlockOff, BlockTeacher
from lti_app.errors import BadInput, NotHere
from lti_app.people import teams
from lti_app.people.models import Section, TeamRole

WEEKDAYS = 5
LONGEST_NAME = 100
LONGEST_ROOM = 100


@dataclass(frozen=True)
class Draft:
    """A block as a form has it."""

    name: str
    weekdays: Collection[int]
    """0 Monday to 4 Friday."""
    starts: time
    ends: time
    section_ids: Collection[int]
    rooms: Mapping[int, str]
    """Room by teacher who holds sessions in it."""


def get(session: Session, team_id: int, block_id: int) -> Block:
    """One block of the team, locked for a change. Raises `NotHere`."""
    block = session.scalars(
        select(Block)
        .where(Block.id == block_id, Block.team_id == team_id)
        .with_for_update()
        .options(selectinload(Block.sections), selectinload(Block.teachers))
    ).first()
    if block is None:
        raise NotHere
    return block


def add(session: Session, team_id: int, draft: Draft) -> Block:
    """Write a new block. Raises `BadInput`, and `NotHere` for sections and people of others."""
    block = Block(team_id=team_id, **_checked(draft))
    session.add(block)
    _fill(session, block, draft)
    return block


def change(session: Session, block: Block, draft: Draft) -> None:
    """Change a block; sessions that are published stay where they are. Raises as `add`."""
    for name, value in _checked(draft).items():
        setattr(block, name, value)
    _fill(session, block, draft)


def _checked(draft: Draft) -> dict[str, object]:
    name = " ".join(draft.name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(_l("The name is empty or too long."), _l("Write a short name and save."))
    if not draft.weekdays or not all(0 <= day < WEEKDAYS for day in draft.weekdays):
        raise BadInput(_l("No day is picked."), _l("Pick the days of the week, then save."))
    if draft.starts >= draft.ends:
        raise BadInput(
            _l("The block ends before it begins."), _l("Correct the times and save again.")
        )
    if any(one.minute % 5 or one.second for one in (draft.starts, draft.ends)):
        raise BadInput(
            _l("Blocks begin and end at a full five minutes."),
            _l("Pick a time such as 10:20 or 10:25."),
        )
    return {
        "name": name,
        "weekdays": sum(1 << day for day in set(draft.weekdays)),
        "starts": draft.starts,
        "ends": draft.ends,
    }


def _fill(session: Session, block: Block, draft: Draft) -> None:
    wanted = set(draft.section_ids)
    sections = session.scalars(
        select(Section).where(Section.id.in_(wanted), Section.team_id == block.team_id)
    ).all()
    if len(sections) != len(wanted):
        raise NotHere
    if not sections:
        raise BadInput(_l("No section is picked."), _l("Say whose time this is, then save."))
    staff = {
        one.person_id
        for one in teams.members(session, block.team_id)
        if one.role != TeamRole.ASSISTANT
    }
    if not staff.issuperset(draft.rooms):
        raise NotHere
    block.sections = list(sections)
    known = {one.person_id: one for one in block.teachers}
    block.teachers = [
        known.get(person_id) or BlockTeacher(person_id=person_id)
        for person_id in sorted(draft.rooms)
    ]
    for one in block.teachers:
        one.room = draft.rooms[one.person_id].strip()[:LONGEST_ROOM]
    session.flush()


def remove(session: Session, block: Block) -> None:
    """Delete a block; sessions that are published stay."""
    session.execute(delete(BlockOff).where(BlockOff.block_id == block.id))
    session.delete(block)
    session.flush()
