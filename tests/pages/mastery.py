"""Why a student stands where they stand, and the rules that decide it."""

from sqlalchemy.orm import Session

from lti_app.learning import attempts, targets
from tests.pages import STAFF, STUDENT, TEACHER, Page, Room

PREVIEW = "kind=n_times&newest_percent=65&times=3&nearly=50&met=70&beyond=100"
PAGES = [
    Page(STUDENT, "/targets/{target}/why", most_queries=14, look="student-why"),
    Page(
        STAFF,
        "/students/{tried_student}/targets/{target}",
        most_queries=15,
        look="teacher-why",
    ),
    Page(STAFF, "/plan/{target}/rule", most_queries=14, look="teacher-rule", query=PREVIEW),
    Page(TEACHER, "/plan/{target}/rule", "POST"),
    Page(STAFF, "/team/rules", most_queries=12, look="teacher-team-rules", query=PREVIEW),
    Page(TEACHER, "/team/rules", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """The first student has two scored attempts at the target's checkpoint."""
    checkpoint = targets.get_checkpoint(
        session, room.team_id, room.section_id, room.ids["checkpoint"]
    )
    person_id = room.student_ids[0]
    for points in (1, 3):
        number = len(attempts.of_student(session, person_id, checkpoint.id)) + 1
        attempt = attempts.of_student(session, person_id, checkpoint.id)[:1]
        if not attempt or attempt[0].score is not None:
            attempt = [
                attempts.submit(
                    session,
                    checkpoint=checkpoint,
                    person_id=person_id,
                    section_id=room.section_id,
                    number=number,
                    evidence=f"try {number}",
                )
            ]
        attempts.score(
            session,
            attempt=attempt[0],
            points=points,
            feedback="Look at the <b>whole</b> number again.",
            scored_by_id=room.teacher_id,
        )
    return {"tried_student": person_id}
