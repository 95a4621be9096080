"""A pathway with all that can be changed on it, and what other teams share."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.learning import targets
from lti_app.learning.models import Activity, ActivityKind, Pathway, Standard, Target
from lti_app.learning.ways import writing
from lti_app.people.models import Team
from tests.pages import STAFF, TEACHER, Page, Room

PAGES = [
    Page(STAFF, "/plan/{target}/pathways/{rich_pathway}", most_queries=9, look="teacher-pathway"),
    Page(TEACHER, "/plan/{target}/pathways/{pathway}", "POST"),
    Page(TEACHER, "/plan/{target}/pathways/order", "POST"),
    Page(TEACHER, "/plan/{target}/pathways/{pathway}/order", "POST"),
    Page(TEACHER, "/plan/{target}/pathways/{pathway}/copy", "POST"),
    Page(TEACHER, "/plan/{target}/pathways/{pathway}/share", "POST"),
    Page(TEACHER, "/plan/{target}/activities/{activity}/remove", "POST"),
    Page(
        STAFF,
        "/plan/library",
        most_queries=8,
        look="teacher-library",
        query="words=strips&target=1",
    ),
    Page(TEACHER, "/plan/library/{shared_pathway}/copy", "POST"),
]
TITLE = "<b>Build</b> & talk"
LONG = "Explain with strips, drawings and words " + "why it grows " * 18 + "always"


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A pathway with alternatives, links and long titles, and one that another team shares."""
    target = session.get_one(Target, room.ids["target"])
    rich = session.scalars(
        select(Pathway).where(
            Pathway.target_id == target.id, Pathway.title == "<b>Build</b> & talk"
        )
    ).first()
    if rich is None:
        rich = _rich(session, target)
    return {"rich_pathway": rich.id, "shared_pathway": _of_another_team(session, room).id}


def _rich(session: Session, target: Target) -> Pathway:
    rich = targets.add_pathway(session, target, title=TITLE)

    def add(title: str, kind: ActivityKind, url: str = "", step: Activity | None = None):
        return writing.add(
            session,
            rich,
            writing.Draft(
                title=title,
                kind=kind,
                url=url,
                minutes=12,
                materials="fraction strips, scissors",
                step_id=step.id if step else None,
            ),
        )

    first = add("Watch the strips", ActivityKind.VIDEO, "https://youtu.be/abcdefghijk")
    add("", ActivityKind.OTHER, "https://reading.example.org/strips", first)
    add(LONG, ActivityKind.MANIPULATIVE, step=first)
    add(LONG, ActivityKind.DISCUSSION)
    put_away = add("Ten old tasks", ActivityKind.PRACTICE)
    put_away.hidden = True
    return rich


def _of_another_team(session: Session, room: Room) -> Pathway:
    team = session.scalars(select(Team).where(Team.name == "Team across the hall")).first()
    if team is None:
        team = Team(name="Team across the hall")
        session.add(team)
        session.flush()
        theirs = targets.add_target(session, team.id, title=f"I can {LONG.lower()}")
        theirs.standards = list(session.scalars(select(Standard).limit(2)))
        pathway = _rich(session, theirs)
        pathway.shared_at = now()
    return session.scalars(
        select(Pathway)
        .join(Target)
        .where(Target.team_id == team.id, Pathway.shared_at.is_not(None))
    ).one()
