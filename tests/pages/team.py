"""The team and its ways in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.people.models import Person, TeamMember, TeamRole
from tests.pages import STAFF, TEACHER, Page, Room

PAGES = [
    Page(STAFF, "/team", most_queries=6, look="teacher-team"),
    Page(TEACHER, "/team", "POST"),
    Page(TEACHER, "/team/members/{member}", "POST"),
    Page(TEACHER, "/team/code", "POST"),
    Page(TEACHER, "/team/code/end", "POST"),
    Page(TEACHER, "/team/join", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """The teacher owns the team; somebody with a long name assists."""
    owner = session.scalars(
        select(TeamMember).where(
            TeamMember.team_id == room.team_id, TeamMember.person_id == room.teacher_id
        )
    ).first()
    if owner is None:
        owner = TeamMember(team_id=room.team_id, person_id=room.teacher_id, role=TeamRole.OWNER)
        session.add(owner)
    aide = Person(name="Mx. Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh")
    session.add(aide)
    session.flush()
    member = TeamMember(team_id=room.team_id, person_id=aide.id, role=TeamRole.ASSISTANT)
    session.add(member)
    session.flush()
    return {"member": member.id}
