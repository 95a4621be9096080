"""One student's words at a time."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.people.models import Enrolment


def take_turn(session: Session, person_id: int, section_id: int) -> None:
    """Let a student write one thing at a time in a section, until commit: a button pressed twice
    must not write twice, and two tabs must not set four goals."""
    session.execute(
        select(Enrolment.id)
        .where(Enrolment.person_id == person_id, Enrolment.section_id == section_id)
        .with_for_update(key_share=True)
    )
