"""Who is in a section, as kept here."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.people.models import Enrolment, Person, Role


def students_of(session: Session, section_id: int) -> list[Person]:
    """The section's present students, by name."""
    return list(
        session.scalars(
            select(Person)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .where(
                Enrolment.section_id == section_id,
                Enrolment.active,
                Enrolment.role == Role.STUDENT,
            )
            .order_by(Person.name, Person.id)
        )
    )
