"""Pages in Classroom's iframes: where something is attached, or a link becomes an attachment."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.addon.models import AddOnVisit
from lti_app.db import now
from tests.pages import TEACHER, Page, Room

PAGES = [
    Page(TEACHER, "/addon/attach/{attaching}", most_queries=11, look="teacher-attach"),
    Page(TEACHER, "/addon/attach/{attaching}", "POST"),
    Page(TEACHER, "/addon/upgrade/{upgrading}", most_queries=11, look="teacher-upgrade"),
    Page(TEACHER, "/addon/upgrade/{upgrading}", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int | str]:
    """Two iframes that the teacher has open."""
    return {
        "attaching": _visit(session, room, "discovery"),
        "upgrading": _visit(session, room, "upgrade"),
    }


def _visit(session: Session, room: Room, view: str) -> str:
    visit = session.scalars(
        select(AddOnVisit).where(AddOnVisit.person_id == room.teacher_id, AddOnVisit.view == view)
    ).first()
    if visit is None:
        visit = AddOnVisit(
            id=f"{view}-{room.district_id}-{room.section_id}",
            person_id=room.teacher_id,
            section_id=room.section_id,
            view=view,
            course_id="1",
            item_id="2",
            item_type="courseWork",
            url_to_upgrade=f"https://example.org/?open=checkpoint-{room.ids['checkpoint']}",
            expires_at=now() + timedelta(hours=1),
        )
        session.add(visit)
        session.flush()
    return visit.id
