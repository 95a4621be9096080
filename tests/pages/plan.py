"""Planning pages: units, order, links, reshaping, bulk entry, the map."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning import targets
from lti_app.learning.models import Target
from lti_app.learning.plan import needs, units
from tests.pages import STAFF, STUDENT, TEACHER, Page, Room

PAGES = [
    Page(STAFF, "/plan", most_queries=9),
    Page(TEACHER, "/plan", "POST"),
    Page(STAFF, "/plan/{target}", most_queries=14),
    Page(TEACHER, "/plan/{target}", "POST"),
    Page(TEACHER, "/plan/needs", "POST"),
    Page(TEACHER, "/plan/order", "POST"),
    Page(TEACHER, "/plan/units", "POST"),
    Page(TEACHER, "/plan/units/order", "POST"),
    Page(TEACHER, "/plan/units/{unit}", "POST"),
    Page(TEACHER, "/plan/units/{unit}/order", "POST"),
    Page(TEACHER, "/plan/units/{unit}/archive", "POST"),
    Page(TEACHER, "/plan/units/{unit}/back", "POST"),
    Page(STAFF, "/plan/archive", most_queries=7, look="teacher-plan-archive"),
    Page(TEACHER, "/plan/{target}/archive", "POST"),
    Page(TEACHER, "/plan/{put_away}/back", "POST"),
    Page(TEACHER, "/plan/{target}/split", most_queries=6, look="teacher-split"),
    Page(TEACHER, "/plan/{target}/split", "POST"),
    Page(TEACHER, "/plan/{target}/merge", most_queries=8, look="teacher-merge"),
    Page(TEACHER, "/plan/{target}/merge", "POST"),
    Page(TEACHER, "/plan/bulk", most_queries=2, look="teacher-bulk"),
    Page(TEACHER, "/plan/bulk", "POST"),
    Page(STAFF, "/plan/map", most_queries=7, look="teacher-map"),
    Page(STUDENT, "/map", most_queries=10, look="student-map"),
]

LONG = (
    "I can explain with words, drawings and numbers why multiplying a number by a fraction "
    "greater than one makes it bigger, " + "and why that is so, " * 8 + "always"
)


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A unit with targets that need each other, and one that was put away."""
    unit = units.add(session, room.team_id, "Unit 4: <b>Decimals</b>")
    known = {
        target.title: target
        for target in session.scalars(select(Target).where(Target.team_id == room.team_id))
    }

    def written(title: str) -> Target:
        return known.get(title) or targets.add_target(
            session, room.team_id, title=title, unit_id=unit.id
        )

    first = written("I can read <b>decimals</b> & compare them.")
    then = written(LONG)
    last = written("I can round decimals.")
    put_away = written("I can write checks.")
    archived = put_away
    archived.archived_at = archived.archived_at or archived.created_at
    session.flush()
    for one, other in ((then, first), (last, then), (last, first)):
        needs.add(session, room.team_id, one.id, other.id)
    needs.add(session, room.team_id, room.ids["target"], first.id)
    return {"unit": unit.id, "put_away": put_away.id, "decimals": first.id}
