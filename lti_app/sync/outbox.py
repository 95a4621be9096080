"""The outbox: a score is put here in the transaction that gives it, and leaves when delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.db import insert_if_missing, now
from lti_app.errors import NotHere, Words
from lti_app.learning.attempts import Scored
from lti_app.learning.events import attempt_scored
from lti_app.learning.models import Checkpoint, ScoreSource
from lti_app.people.models import Person, Section
from lti_app.sync.models import ColumnKind, DeliveryState, GradebookColumn, GradeDelivery
from lti_app.sync.wake import grades_waiting

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
ONE_TICK = timedelta(milliseconds=1)

REASONS: dict[str, Words] = {
    "not_ours": _l(
        "This assignment was made in Google Classroom. Only assignments made by Pathways can be "
        "graded from here: enter this grade in Classroom."
    ),
    "newer_score": _l(
        "The gradebook holds a newer grade for this student. Look there; “Try again” sends ours."
    ),
    "column_gone": _l("The gradebook column was deleted. “Try again” makes it anew."),
    "course_gone": _l("The course is no longer there, or no longer yours."),
    "course_archived": _l("The course is archived. Restore it in the LMS, then try again."),
    "not_a_student": _l(
        "The LMS does not know this student in the course (left, or a test student)."
    ),
    "unknown_student": _l(
        "We do not know this student's account there yet. Bring in the roster, then try again."
    ),
    "sign_in_again": _l("Google asks you to sign in again. Connect Classroom again, then retry."),
    "not_connected": _l("The class is not connected any more. Connect it, then try again."),
    "scope_missing": _l(
        "Pathways may not write grades in Classroom yet. Open “Classroom” and allow it."
    ),
    "not_delegated": _l(
        "The district's service account may not act for the teacher. Ask your administrator."
    ),
    "unauthorized": _l("The LMS does not accept our key. Ask your administrator."),
    "forbidden": _l("The LMS does not let Pathways write grades. Ask your administrator."),
    "invalid": _l("The LMS did not accept the grade as it is."),
    "rate_limited": _l("The LMS is busy. We try again by ourselves."),
    "timeout": _l("The LMS did not answer in time. We try again by ourselves."),
    "lost_connection": _l("The LMS can't be reached. We try again by ourselves."),
    "crashed": _l("Something went wrong on our side. We try again by ourselves."),
}


def in_words(code: str) -> Words:
    """Why a grade waits or is parked, for the teacher."""
    return REASONS.get(code, REASONS["lost_connection"])


@attempt_scored.connect
def put(session: Session, scored: Scored) -> None:
    """Put a score into the outbox, in the transaction that gives it.

    A score that came *from* the LMS does not go back. The newest score of a student in a column
    takes the place of an older one that is still waiting.
    """
    if scored.score.source == ScoreSource.LMS:
        return
    column = column_for(session, scored.attempt.section_id, scored.checkpoint)
    if column is None:
        return
    insert_if_missing(
        session,
        GradeDelivery,
        column_id=column.id,
        person_id=scored.attempt.person_id,
        section_id=scored.attempt.section_id,
        attempt_id=scored.attempt.id,
        points=0,
        max_points=0,
        comment="",
        scored_at=datetime.fromisoformat("1970-01-01T00:00:00+00:00"),
        version=0,
        state=DeliveryState.WAITING,
        tries=0,
        due_at=now(),
        reason="",
        sent=[],
    )
    delivery = session.scalars(
        select(GradeDelivery)
        .where(
            GradeDelivery.column_id == column.id,
            GradeDelivery.person_id == scored.attempt.person_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    delivery.attempt_id = scored.attempt.id
    delivery.points = scored.score.points
    delivery.max_points = scored.score.max_points
    delivery.comment = scored.score.feedback
    delivery.scored_at = max(scored.score.scored_at, delivery.scored_at + ONE_TICK)
    delivery.version += 1
    delivery.tries = 0
    delivery.due_at = now()
    delivery.delivered_at = None
    delivery.state = DeliveryState.WAITING if column.writable else DeliveryState.PARKED
    delivery.reason = "" if column.writable else "not_ours"
    session.flush()
    grades_waiting(session)


def has_gradebook(session: Session, section_id: int) -> bool:
    """True where the section's LTI platform keeps grades for us, as its last launch said."""
    section = session.get_one(Section, section_id)
    return bool(section.line_items_url) and SCORE_SCOPE in section.service_scopes


def column_for(session: Session, section_id: int, checkpoint: Checkpoint) -> GradebookColumn | None:
    """The checkpoint's gradebook column in a section; None where the section has no gradebook.

    A mirrored checkpoint has its column since the mirror; one written here gets a column on the
    LTI platform, which the first delivery makes there.
    """
    if has_gradebook(session, section_id):
        insert_if_missing(
            session,
            GradebookColumn,
            section_id=section_id,
            checkpoint_id=checkpoint.id,
            kind=ColumnKind.LTI,
            writable=True,
            coupled=False,
        )
    return session.scalars(
        select(GradebookColumn).where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.checkpoint_id == checkpoint.id,
        )
    ).first()


def retry(session: Session, section_id: int, delivery_id: int) -> None:
    """The teacher asks to send a parked or waiting grade (again), as the newest word.

    Raises `NotHere` for another section's.
    """
    delivery = session.scalars(
        select(GradeDelivery)
        .where(GradeDelivery.id == delivery_id, GradeDelivery.section_id == section_id)
        .options(selectinload(GradeDelivery.column))
        .with_for_update()
    ).first()
    if delivery is None:
        raise NotHere
    if delivery.state not in {DeliveryState.WAITING, DeliveryState.PARKED}:
        return
    if delivery.reason == "column_gone" and delivery.column.kind == ColumnKind.LTI:
        delivery.column.external_id = None
    send_again(session, delivery)


def retry_parked(session: Session, section_ids: Sequence[int], reasons: Sequence[str]) -> None:
    """Send the grades of these sections that were parked for a reason which is gone."""
    for delivery in session.scalars(
        select(GradeDelivery)
        .where(
            GradeDelivery.section_id.in_(section_ids),
            GradeDelivery.state == DeliveryState.PARKED,
            GradeDelivery.reason.in_(reasons),
        )
        .order_by(GradeDelivery.id)
        .with_for_update()
    ).all():
        send_again(session, delivery)


def send_again(session: Session, delivery: GradeDelivery) -> None:
    """Send a locked delivery, as the newest word."""
    delivery.scored_at = max(now(), delivery.scored_at + ONE_TICK)
    delivery.version += 1
    delivery.state = DeliveryState.WAITING
    delivery.tries = 0
    delivery.due_at = now()
    delivery.reason = ""
    session.flush()
    grades_waiting(session)


@dataclass(frozen=True)
class Outgoing:
    """A grade in the outbox, for the teacher."""

    delivery: GradeDelivery
    student: Person
    checkpoint: Checkpoint

    @property
    def why(self) -> Words:
        """The reason in words; empty while it simply waits its turn."""
        return in_words(self.delivery.reason) if self.delivery.reason else ""


def undelivered(session: Session, section_id: int) -> Sequence[Outgoing]:
    """Grades of a section that are parked (first) or waiting."""
    return _in(session, section_id, DeliveryState.PARKED, DeliveryState.WAITING)


def differing(session: Session, section_id: int) -> Sequence[Outgoing]:
    """Grades of a section that a teacher changed in the gradebook and nobody decided about."""
    return _in(session, section_id, DeliveryState.DIFFERS)


def wanting(session: Session, section_id: int) -> Sequence[Outgoing]:
    """Grades of a section that a teacher must see to: changed in the gradebook, or parked."""
    return _in(session, section_id, DeliveryState.DIFFERS, DeliveryState.PARKED)


def _in(session: Session, section_id: int, *states: DeliveryState) -> Sequence[Outgoing]:
    rows = session.execute(
        select(GradeDelivery, Person, Checkpoint)
        .join(Person, GradeDelivery.person_id == Person.id)
        .join(GradebookColumn, GradeDelivery.column_id == GradebookColumn.id)
        .join(Checkpoint, GradebookColumn.checkpoint_id == Checkpoint.id)
        .where(GradeDelivery.section_id == section_id, GradeDelivery.state.in_(states))
        .order_by(GradeDelivery.state, Person.name, GradeDelivery.id)
        .limit(200)
    )
    return [Outgoing(*row) for row in rows]
