"""Giving a checkpoint in Google Classroom: the page of one that Classroom refused."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.sync.models import DeliveryState
from lti_app.sync.publication_models import Publication, PublicationStudent, Wanted
from tests.pages import STAFF, TEACHER, Page, Room

PAGES = [
    Page(TEACHER, "/give/{given}", most_queries=14, look="teacher-give"),
    Page(TEACHER, "/give/{given}", "POST"),
    Page(TEACHER, "/give/{given}/again", "POST"),
    Page(TEACHER, "/give/{given}/take-back", "POST"),
    Page(TEACHER, "/classroom/grading", "POST"),
    Page(STAFF, "/grades/1/forget", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, str]:
    """A publication for one student whose topic is gone in Classroom."""
    checkpoint_id = room.ids["checkpoint"]
    known = session.scalars(
        select(Publication).where(
            Publication.section_id == room.section_id, Publication.checkpoint_id == checkpoint_id
        )
    ).first()
    if known is None:
        session.add(
            Publication(
                section_id=room.section_id,
                checkpoint_id=checkpoint_id,
                asked_by_id=room.teacher_id,
                wanted=Wanted.PUBLISHED,
                for_all=False,
                theirs=["title", "due_at"],
                state=DeliveryState.PARKED,
                reason="topic_gone",
                students=[PublicationStudent(person_id=room.student_ids[0])],
            )
        )
    return {"given": f"checkpoint-{checkpoint_id}"}
