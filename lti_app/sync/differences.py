"""Grades that a teacher changed in the gradebook: never overwritten, shown, decided by a teacher.

Scores are compared as shares of the maximum: a column's maximum may differ from the checkpoint's.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, selectinload

from integrations.lms import (
    EditableGradebook,
    Gradebook,
    LmsError,
    LmsRefused,
    ScoreDraft,
    StandingScore,
)
from lti_app.db import Database, now
from lti_app.errors import NotHere
from lti_app.learning import mirrored
from lti_app.people.models import Enrolment, Identity, Section
from lti_app.sync import outbox, reports
from lti_app.sync.models import ColumnKind, DeliveryState, GradebookColumn, GradeDelivery

ROUNDING_POINTS = 0.01
"""Gradebooks keep two decimals."""
SETTLED_AFTER = timedelta(minutes=5)
"""Some gradebooks show a score a little after they took it."""


def share(points: float, max_points: float) -> float:
    """`points` of `max_points`, 0 to 1 (more with a bonus); 0 where nothing can be had."""
    return points / max_points if max_points > 0 else 0.0


def is_ours(standing: StandingScore, ours: Collection[float], max_points: float) -> bool:
    """True where the gradebook holds one of the shares we sent; no grade is none of them."""
    if standing.points is None:
        return False
    most = standing.max_points or max_points
    theirs = share(standing.points, most)
    return any(abs(theirs - one) * most < ROUNDING_POINTS for one in ours)


def theirs(
    gradebook: Gradebook, column: str, score: ScoreDraft, sent: Sequence[float]
) -> StandingScore | None:
    """What a teacher gave in the gradebook, which `score` would overwrite; None: nothing.

    Where the LMS does not let us read grades, none can be protected: an administrator struck
    that scope, or the platform has no such service.
    """
    try:
        standing = gradebook.read(column, score.user_id)
    except LmsRefused as refused:
        if refused.code not in {"forbidden", "column_gone"}:
            raise
        return None
    if standing is None or standing.points is None:
        return None
    ours = [*sent, share(score.points, score.max_points)]
    return None if is_ours(standing, ours, score.max_points) else standing


def note(delivery: GradeDelivery, standing: StandingScore | None) -> None:
    """Keep a locked delivery back until a teacher says which grade counts."""
    delivery.state = DeliveryState.DIFFERS
    delivery.reason = ""
    delivery.their_points = standing.points if standing is not None else None
    delivery.their_max = standing.max_points if standing is not None else None


def send_ours(session: Session, section_id: int, delivery_id: int) -> None:
    """The teacher wants our grade in the gradebook, in place of exactly the one they saw.

    Should it change once more before ours arrives, that is a new difference. Raises `NotHere`
    for another section's.
    """
    delivery = _locked(session, section_id, delivery_id)
    if delivery.state != DeliveryState.DIFFERS:
        return
    if delivery.their_points is not None:
        seen = share(delivery.their_points, delivery.their_max or delivery.max_points)
        delivery.sent = [*delivery.sent, seen]
    outbox.send_again(session, delivery)


def keep_theirs(session: Session, section_id: int, delivery_id: int) -> None:
    """The gradebook's grade counts, here too; a later score of ours is a new difference.

    Raises `NotHere` for another section's.
    """
    delivery = _locked(session, section_id, delivery_id)
    if delivery.state != DeliveryState.DIFFERS:
        return
    delivery.state = DeliveryState.KEPT
    delivery.delivered_at = now()
    column = delivery.column
    if delivery.their_points is None or column.kind == ColumnKind.CLASSROOM:
        return  # coursework's grades come in with the mirror
    earned = share(delivery.their_points, delivery.their_max or delivery.max_points)
    theirs = mirrored.Grade(
        checkpoint_id=column.checkpoint_id,
        person_id=delivery.person_id,
        external_id=f"kept:{delivery.id}:{delivery.version}",
        points=round(earned * column.checkpoint.max_points, 4),
        submitted_at=now(),
    )
    mirrored.take(session, section_id, [theirs])


def _locked(session: Session, section_id: int, delivery_id: int) -> GradeDelivery:
    delivery = session.scalars(
        select(GradeDelivery)
        .where(GradeDelivery.id == delivery_id, GradeDelivery.section_id == section_id)
        .options(selectinload(GradeDelivery.column).selectinload(GradebookColumn.checkpoint))
        .with_for_update()
    ).first()
    if delivery is None:
        raise NotHere
    return delivery


def reconcile(
    database: Database,
    district_id: int,
    section_id: int,
    open_gradebook: Callable[[Section], EditableGradebook],
) -> None:
    """Read every LTI column of a section and note each delivered grade that stands otherwise.

    One request per column and page, no transaction open meanwhile. A grade that is on its way is
    left alone: it is looked at when it is sent. Raises `LmsError` where the LMS does not answer;
    what was read until then counts.
    """
    with database.session(district_id=district_id, writes=False) as session:
        section = session.get_one(Section, section_id)
        columns = session.execute(
            select(GradebookColumn.id, GradebookColumn.external_id)
            .where(
                GradebookColumn.section_id == section_id,
                GradebookColumn.kind == ColumnKind.LTI,
                GradebookColumn.external_id.is_not(None),
            )
            .order_by(GradebookColumn.id)
        ).all()
    if not columns:
        return
    with database.transaction(district_id=district_id) as session:
        report_id = reports.begin(session, section_id, "grades").id
    differing, failed = 0, ""
    try:
        gradebook = open_gradebook(section)
        for column_id, external_id in columns:
            standing = {row.user_id: row for row in gradebook.standing(external_id or "")}
            with database.transaction(district_id=district_id) as session:
                differing += _compare(session, section, column_id, standing)
    except LmsError as error:
        failed = error.code
        raise
    finally:
        with database.transaction(district_id=district_id) as session:
            reports.finish(session, report_id, {"differing": differing}, failed)


def _compare(
    session: Session, section: Section, column_id: int, standing: dict[str, StandingScore]
) -> int:
    """Note what differs in one column; returns how many did."""
    rows = session.execute(
        select(GradeDelivery, Identity.subject)
        .join(Identity, Identity.person_id == GradeDelivery.person_id)
        .join(
            Enrolment,  # who left the course has no grade there any more
            and_(
                Enrolment.person_id == GradeDelivery.person_id, Enrolment.section_id == section.id
            ),
        )
        .where(
            Enrolment.active,
            GradeDelivery.column_id == column_id,
            GradeDelivery.state == DeliveryState.DELIVERED,
            GradeDelivery.delivered_at < now() - SETTLED_AFTER,
            Identity.source == section.source,
        )
        .with_for_update(of=GradeDelivery)
    )
    differing = 0
    for delivery, subject in rows:
        found = standing.get(subject)
        if found is not None and is_ours(found, delivery.sent, delivery.max_points):
            continue
        note(delivery, found)
        differing += 1
    return differing
