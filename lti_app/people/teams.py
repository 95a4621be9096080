"""Teams: who teaches in them, what each may do, and how two teams become one."""

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput, NotHere
from lti_app.people import codes
from lti_app.people.events import team_joined
from lti_app.people.models import (
    Role,
    Section,
    StudentGroup,
    Team,
    TeamMember,
    TeamRole,
)

CODE_LASTS = timedelta(days=7)
LONGEST_NAME = 200


def open_section(session: Session, *, title: str, source: str, external_id: str) -> Section:
    """A section that is opened for the first time, in a team of its own, named after it; teachers
    join teams later."""
    team = Team(name=title[:LONGEST_NAME])
    session.add(team)
    session.flush()
    section = Section(
        team_id=team.id,
        title=title[:300],
        source=source,
        external_id=external_id,
        service_scopes=[],
    )
    session.add(section)
    session.flush()
    return section


def note_member(session: Session, team_id: int, person_id: int, role: Role) -> None:
    """Someone who teaches came in: they belong to the team of their section from now on.

    The first teacher owns the team; what an owner decided later about someone stays.
    """
    known = session.scalar(
        select(TeamMember.id).where(
            TeamMember.team_id == team_id, TeamMember.person_id == person_id
        )
    )
    if known is not None:
        return
    insert_if_missing(
        session,
        TeamMember,
        team_id=team_id,
        person_id=person_id,
        role=TeamRole.ASSISTANT if role == Role.ASSISTANT else _first_or_next(session, team_id),
        joined_at=now(),
    )


def note_members(session: Session, team_id: int, roles: Mapping[int, Role]) -> None:
    """Several who teach, by their ids, stand in the roster: the same as if each had come in."""
    known = set(
        session.scalars(
            select(TeamMember.person_id).where(
                TeamMember.team_id == team_id, TeamMember.person_id.in_(roles)
            )
        )
    )
    for person_id, role in roles.items():
        if person_id not in known:
            note_member(session, team_id, person_id, role)


def _first_or_next(session: Session, team_id: int) -> TeamRole:
    owner = select(TeamMember.id).where(
        TeamMember.team_id == team_id, TeamMember.role == TeamRole.OWNER
    )
    return TeamRole.OWNER if session.scalar(owner.limit(1)) is None else TeamRole.TEACHER


def members(session: Session, team_id: int) -> list[TeamMember]:
    """Those who teach in the team with their names, owners first."""
    order = list(TeamRole)
    found = session.scalars(
        select(TeamMember)
        .where(TeamMember.team_id == team_id)
        .options(selectinload(TeamMember.person))
    )
    return sorted(found, key=lambda one: (order.index(TeamRole(one.role)), one.person.name, one.id))


def sections(session: Session, team_id: int) -> list[Section]:
    """The team's sections by title."""
    return list(
        session.scalars(
            select(Section).where(Section.team_id == team_id).order_by(Section.title, Section.id)
        )
    )


def rename(team: Team, name: str) -> None:
    """Give the team another name. Raises `BadInput` for an empty or over-long one."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(_l("The name is empty or too long."), _l("Write a short name and save."))
    team.name = name


def member(session: Session, team_id: int, member_id: int) -> TeamMember:
    """One member of the team. Raises `NotHere`."""
    found = session.scalars(
        select(TeamMember).where(TeamMember.id == member_id, TeamMember.team_id == team_id)
    ).first()
    if found is None:
        raise NotHere
    return found


def set_role(session: Session, member: TeamMember, role: TeamRole) -> None:
    """Say what a member may do. Raises `BadInput` for the last owner."""
    locked = _locked_members(session, member.team_id)
    owners = [one for one in locked if one.role == TeamRole.OWNER]
    if role != TeamRole.OWNER and owners == [member]:
        raise BadInput(
            _l("A team needs an owner."), _l("Make someone else an owner first, then try again.")
        )
    member.role = role
    session.flush()


def _locked_members(session: Session, team_id: int) -> list[TeamMember]:
    return list(
        session.scalars(
            select(TeamMember)
            .where(TeamMember.team_id == team_id)
            .order_by(TeamMember.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def new_join_code(session: Session, team: Team) -> str:
    """A code with which another team joins this one, for a week; an older code ends.

    Only its digest is kept: it can be read once, here.
    """
    code = codes.new_code()
    team.join_code_digest = codes.digest_of(code)
    team.join_code_until = now() + CODE_LASTS
    session.flush()
    return code


def end_join_code(team: Team) -> None:
    """Nobody joins with the team's code any more."""
    team.join_code_digest = None
    team.join_code_until = None


def join(session: Session, from_team_id: int, code: str) -> Team:
    """Make a team part of the one that gave out `code`: sections, members, groups, and, by the
    listeners of `team_joined`, targets and all the rest. Nothing is lost, nothing is doubled.

    Returns the team joined. Raises `BadInput` for a code that opens nothing (any more).
    """
    digest = codes.digest_of(code)
    into_id = session.scalar(select(Team.id).where(Team.join_code_digest == digest))
    # In the order of their ids: two teams that join each other at once must not wait for ever.
    locked = session.scalars(
        select(Team)
        .where(Team.id.in_([from_team_id, into_id or from_team_id]))
        .order_by(Team.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    into = next((team for team in locked if team.id == into_id), None)
    if (
        into is None
        or into.join_code_digest != digest
        or into.join_code_until is None
        or into.join_code_until < now()
    ):
        raise BadInput(
            _l("This code opens no team."),
            _l("Check the letters, or ask the other team for a new code."),
        )
    if into.id == from_team_id:
        raise BadInput(
            _l("This is your own team's code."), _l("Give it to the teachers who should join you.")
        )
    if not any(team.id == from_team_id for team in locked):
        raise NotHere
    _move(session, from_team_id, into.id)
    team_joined.send(session, from_team_id=from_team_id, into_team_id=into.id)
    return into


def _move(session: Session, from_id: int, into_id: int) -> None:
    for model in (Section, StudentGroup):
        session.execute(update(model).where(model.team_id == from_id).values(team_id=into_id))
    there = {one.person_id for one in _locked_members(session, into_id)}
    for comer in _locked_members(session, from_id):
        if comer.person_id not in there:
            role = TeamRole.ASSISTANT if comer.role == TeamRole.ASSISTANT else TeamRole.TEACHER
            insert_if_missing(
                session,
                TeamMember,
                team_id=into_id,
                person_id=comer.person_id,
                role=role,
                joined_at=now(),
            )
    session.execute(delete(TeamMember).where(TeamMember.team_id == from_id))
    left = session.get_one(Team, from_id)
    end_join_code(left)
    session.flush()
