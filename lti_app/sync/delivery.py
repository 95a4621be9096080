"""Draining the outbox: one grade at a time per section, at least once, the newest wins.

A worker leases a grade in one short transaction, sends it with no transaction open, and says in
another what came of it. A worker that dies in between loses its lease and the grade is sent
again; the platform then has it twice, with the same timestamp, which changes nothing.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from prometheus_client import Counter
from sqlalchemy import Exists, exists, select, update
from sqlalchemy.orm import Session, aliased

from integrations.lms import (
    ColumnDraft,
    Gradebook,
    LmsRefused,
    LmsUnavailable,
    ScoreDraft,
    StandingScore,
)
from lti_app import backoff
from lti_app.db import Database, now
from lti_app.learning.models import Attempt, Checkpoint
from lti_app.people.models import Identity, Section
from lti_app.sync import columns, differences
from lti_app.sync.models import ColumnKind, DeliveryState, GradebookColumn, GradeDelivery

log = logging.getLogger(__name__)
outcomes = Counter("pathways_grade_deliveries", "Grades sent to an LMS", ["outcome"])

LEASE_S = 90.0
"""See `Settings.lease_seconds`."""
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 900.0
MOST_TRIES = 20
"""With waits up to 15 minutes: about three hours, then the teacher is told."""


class Gradebooks(Protocol):
    """Where a section's gradebook is found."""

    def __call__(self, section: Section, kind: ColumnKind) -> Gradebook:
        """Open it; raises `LmsRefused('not_connected')` where it can't be."""
        ...


@dataclass(frozen=True)
class Leased:
    """A grade one worker is sending."""

    delivery_id: int
    version: int
    tries: int
    token: str
    section: Section
    column_id: int
    column_kind: ColumnKind
    column_external_id: str | None
    checkpoint_id: int
    checkpoint_title: str
    former_ids: tuple[str, ...]
    """Of its column, in courses this one was copied from."""
    score: ScoreDraft
    """`user_id` is empty where the LMS's id of the student is not known."""
    sent: tuple[float, ...]
    """See `GradeDelivery.sent`, before this sending."""


def deliver_due(
    database: Database, gradebooks: Gradebooks, *, lease_s: float = LEASE_S, most: int = 500
) -> datetime | None:
    """Send what is due, at most `most` grades.

    Returns when the next one is due, for whoever calls to come again then; None where nothing
    waits, or where nothing was sent now: then another worker is at it, and comes again.
    """
    sent = 0
    while sent < most and (leased := lease_next(database, lease_s)) is not None:
        _send(database, gradebooks, leased)
        sent += 1
    if not sent:
        return None
    with database.session(writes=False) as session:
        return session.scalar(
            select(GradeDelivery.due_at)
            .where(GradeDelivery.state == DeliveryState.WAITING)
            .order_by(GradeDelivery.due_at)
            .limit(1)
        )


def lease_next(database: Database, lease_s: float = LEASE_S) -> Leased | None:
    """Lease the grade that is due longest, of a section no other worker is sending for.

    One at a time per section: platforms count requests per token, and two scores of a student
    must not overtake each other.
    """
    at = now()
    with database.transaction() as session:
        section = session.scalars(
            select(Section)
            .join(GradeDelivery, GradeDelivery.section_id == Section.id)
            .where(
                GradeDelivery.state == DeliveryState.WAITING,
                GradeDelivery.due_at <= at,
                ~_being_sent(Section.id, at),
            )
            .order_by(GradeDelivery.due_at)
            .limit(1)
            .with_for_update(of=Section, skip_locked=True)
        ).first()
        if section is None or session.scalar(select(_being_sent(section.id, at))):
            return None
        delivery = session.scalars(
            select(GradeDelivery)
            .where(
                GradeDelivery.section_id == section.id,
                GradeDelivery.state == DeliveryState.WAITING,
                GradeDelivery.due_at <= at,
            )
            # Fewest tries first: one grade that keeps failing must not hold up the others.
            .order_by(GradeDelivery.tries, GradeDelivery.due_at, GradeDelivery.id)
            .limit(1)
            .with_for_update()
        ).first()
        if delivery is None:
            return None
        delivery.leased_until = at + timedelta(seconds=lease_s)
        delivery.leased_by = str(uuid.uuid4())
        leased = _leased(session, section, delivery)
        # Before it leaves: a worker may die when the LMS has it and we do not know yet.
        delivery.sent = [*leased.sent, differences.share(delivery.points, delivery.max_points)]
        delivery.tried_attempt_id = delivery.attempt_id
        return leased


def _being_sent(section_id: Any, at: datetime) -> Exists:
    other = aliased(GradeDelivery)
    return exists().where(other.section_id == section_id, other.leased_until > at)


def _leased(session: Session, section: Section, delivery: GradeDelivery) -> Leased:
    column, checkpoint, submitted_at = session.execute(
        select(GradebookColumn, Checkpoint, Attempt.submitted_at)
        .join(Checkpoint, GradebookColumn.checkpoint_id == Checkpoint.id)
        .join(Attempt, Attempt.id == delivery.attempt_id)
        .where(GradebookColumn.id == delivery.column_id)
    ).one()
    kind = ColumnKind(column.kind)
    user_id = session.scalar(
        select(Identity.subject).where(
            Identity.person_id == delivery.person_id,
            Identity.source == (section.source if kind == ColumnKind.LTI else "google"),
        )
    )
    return Leased(
        delivery_id=delivery.id,
        version=delivery.version,
        tries=delivery.tries,
        token=delivery.leased_by or "",
        section=section,
        column_id=column.id,
        column_kind=kind,
        column_external_id=column.external_id,
        checkpoint_id=checkpoint.id,
        checkpoint_title=checkpoint.title,
        former_ids=() if column.external_id else columns.former_ids(session, checkpoint.id),
        score=ScoreDraft(
            user_id=user_id or "",
            points=delivery.points,
            max_points=delivery.max_points,
            scored_at=delivery.scored_at,
            comment=delivery.comment,
            submitted_at=submitted_at,
            attempt_id=delivery.attempt_id,
            is_new_attempt=delivery.tried_attempt_id != delivery.attempt_id,
        ),
        sent=tuple(delivery.sent),
    )


def _send(database: Database, gradebooks: Gradebooks, leased: Leased) -> None:
    try:
        if not leased.score.user_id:
            raise LmsRefused("unknown_student")
        gradebook = gradebooks(leased.section, leased.column_kind)
        column = leased.column_external_id
        if column is None:
            column = gradebook.find_or_create_column(
                ColumnDraft(
                    resource_id=columns.resource_id(leased.checkpoint_id),
                    title=leased.checkpoint_title,
                    max_points=leased.score.max_points,
                    former_ids=leased.former_ids,
                )
            )
            _keep_column(database, leased, column)
        theirs = differences.theirs(gradebook, column, leased.score, leased.sent)
        if theirs is None:
            try:
                gradebook.send(column, leased.score)
            except LmsRefused as refused:
                if refused.code != "newer_score" or not _stands(gradebook, column, leased.score):
                    raise
    except LmsUnavailable as error:
        outcomes.labels("unavailable").inc()
        wait = wait_s(leased.tries + 1, error.retry_after)
        _settle(database, leased, partial(_later, code=error.code, wait=wait))
        _give_time(database, leased, wait)
    except LmsRefused as error:
        outcomes.labels("refused").inc()
        _settle(database, leased, partial(_park, code=error.code))
    except Exception as error:
        # A bug of ours must not stop the other grades; it is counted, and tried again later.
        outcomes.labels("crashed").inc()
        log.error("sending grade %s failed: %s", leased.delivery_id, type(error).__name__)
        wait = wait_s(leased.tries + 1)
        _settle(database, leased, partial(_later, code="crashed", wait=wait))
    else:
        outcomes.labels("delivered" if theirs is None else "differs").inc()
        outcome = _delivered if theirs is None else partial(_differs, leased=leased, theirs=theirs)
        _settle(database, leased, outcome)


def _stands(gradebook: Gradebook, column: str, score: ScoreDraft) -> bool:
    """True where the gradebook already holds this very score: an earlier sending got through."""
    standing = gradebook.read(column, score.user_id)
    if standing is None:
        return False
    ours = differences.share(score.points, score.max_points)
    return differences.is_ours(standing, [ours], score.max_points)


def _keep_column(database: Database, leased: Leased, external_id: str) -> None:
    with database.transaction() as session:
        session.execute(
            update(GradebookColumn)
            .where(
                GradebookColumn.id == leased.column_id,
                # Meanwhile it may have become another one (`publication_columns.py`).
                GradebookColumn.kind == leased.column_kind,
                GradebookColumn.external_id.is_(None),
            )
            .values(
                external_id=external_id,
                told_title=leased.checkpoint_title,
                told_points=leased.score.max_points,
            )
        )


def _settle(database: Database, leased: Leased, outcome: Callable[[GradeDelivery], None]) -> None:
    """Say what came of a sending. It counts only for the version that was sent, and only while
    the lease is still ours."""
    with database.transaction() as session:
        delivery = session.scalars(
            select(GradeDelivery)
            .where(GradeDelivery.id == leased.delivery_id, GradeDelivery.leased_by == leased.token)
            .with_for_update()
        ).first()
        if delivery is None:
            return
        delivery.leased_until = None
        delivery.leased_by = None
        if delivery.version == leased.version:
            outcome(delivery)


def _delivered(delivery: GradeDelivery) -> None:
    delivery.state = DeliveryState.DELIVERED
    delivery.delivered_at = now()
    delivery.reason = ""
    delivery.sent = [differences.share(delivery.points, delivery.max_points)]


def _differs(delivery: GradeDelivery, leased: Leased, theirs: StandingScore) -> None:
    delivery.sent = list(leased.sent)  # ours was held back
    differences.note(delivery, theirs)


def _park(delivery: GradeDelivery, code: str) -> None:
    delivery.state = DeliveryState.PARKED
    delivery.reason = code


def _later(delivery: GradeDelivery, code: str, wait: float) -> None:
    if code != "budget_spent":  # then nobody was asked
        delivery.tries += 1
    delivery.reason = code
    if delivery.tries >= MOST_TRIES:
        delivery.state = DeliveryState.PARKED
        return
    delivery.due_at = now() + timedelta(seconds=wait)


def wait_s(tries: int, retry_after_s: float | None = None) -> float:
    """Seconds until the next try of something that goes to an LMS (`backoff.py`)."""
    return backoff.wait_s(
        tries, first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S, retry_after_s=retry_after_s
    )


def _give_time(database: Database, leased: Leased, wait: float) -> None:
    """The LMS needs time: none of the section's other grades goes out before that."""
    until = now() + timedelta(seconds=wait)
    with database.transaction() as session:
        session.execute(
            update(GradeDelivery)
            .where(
                GradeDelivery.section_id == leased.section.id,
                GradeDelivery.state == DeliveryState.WAITING,
                GradeDelivery.due_at < until,
            )
            .values(due_at=until)
        )
