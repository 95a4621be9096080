"""Teachers' pages: the grid, one student, one target, who needs me, results, groups, tables."""

from sqlalchemy.orm import Session

from lti_app.learning import pathways, targets
from lti_app.people import groups
from tests.pages import STAFF, TEACHER, Page, Room

PAGES = [
    Page(STAFF, "/students", most_queries=8, look="teacher-grid", query="section=all"),
    Page(STAFF, "/students/{grouped_student}", most_queries=18, look="teacher-one-student"),
    Page(STAFF, "/students/targets/{target}", most_queries=11, look="teacher-one-target"),
    Page(STAFF, "/needs-me", most_queries=16, look="teacher-needs-me"),
    Page(STAFF, "/results", most_queries=8, look="teacher-results"),
    Page(STAFF, "/groups", most_queries=3, look="teacher-groups"),
    Page(TEACHER, "/groups", "POST"),
    Page(STAFF, "/groups/{group}", most_queries=5, look="teacher-group"),
    Page(TEACHER, "/groups/{group}", "POST"),
    Page(TEACHER, "/groups/{group}/remove", "POST"),
    Page(STAFF, "/students.csv", most_queries=7),
    Page(STAFF, "/attempts.csv", most_queries=6),
    Page(STAFF, "/results.csv", most_queries=6),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A group with the first student, who is on a pathway."""
    group = groups.add(session, room.team_id, "Table 4 <b>& friends</b>")
    groups.change(session, group, group.name, room.student_ids[:1])
    pathway = targets.get_pathway(session, room.team_id, room.section_id, room.ids["pathway"])
    pathways.choose(session, room.student_ids[0], pathway)
    return {"group": group.id, "grouped_student": room.student_ids[0]}
