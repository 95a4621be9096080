"""Pages around links in the LMS: the dialog where they are picked, and where they lead."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.launch.models import DeepLinking, Platform
from lti_app.people.models import Enrolment
from tests.pages import ADMINISTRATOR, EVERYONE, TEACHER, Page, Room

PAGES = [
    Page(TEACHER, "/links/{picking}", most_queries=11, look="teacher-links"),
    Page(TEACHER, "/links/{picking}", "POST"),
    Page(ADMINISTRATOR, "/admin/platforms", look="administrator-platforms"),
    Page(ADMINISTRATOR, "/admin/platforms", "POST"),
    Page(ADMINISTRATOR, "/admin/platforms/invitations", "POST"),
    Page(EVERYONE, "/open/{place}"),
    Page(EVERYONE, "/review"),
]


def furnish(session: Session, room: Room) -> dict[str, int | str]:
    """A dialog that the teacher has open."""
    platform = session.scalars(select(Platform).order_by(Platform.id)).first()
    if platform is None:
        platform = Platform(
            name="Maple Canvas",
            issuer="https://canvas.example.org",
            client_id="10000000000001",
            auth_login_url="https://canvas.example.org/auth",
            token_url="https://canvas.example.org/token",
            jwks_url="https://canvas.example.org/jwks",
        )
        session.add(platform)
        session.flush()
    enrolment_id = session.scalars(
        select(Enrolment.id).where(
            Enrolment.person_id == room.teacher_id, Enrolment.section_id == room.section_id
        )
    ).one()
    dialog = session.scalars(
        select(DeepLinking).where(DeepLinking.enrolment_id == enrolment_id)
    ).first()
    if dialog is None:
        dialog = DeepLinking(
            platform_id=platform.id,
            enrolment_id=enrolment_id,
            deployment_id="1",
            return_url="https://canvas.example.org/return",
            data="",
            takes_several=True,
            takes_line_items=True,
            expires_at=now() + timedelta(hours=1),
        )
        session.add(dialog)
        session.flush()
    return {"picking": dialog.id, "place": f"target-{room.ids['target']}"}
