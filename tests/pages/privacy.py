"""Data and privacy, for administrators."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.people.models import Identity
from tests.pages import ADMINISTRATOR, Page, Room

PAGES = [
    Page(ADMINISTRATOR, "/admin/privacy", look="administrator-privacy"),
    Page(
        ADMINISTRATOR,
        "/admin/privacy",
        look="administrator-privacy-person",
        query="id=looked-up",
    ),
    Page(ADMINISTRATOR, "/admin/privacy/{person}.json", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """The first student is also known by an id that the page can name."""
    person_id = room.student_ids[0]
    known = select(Identity).where(Identity.subject == "looked-up")
    if session.scalars(known).first() is None:
        session.add(Identity(person_id=person_id, source="lti:9999", subject="looked-up"))
    return {"person": person_id}
