"""Pages around links in the LMS: the dialog where they are picked, and where they lead."""

from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lti.roster import SCOPE
from lti_app.db import insert_if_missing, now
from lti_app.launch.models import DeepLinking, Deployment, Platform
from lti_app.people.models import Enrolment
from lti_app.sync import checkup
from lti_app.sync.checkup import Finding, State
from tests.pages import ADMINISTRATOR, EVERYONE, TEACHER, Page, Room

PAGES = [
    Page(TEACHER, "/links/{picking}", most_queries=11, look="teacher-links"),
    Page(TEACHER, "/links/{picking}", "POST"),
    Page(ADMINISTRATOR, "/admin/platforms", look="administrator-platforms"),
    Page(ADMINISTRATOR, "/admin/platforms", "POST"),
    Page(ADMINISTRATOR, "/admin/platforms/invitations", "POST"),
    Page(ADMINISTRATOR, "/admin/platforms/{platform}", look="administrator-platform"),
    Page(ADMINISTRATOR, "/admin/platforms/{platform}/check", "POST"),
    Page(ADMINISTRATOR, "/admin/platforms/{platform}/switch", "POST"),
    Page(ADMINISTRATOR, "/admin/keys", look="administrator-keys"),
    Page(ADMINISTRATOR, "/admin/keys", "POST"),
    Page(ADMINISTRATOR, "/admin/audit", look="administrator-audit"),
    Page(EVERYONE, "/open/{place}"),
    Page(EVERYONE, "/review"),
]

FINDINGS = [
    Finding("address", State.OK, about="https://pathways.example.org"),
    Finding("keys", State.OK, about="2"),
    Finding("clock", State.WARNING, "ahead", "45"),
    Finding("token", State.FAILED, "forbidden", SCOPE),
    Finding("roster", State.FAILED, "timeout", "Grade 5 Math · Room 12"),
    Finding("outbox", State.WARNING, "not_a_student", "2"),
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
    insert_if_missing(
        session,
        Deployment,
        platform_id=platform.id,
        deployment_id=f"district-{room.district_id}",
        district_id=room.district_id,
    )
    if checkup.newest(session, platform.id) is None:
        check = checkup.begin(session, platform.id)
        check.findings = [asdict(one) for one in FINDINGS]
        check.finished_at = now()
    return {
        "picking": dialog.id,
        "platform": platform.id,
        "place": f"target-{room.ids['target']}",
    }
