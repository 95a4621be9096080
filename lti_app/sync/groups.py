"""Groups that the LMS's course keeps: they stand among the team's own and follow the LMS."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.orm import Session

from integrations.lms import FollowedRoster, Group
from lti_app.db import Database, insert_missing
from lti_app.people.groups import LONGEST_NAME
from lti_app.people.models import Section, StudentGroup, StudentGroupMember

GROUPS_AT_ONCE = 200


def bring_in_groups(
    database: Database, district_id: int, section_id: int, roster: FollowedRoster
) -> dict[str, int]:
    """Make a section's groups those of its course; returns our ids by the LMS's.

    Only when every page was read do those go that the course has no longer; a teacher's own are
    never touched. Raises `LmsError`.
    """
    ours: dict[str, int] = {}
    groups = roster.groups()
    while some := list(islice(groups, GROUPS_AT_ONCE)):
        with database.transaction(district_id=district_id) as session:
            ours |= _take(session, section_id, some)
    with database.transaction(district_id=district_id) as session:
        _remove_others(session, section_id, ours)
    return ours


def _take(session: Session, section_id: int, groups: Sequence[Group]) -> dict[str, int]:
    names = {one.id: " ".join(one.name.split())[:LONGEST_NAME] or one.id for one in groups}
    team_id = session.get_one(Section, section_id).team_id
    insert_missing(
        session,
        StudentGroup,
        [
            {
                "team_id": team_id,
                "section_id": section_id,
                "external_id": external_id,
                "name": name[:LONGEST_NAME],
            }
            for external_id, name in names.items()
        ],
    )
    found = session.scalars(
        select(StudentGroup).where(
            StudentGroup.section_id == section_id, StudentGroup.external_id.in_(names)
        )
    )
    ours: dict[str, int] = {}
    for group in found:
        external_id = group.external_id or ""
        group.name = names[external_id][:LONGEST_NAME]
        ours[external_id] = group.id
    return ours


def _remove_others(session: Session, section_id: int, ours: Mapping[str, int]) -> None:
    kept = set(ours.values())
    gone = [one for one in session.scalars(_ids_of(section_id)) if one not in kept]
    session.execute(delete(StudentGroupMember).where(StudentGroupMember.group_id.in_(gone)))
    session.execute(delete(StudentGroup).where(StudentGroup.id.in_(gone)))


def place(
    session: Session,
    section_id: int,
    ours: Mapping[str, int],
    wanted: Mapping[int, Iterable[str]],
) -> None:
    """Put each person of `wanted` into these groups of the LMS, and out of the section's others."""
    pairs = {
        (ours[external_id], person_id)
        for person_id, external_ids in wanted.items()
        for external_id in external_ids
        if external_id in ours
    }
    standing = {
        (group_id, person_id)
        for group_id, person_id in session.execute(
            select(StudentGroupMember.group_id, StudentGroupMember.person_id).where(
                StudentGroupMember.person_id.in_(wanted),
                StudentGroupMember.group_id.in_(_ids_of(section_id)),
            )
        )
    }
    insert_missing(
        session,
        StudentGroupMember,
        [
            {"group_id": group_id, "person_id": person_id}
            for group_id, person_id in sorted(pairs - standing)
        ],
    )
    if over := standing - pairs:
        session.execute(
            delete(StudentGroupMember).where(
                tuple_(StudentGroupMember.group_id, StudentGroupMember.person_id).in_(over)
            )
        )


def _ids_of(section_id: int) -> Select[int]:
    return select(StudentGroup.id).where(StudentGroup.section_id == section_id)
