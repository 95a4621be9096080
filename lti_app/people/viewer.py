"""Who is looking, and what they may see."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import OpenAgain
from lti_app.people.models import District, Enrolment, Person, Role, Section

STAFF = frozenset({Role.TEACHER, Role.ASSISTANT})


@dataclass(frozen=True)
class Viewer:
    """A person in a section with a role; every page and query is limited by it."""

    person_id: int
    name: str
    locale: str | None
    district_id: int
    timezone: str
    section_id: int
    section_title: str
    team_id: int
    enrolment_id: int
    role: Role

    @property
    def is_staff(self) -> bool:
        """True for those who teach in the section."""
        return self.role in STAFF


@dataclass(frozen=True)
class AdminViewer:
    """A district administrator, who looks at connections and not at children's work."""

    person_id: int
    name: str
    locale: str | None
    district_id: int
    timezone: str


def load_viewer(session: Session, person_ids: Collection[int], enrolment_id: int) -> Viewer:
    """The viewer behind an enrolment, if one of `person_ids` holds it and has not left.

    Takes the people this browser was launched as. Raises `OpenAgain` for everyone else.
    """
    row = session.execute(
        select(Enrolment, Person, Section, District.timezone)
        .join(Person, Enrolment.person_id == Person.id)
        .join(Section, Enrolment.section_id == Section.id)
        .join(District, Section.district_id == District.id)
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.person_id.in_(person_ids),
            Enrolment.active,
        )
    ).first()
    if row is None:
        raise OpenAgain
    enrolment, person, section, timezone = row
    return Viewer(
        person_id=person.id,
        name=person.name,
        locale=person.locale,
        district_id=section.district_id,
        timezone=timezone,
        section_id=section.id,
        section_title=section.title,
        team_id=section.team_id,
        enrolment_id=enrolment.id,
        role=Role(enrolment.role),
    )


def load_admin(session: Session, person_ids: Collection[int]) -> AdminViewer:
    """The newest of `person_ids` who administers a district. Raises `OpenAgain` for others."""
    row = session.execute(
        select(Person, District.timezone)
        .join(District, Person.district_id == District.id)
        .where(Person.id.in_(person_ids), Person.is_admin)
    ).all()
    by_id = {person.id: (person, timezone) for person, timezone in row}
    newest = next((by_id[i] for i in reversed(list(person_ids)) if i in by_id), None)
    if newest is None:
        raise OpenAgain
    person, timezone = newest
    return AdminViewer(person.id, person.name, person.locale, person.district_id, timezone)
