"""Grades given in the LMS become attempts, once each."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lms import Submission
from lti_app.db import now
from lti_app.learning import mirrored
from lti_app.learning.models import Attempt, Checkpoint
from lti_app.people.models import Enrolment, Identity
from lti_app.sync.models import GradebookColumn, GradeDelivery, ItemKind, MirroredItem


def take_grades(
    session: Session, section_id: int, submissions: Sequence[Submission], unknown: set[str]
) -> int:
    """Take over the graded ones of `submissions`; returns how many were new or changed.

    Ids of graded students who are not matched with anyone of the section are added to `unknown`.
    A grade that we sent ourselves is not taken back as a new one.
    """
    graded = [submission for submission in submissions if submission.points is not None]
    if not graded:
        return 0
    persons = _persons(session, section_id, {submission.user_id for submission in graded})
    columns = _columns(session, section_id, {submission.coursework_id for submission in graded})
    known = _known(session, [_external_id(submission) for submission in graded])
    sent = _sent(session, section_id, {column.id for column, _ in columns.values()})
    grades = []
    for submission in graded:
        person_id = persons.get(submission.user_id)
        if person_id is None:
            unknown.add(submission.user_id)
            continue
        if submission.coursework_id not in columns:
            continue
        column, checkpoint = columns[submission.coursework_id]
        points = submission.points or 0.0
        if known.get(_external_id(submission)) == points:
            continue
        ours = sent.get((column.id, person_id))
        if ours is not None and (
            ours.delivered_at is None or _is_the_same(ours, points, checkpoint.max_points)
        ):
            continue
        grades.append(
            mirrored.Grade(
                checkpoint_id=checkpoint.id,
                person_id=person_id,
                external_id=_external_id(submission),
                points=points,
                submitted_at=submission.turned_in_at or submission.updated_at or now(),
            )
        )
    return len(mirrored.take(session, section_id, grades))


def _is_the_same(sent: GradeDelivery, points: float, max_points: float) -> bool:
    """True where `points` of `max_points` are the score we sent: Classroom keeps two decimals,
    and the coursework's maximum may have changed since it was given."""
    share = sent.points / sent.max_points if sent.max_points else 0.0
    return abs(share * max_points - points) < 0.01


def _external_id(submission: Submission) -> str:
    return f"classroom:{submission.id}:{submission.turn_ins}"


def _persons(session: Session, section_id: int, user_ids: set[str]) -> dict[str, int]:
    rows = session.execute(
        select(Identity.subject, Identity.person_id)
        .join(Enrolment, Enrolment.person_id == Identity.person_id)
        .where(
            Identity.source == "google",
            Identity.subject.in_(user_ids),
            Enrolment.section_id == section_id,
        )
    )
    return dict(rows.all())


def _columns(
    session: Session, section_id: int, coursework_ids: set[str]
) -> dict[str, tuple[GradebookColumn, Checkpoint]]:
    left_out = select(MirroredItem.external_id).where(
        MirroredItem.section_id == section_id, MirroredItem.kind == ItemKind.LEFT_OUT
    )
    rows = session.execute(
        select(GradebookColumn, Checkpoint)
        .join(Checkpoint)
        .where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.external_id.in_(coursework_ids),
            GradebookColumn.external_id.not_in(left_out),
        )
    )
    return {column.external_id or "": (column, checkpoint) for column, checkpoint in rows}


def _known(session: Session, external_ids: list[str]) -> dict[str, float]:
    rows = session.scalars(select(Attempt).where(Attempt.external_id.in_(external_ids)))
    return {row.external_id or "": row.score.points for row in rows if row.score is not None}


def _sent(
    session: Session, section_id: int, column_ids: set[int]
) -> dict[tuple[int, int], GradeDelivery]:
    rows = session.scalars(
        select(GradeDelivery).where(
            GradeDelivery.section_id == section_id, GradeDelivery.column_id.in_(column_ids)
        )
    )
    return {(row.column_id, row.person_id): row for row in rows}
