"""Who is looking, and what they may see."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from lti_app.errors import OpenAgain
from lti_app.people.models import (
    District,
    Enrolment,
    ListedAdmin,
    Observer,
    Person,
    Role,
    Section,
    TeamMember,
    TeamRole,
)

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
    """What the LMS says; a teacher whom the team made an assistant is one here."""
    owns_team: bool = False
    """May set the team's rules and say who belongs to it."""
    looks_on: bool = False
    """Also sees the building view."""

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
    by_google: bool = False
    """Signed in with Google in this browser: may sign out, and is in while listed."""


@dataclass(frozen=True)
class ObserverViewer:
    """A principal or learning coach, who looks on and sees no names."""

    person_id: int
    name: str
    locale: str | None
    district_id: int
    timezone: str
    building_ids: frozenset[int] | None
    """None: the whole district."""


def load_viewer(session: Session, person_ids: Collection[int], enrolment_id: int) -> Viewer:
    """The viewer behind an enrolment, if one of `person_ids` holds it and has not left.

    Takes the people this browser was launched as. Raises `OpenAgain` for everyone else.
    """
    row = session.execute(
        select(
            Enrolment,
            Person,
            Section,
            District.timezone,
            TeamMember.role,
            select(Observer.id).where(Observer.person_id == Person.id).exists(),
        )
        .join(Person, Enrolment.person_id == Person.id)
        .join(Section, Enrolment.section_id == Section.id)
        .join(District, Section.district_id == District.id)
        .outerjoin(
            TeamMember,
            (TeamMember.team_id == Section.team_id) & (TeamMember.person_id == Person.id),
        )
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.person_id.in_(person_ids),
            Enrolment.active,
        )
    ).first()
    if row is None:
        raise OpenAgain
    enrolment, person, section, timezone, team_role, looks_on = row
    role = Role(enrolment.role)
    if role == Role.TEACHER and team_role == TeamRole.ASSISTANT:
        role = Role.ASSISTANT
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
        role=role,
        owns_team=role == Role.TEACHER and team_role == TeamRole.OWNER,
        looks_on=looks_on,
    )


def load_admin(
    session: Session, person_ids: Collection[int], google_person_id: int | None = None
) -> AdminViewer:
    """The newest of `person_ids` who administers a district. Raises `OpenAgain` for others.

    A platform said so at a launch, or the person signed in with Google in this very browser
    (`google_person_id`) and is still listed: a launch as the same person does not suffice for
    that, since whoever connected a Google account with a teacher's is not thereby its owner.
    """
    listed = select(ListedAdmin.id).where(ListedAdmin.person_id == Person.id).exists()
    administrators = set(
        session.scalars(
            select(Person.id).where(
                Person.id.in_(person_ids),
                or_(Person.is_admin, and_(Person.id == google_person_id, listed)),
            )
        )
    )
    person, timezone = newest_of(session, person_ids, administrators)
    return AdminViewer(
        person.id,
        person.name,
        person.locale,
        person.district_id,
        timezone,
        by_google=person.id == google_person_id,
    )


def newest_of(
    session: Session, person_ids: Collection[int], among: Collection[int]
) -> tuple[Person, str]:
    """The newest of the people of this browser who is `among` others, and the district's time
    zone. Raises `OpenAgain` where nobody is."""
    newest = next((i for i in reversed(list(person_ids)) if i in among), None)
    row = session.execute(
        select(Person, District.timezone)
        .join(District, Person.district_id == District.id)
        .where(Person.id == newest)
    ).first()
    if row is None:
        raise OpenAgain
    return row[0], row[1]
