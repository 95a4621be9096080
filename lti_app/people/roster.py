"""Who is in a section, or in any section of a team, as kept here."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_app.errors import NotHere
from lti_app.people.models import Enrolment, Person, Role, Section


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


def present_in_team(team_id: int) -> Select[int]:
    """The query of the ids of all present students of a team's sections."""
    return (
        select(Enrolment.person_id)
        .join(Section, Enrolment.section_id == Section.id)
        .where(Section.team_id == team_id, Enrolment.active, Enrolment.role == Role.STUDENT)
    )


def students_of_team(session: Session, team_id: int) -> list[Person]:
    """All present students of the team's sections, by name."""
    return list(
        session.scalars(
            select(Person)
            .where(Person.id.in_(present_in_team(team_id)))
            .order_by(Person.name, Person.id)
        )
    )


def student_of_team(session: Session, team_id: int, person_id: int) -> Person:
    """A present student of one of the team's sections. Raises `NotHere`."""
    person = session.scalars(
        select(Person).where(
            Person.id == person_id,
            select(Enrolment.id)
            .join(Section, Enrolment.section_id == Section.id)
            .where(
                Enrolment.person_id == person_id,
                Enrolment.active,
                Enrolment.role == Role.STUDENT,
                Section.team_id == team_id,
            )
            .exists(),
        )
    ).first()
    if person is None:
        raise NotHere
    return person


def section_in_team(session: Session, team_id: int, person_id: int) -> int:
    """The section of a team in which somebody is a present student, the first of several.

    Raises `NotHere` where there is none.
    """
    found = session.scalars(
        select(Enrolment.section_id)
        .join(Section, Enrolment.section_id == Section.id)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.role == Role.STUDENT,
            Enrolment.active,
            Section.team_id == team_id,
        )
        .order_by(Enrolment.id)
    ).first()
    if found is None:
        raise NotHere
    return found
