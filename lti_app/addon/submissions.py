"""Whose work is whose: Classroom's ids of students' submissions to an attachment."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.addon.models import AddOnSubmission
from lti_app.db import insert_if_missing


def note(session: Session, key: tuple[str, str, str], person_id: int, submission_id: str) -> None:
    """Keep the id that Classroom gave; `key` is (course id, item id, attachment id)."""
    course_id, item_id, attachment_id = key
    if insert_if_missing(
        session,
        AddOnSubmission,
        course_id=course_id,
        item_id=item_id,
        attachment_id=attachment_id,
        person_id=person_id,
        submission_id=submission_id,
    ):
        return
    kept = session.scalars(_of(key).where(AddOnSubmission.person_id == person_id)).one()
    kept.submission_id = submission_id


def of_student(session: Session, key: tuple[str, str, str], person_id: int) -> str | None:
    """Classroom's id of a student's work on an attachment, if it is known."""
    found = session.scalars(_of(key).where(AddOnSubmission.person_id == person_id)).first()
    return found.submission_id if found is not None else None


def student_of(session: Session, key: tuple[str, str, str], submission_id: str) -> int | None:
    """The id of the person whose work it is, if it is known."""
    found = session.scalars(_of(key).where(AddOnSubmission.submission_id == submission_id)).first()
    return found.person_id if found is not None else None


def _of(key: tuple[str, str, str]):  # type: ignore[no-untyped-def]
    course_id, item_id, attachment_id = key
    return select(AddOnSubmission).where(
        AddOnSubmission.course_id == course_id,
        AddOnSubmission.item_id == item_id,
        AddOnSubmission.attachment_id == attachment_id,
    )
