"""The building view, and the administrator's page of buildings and those who look on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning.models import Level, Mastery
from lti_app.people import observers
from lti_app.people.models import Building, Enrolment, Person, Role, Team
from tests.pages import ADMINISTRATOR, OBSERVER, Page, Room

PAGES = [
    Page(OBSERVER, "/building/", look="building"),
    Page(OBSERVER, "/building/", look="building-standards", query="by=standard"),
    Page(OBSERVER, "/building/table.csv"),
    Page(ADMINISTRATOR, "/admin/buildings", look="administrator-buildings", query="name=or"),
    Page(ADMINISTRATOR, "/admin/buildings", "POST"),
    Page(ADMINISTRATOR, "/admin/buildings/teams/{team}", "POST"),
    Page(ADMINISTRATOR, "/admin/buildings/observers", "POST"),
    Page(ADMINISTRATOR, "/admin/buildings/observers/{observer}/end", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A building with the team, large enough to be shown; administrators look on."""
    name = f"Maple <b>Elementary</b> {room.team_id}"
    building = session.scalars(select(Building).where(Building.name == name)).first()
    building = building or observers.add_building(session, name)
    observers.place_team(session, room.team_id, building.id, "5")
    for n in range(10):
        person = Person(name=f"Classmate {n}")
        session.add(person)
        session.flush()
        session.add(
            Enrolment(
                section_id=room.section_id, person_id=person.id, role=Role.STUDENT, active=n < 9
            )
        )
        session.add(Mastery(person_id=person.id, target_id=room.ids["target"], level=Level.MET))
    observer_id = 0
    for person in session.scalars(select(Person).where(Person.is_admin)):
        granted = observers.grant(
            session, person_id=person.id, building_id=None, granted_by_id=person.id
        )
        observer_id = granted.id
    return {"team": session.get_one(Team, room.team_id).id, "observer": observer_id}
