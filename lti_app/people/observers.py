"""Principals and learning coaches: who looks on, over a building or the whole district."""

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from lti_app.errors import BadInput, NotHere
from lti_app.people.models import Building, Enrolment, Observer, Person, Role, Team
from lti_app.people.viewer import ObserverViewer, newest_of

LONGEST_NAME = 200
MOST_FOUND = 20


def load_observer(session: Session, person_ids: Collection[int]) -> ObserverViewer:
    """The newest of `person_ids` who looks on. Raises `OpenAgain` for others."""
    rows = session.execute(
        select(Observer.person_id, Observer.building_id).where(Observer.person_id.in_(person_ids))
    ).all()
    person, timezone = newest_of(session, person_ids, {row.person_id for row in rows})
    mine = [row.building_id for row in rows if row.person_id == person.id]
    return ObserverViewer(
        person_id=person.id,
        name=person.name,
        locale=person.locale,
        district_id=person.district_id,
        timezone=timezone,
        building_ids=None if None in mine else frozenset(mine),
    )


def looks_on(session: Session, person_id: int) -> bool:
    """Whether somebody looks on anywhere."""
    return (
        session.scalar(select(Observer.id).where(Observer.person_id == person_id).limit(1))
        is not None
    )


def of_district(session: Session) -> list[tuple[Observer, Person]]:
    """Those who look on, by name."""
    rows = session.execute(
        select(Observer, Person)
        .join(Person, Observer.person_id == Person.id)
        .order_by(Person.name, Observer.id)
        .options(selectinload(Observer.building))
    )
    return [(observer, person) for observer, person in rows]


def find(session: Session, name: str) -> list[Person]:
    """People of the district who were launched, by a part of their name. Those who look on are
    grown-ups: nobody who is a student anywhere is found."""
    typed = name.strip().lower()
    if len(typed) < 2:
        return []
    return list(
        session.scalars(
            select(Person)
            .where(
                func.lower(Person.name).contains(typed, autoescape=True),
                ~select(Enrolment.id)
                .where(Enrolment.person_id == Person.id, Enrolment.role == Role.STUDENT)
                .exists(),
            )
            .order_by(Person.name, Person.id)
            .limit(MOST_FOUND)
        )
    )


def grant(
    session: Session, *, person_id: int, building_id: int | None, granted_by_id: int
) -> Observer:
    """Let a person look on; granting it twice changes nothing. Raises `NotHere`."""
    person = session.scalars(select(Person).where(Person.id == person_id).with_for_update()).first()
    if person is None or (building_id is not None and _building(session, building_id) is None):
        raise NotHere
    found = session.scalars(
        select(Observer).where(
            Observer.person_id == person_id, Observer.building_id.is_not_distinct_from(building_id)
        )
    ).first()
    if found is None:
        found = Observer(person_id=person_id, building_id=building_id, granted_by_id=granted_by_id)
        session.add(found)
        session.flush()
    return found


def take_back(session: Session, observer_id: int) -> None:
    """They look on no more. Raises `NotHere`."""
    found = session.scalars(select(Observer).where(Observer.id == observer_id)).first()
    if found is None:
        raise NotHere
    session.delete(found)
    session.flush()


def buildings(session: Session) -> list[Building]:
    """The district's buildings by name."""
    return list(session.scalars(select(Building).order_by(Building.name)))


def add_building(session: Session, name: str) -> Building:
    """Add a building. Raises `BadInput` for an empty, over-long or taken name."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(_l("The name is empty or too long."), _l("Write a short name and save."))
    if session.scalar(select(Building.id).where(Building.name == name)) is not None:
        raise BadInput(_l("There is a building of that name."), _l("Give it another name."))
    building = Building(name=name)
    session.add(building)
    session.flush()
    return building


def teams(session: Session) -> list[Team]:
    """The district's teams by name, with their buildings."""
    return list(
        session.scalars(
            select(Team).order_by(Team.name, Team.id).options(selectinload(Team.building))
        )
    )


def place_team(session: Session, team_id: int, building_id: int | None, grade: str) -> None:
    """Say which building and grade a team belongs to. Raises `NotHere` and `BadInput`."""
    team = session.scalars(select(Team).where(Team.id == team_id).with_for_update()).first()
    if team is None or (building_id is not None and _building(session, building_id) is None):
        raise NotHere
    grade = grade.strip()
    if len(grade) > 16:
        raise BadInput(_l("The grade is too long."), _l("Write it like 5, K or 5–6."))
    team.building_id, team.grade = building_id, grade
    session.flush()


def _building(session: Session, building_id: int) -> Building | None:
    return session.scalars(select(Building).where(Building.id == building_id)).first()
