"""The administrator's page of administrators who sign in with Google."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.people import administrators
from lti_app.people.models import ListedAdmin
from tests.pages import ADMINISTRATOR, Page, Room

PAGES = [
    Page(ADMINISTRATOR, "/admin/people", look="administrators"),
    Page(ADMINISTRATOR, "/admin/people", "POST"),
    Page(ADMINISTRATOR, "/admin/people/{listed}/remove", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """Somebody who is listed and has not signed in yet."""
    if not administrators.of_district(session):
        administrators.add(session, "s" * 40, "ana@maple.example.org", district_id=room.district_id)
    return {"listed": session.scalars(select(ListedAdmin.id)).one()}
