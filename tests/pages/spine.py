"""The pages that do not belong to one of the other areas."""

from sqlalchemy.orm import Session

from lti_app.learning import attempts, targets
from tests.pages import ADMINISTRATOR, STAFF, STUDENT, TEACHER, Page, Room

PAGES = [
    Page(STUDENT, "/targets/{target}", most_queries=17),
    Page(STUDENT, "/targets/{target}/help", "POST"),
    Page(STUDENT, "/pathways/{pathway}/choose", "POST"),
    Page(STUDENT, "/activities/{activity}/done", "POST"),
    Page(STUDENT, "/invitations/1", "POST"),
    Page(STUDENT, "/coaching/1/join", "POST"),
    Page(STAFF, "/help", most_queries=16),
    Page(STAFF, "/help/invite", "POST"),
    Page(STAFF, "/gaps/1/close", "POST"),
    Page(TEACHER, "/plan/{target}/pathways", "POST"),
    Page(TEACHER, "/plan/{target}/pathways/{pathway}/activities", "POST"),
    Page(TEACHER, "/plan/{target}/checkpoints", "POST"),
    Page(TEACHER, "/plan/{target}/activities/{activity}", "POST"),
    Page(TEACHER, "/plan/{target}/checkpoints/{checkpoint}", "POST"),
    Page(STAFF, "/grades", most_queries=7),
    Page(STAFF, "/grades/differences", "POST"),
    Page(STAFF, "/grades/compare", "POST"),
    Page(STAFF, "/grades/1/retry", "POST"),
    Page(STAFF, "/grades/retry", "POST"),
    Page(STAFF, "/classroom", most_queries=6),
    Page(STAFF, "/classroom/sign-in", "POST"),
    Page(TEACHER, "/classroom/account", most_queries=6),
    Page(TEACHER, "/classroom/account/remove", "POST"),
    Page(TEACHER, "/classroom/courses"),
    Page(TEACHER, "/classroom/courses/1"),
    Page(STAFF, "/classroom/courses/1", "POST"),
    Page(STAFF, "/classroom/mirror", "POST"),
    Page(STAFF, "/classroom/disconnect", "POST"),
    Page(ADMINISTRATOR, "/admin/"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """An attempt that waits for its score, of the last student."""
    checkpoint = targets.get_checkpoint(
        session, room.team_id, room.section_id, room.ids["checkpoint"]
    )
    person_id = room.student_ids[-1]
    before = attempts.of_student(session, person_id, checkpoint.id)
    attempt = (
        before[0]
        if before
        else attempts.submit(
            session,
            checkpoint=checkpoint,
            person_id=person_id,
            section_id=room.section_id,
            number=1,
            evidence="6/5",
        )
    )
    session.flush()
    return {"attempt": attempt.id}
