"""Groups of students that a team wants to see together."""

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing
from lti_app.errors import BadInput, NotHere
from lti_app.people import roster
from lti_app.people.models import (
    Enrolment,
    StudentGroup,
    StudentGroupMember,
)

LONGEST_NAME = 100


@dataclass(frozen=True)
class Listed:
    """A group in a list."""

    group: StudentGroup
    students: int


def of_team(session: Session, team_id: int) -> list[Listed]:
    """The team's groups by name, with how many present students each has."""
    present = roster.present_in_team(team_id)
    rows = session.execute(
        select(StudentGroup, func.count(StudentGroupMember.person_id))
        .outerjoin(
            StudentGroupMember,
            (StudentGroupMember.group_id == StudentGroup.id)
            & StudentGroupMember.person_id.in_(present),
        )
        .where(StudentGroup.team_id == team_id)
        .group_by(StudentGroup.id)
        .order_by(StudentGroup.name, StudentGroup.id)
    )
    return [Listed(group, students) for group, students in rows]


def get(session: Session, team_id: int, group_id: int) -> StudentGroup:
    """One group of the team, locked for a change. Raises `NotHere`."""
    group = session.scalars(
        select(StudentGroup)
        .where(StudentGroup.id == group_id, StudentGroup.team_id == team_id)
        .with_for_update()
    ).first()
    if group is None:
        raise NotHere
    return group


def members(session: Session, group_id: int) -> set[int]:
    """Ids of a group's students."""
    return set(
        session.scalars(
            select(StudentGroupMember.person_id).where(StudentGroupMember.group_id == group_id)
        )
    )


def add(session: Session, team_id: int, name: str) -> StudentGroup:
    """Make a group. Raises `BadInput` for an empty or over-long name."""
    group = StudentGroup(team_id=team_id, name=_name(name))
    session.add(group)
    session.flush()
    return group


def change(
    session: Session,
    group: StudentGroup,
    name: str,
    person_ids: Collection[int],
    were: Collection[int] = (),
) -> None:
    """Rename a group, take in who is picked, and let go who was in it (`were`, as the page showed
    it) and is not picked any more. Others whom somebody else took in meanwhile stay.

    Raises `BadInput`, also for a group of the LMS's, and `NotHere` for someone who is no present
    student of the team.
    """
    _check_ours(group)
    group.name = _name(name)
    wanted = set(person_ids)
    present = roster.present_in_team(group.team_id)
    ours = set(session.scalars(present.where(Enrolment.person_id.in_(wanted))))
    if wanted != ours:
        raise NotHere
    session.execute(
        delete(StudentGroupMember).where(
            StudentGroupMember.group_id == group.id,
            StudentGroupMember.person_id.in_(set(were) - wanted),
        )
    )
    for person_id in sorted(wanted):
        insert_if_missing(session, StudentGroupMember, group_id=group.id, person_id=person_id)
    session.flush()


def remove(session: Session, group: StudentGroup) -> None:
    """Delete a group; its students and their work stay. Raises `BadInput` for one of the LMS's."""
    _check_ours(group)
    session.execute(delete(StudentGroupMember).where(StudentGroupMember.group_id == group.id))
    session.delete(group)
    session.flush()


def _check_ours(group: StudentGroup) -> None:
    if group.section_id is not None:
        raise BadInput(
            _l("This group comes from your LMS."), _l("Change it there; it follows by itself.")
        )


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(_l("The name is empty or too long."), _l("Write a short name and save."))
    return name
