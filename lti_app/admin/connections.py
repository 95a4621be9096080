"""What a district administrator sees: connected platforms, their health, sections, the audit."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.admin import health
from lti_app.people.models import AuditEvent, District, Enrolment, Section
from lti_app.sync.models import ClassroomConnection, DeliveryState, GradeDelivery


@dataclass(frozen=True)
class SectionRow:
    """One section of the district."""

    section: Section
    people: int
    parked: int
    """Grades that could not be delivered."""
    connection: ClassroomConnection | None


@dataclass(frozen=True)
class AdminHome:
    """The administrator's front page."""

    district: District
    platforms: Sequence[health.Health]
    sections: list[SectionRow]
    events: Sequence[AuditEvent]


def admin_home(session: Session, district_id: int) -> AdminHome:
    """Put the page together, in a number of queries that does not grow with the district."""
    people = session.execute(
        select(Enrolment.section_id, func.count())
        .where(Enrolment.active)
        .group_by(Enrolment.section_id)
    )
    parked = session.execute(
        select(GradeDelivery.section_id, func.count())
        .where(GradeDelivery.state == DeliveryState.PARKED)
        .group_by(GradeDelivery.section_id)
    )
    people_in, parked_in = dict(people.all()), dict(parked.all())
    connections = {row.section_id: row for row in session.scalars(select(ClassroomConnection))}
    return AdminHome(
        district=session.get_one(District, district_id),
        platforms=health.of_district(session, district_id),
        sections=[
            SectionRow(
                section,
                people_in.get(section.id, 0),
                parked_in.get(section.id, 0),
                connections.get(section.id),
            )
            for section in session.scalars(select(Section).order_by(Section.title).limit(500))
        ],
        events=session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(20)).all(),
    )
