"""The review of a student's work, opened from Google Classroom."""

from datetime import timedelta

from sqlalchemy.orm import Session

from lti_app.addon import submissions
from lti_app.addon.models import AddOnVisit
from lti_app.db import now
from tests.pages import STAFF, Page, Room

PAGES = [
    Page(STAFF, "/addon/review/{reviewing}", most_queries=10, look="teacher-addon-review"),
]


def furnish(session: Session, room: Room) -> dict[str, int | str]:
    """A teacher looks at the work of a student who has sent nothing yet."""
    visit_id = f"visit-{room.section_id}"
    if session.get(AddOnVisit, visit_id) is None:
        session.add(
            AddOnVisit(
                id=visit_id,
                person_id=room.teacher_id,
                section_id=room.section_id,
                view="review",
                course_id="1",
                item_id="2",
                item_type="courseWork",
                attachment_id="3",
                submission_id="4",
                place=f"target-{room.ids['target']}",
                expires_at=now() + timedelta(hours=1),
            )
        )
        submissions.note(session, ("1", "2", "3"), room.student_ids[0], "4")
    return {"reviewing": visit_id}
