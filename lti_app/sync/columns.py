"""Gradebook columns follow their checkpoints: a new title or maximum reaches the LTI platform, and
a column of ours goes once the platform's own took its place.

What a column was told stands beside what its checkpoint says; where the two differ, it is due.
Nothing has to be put anywhere when a checkpoint is edited, so no edit can be missed.
"""

import logging
from collections.abc import Callable, Iterable

from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.orm import Session

from integrations.lms import (
    ColumnDraft,
    EditableGradebook,
    LmsRefused,
    LmsUnavailable,
    StandingScore,
)
from lti_app.db import Database
from lti_app.learning import copying
from lti_app.learning.models import Checkpoint
from lti_app.people.models import Identity, Section
from lti_app.sync import differences
from lti_app.sync.models import ColumnKind, DeliveryState, GradebookColumn, GradeDelivery

log = logging.getLogger(__name__)


def resource_id(checkpoint_id: int) -> str:
    """Our own name of a checkpoint's column at every platform (AGS 2.0 §3.1.3)."""
    return f"pathways-checkpoint-{checkpoint_id}"


def former_ids(session: Session, checkpoint_id: int) -> tuple[str, ...]:
    """The same, of what the checkpoint was copied from."""
    return tuple(resource_id(one) for one in copying.originals(session, checkpoint_id))


def update_due(
    database: Database,
    open_gradebook: Callable[[Section], EditableGradebook],
    most: int = 200,
) -> int:
    """Tell the platforms what changed, at most `most` columns; returns how many were told.

    A platform that can't be reached is asked again at the next round. One that refuses is not:
    its column keeps its old words, which harms no grade, for every score carries its maximum.
    """
    with database.session(writes=False) as session:
        due = session.execute(_due()).all()
    told = 0
    busy: set[int] = set()
    for column, checkpoint, section in due:
        if told == most:
            break
        if section.id in busy:
            continue
        draft = ColumnDraft(resource_id(checkpoint.id), checkpoint.title, checkpoint.max_points)
        try:
            open_gradebook(section).update_column(column.external_id or "", draft)
        except LmsUnavailable as error:
            log.warning("column %s is told later: %s", column.id, error.code)
            busy.add(section.id)
            continue
        except LmsRefused as error:
            log.warning("column %s stays as it is: %s", column.id, error.code)
        with database.transaction(district_id=section.district_id) as session:
            _note_told(session, column.id, draft)
        told += 1
    return told


def _due() -> Select[GradebookColumn, Checkpoint, Section]:
    return (
        select(GradebookColumn, Checkpoint, Section)
        .join(Checkpoint, GradebookColumn.checkpoint_id == Checkpoint.id)
        .join(Section, GradebookColumn.section_id == Section.id)
        .where(
            GradebookColumn.kind == ColumnKind.LTI,
            GradebookColumn.external_id.is_not(None),
            GradebookColumn.told_title.is_not(None),
            or_(
                GradebookColumn.told_title != Checkpoint.title,
                GradebookColumn.told_points != Checkpoint.max_points,
            ),
        )
        .order_by(GradebookColumn.section_id, GradebookColumn.id)
    )


def _note_told(session: Session, column_id: int, draft: ColumnDraft) -> None:
    session.execute(
        update(GradebookColumn)
        .where(GradebookColumn.id == column_id)
        .values(told_title=draft.title, told_points=draft.max_points)
    )


def remove_replaced(
    database: Database,
    open_gradebook: Callable[[Section], EditableGradebook],
    most: int = 50,
) -> int:
    """Take away columns of ours whose place the platform's own took; returns how many went.

    Only once every grade of them stands in the other one, and only if none but ours stands in
    them: a column into which a teacher wrote is theirs from then on, and stays.
    """
    with database.session(writes=False) as session:
        due = session.execute(_replaced().limit(most)).all()
    removed = 0
    for column, section in due:
        old = column.replaced_id or ""
        try:
            gradebook = open_gradebook(section)
            if _holds_only_ours(database, section, column.id, gradebook.standing(old)):
                gradebook.delete_column(old)
                removed += 1
        except LmsUnavailable as error:
            log.warning("column %s is looked at later: %s", column.id, error.code)
            continue
        except LmsRefused as error:
            log.warning("the column before %s stays: %s", column.id, error.code)
        with database.transaction(district_id=section.district_id) as session:
            session.execute(
                update(GradebookColumn)
                .where(GradebookColumn.id == column.id, GradebookColumn.replaced_id == old)
                .values(replaced_id=None)
            )
    return removed


def _replaced() -> Select[GradebookColumn, Section]:
    under_way = exists().where(
        GradeDelivery.column_id == GradebookColumn.id,
        GradeDelivery.state.in_([DeliveryState.WAITING, DeliveryState.PARKED]),
    )
    return (
        select(GradebookColumn, Section)
        .join(Section, GradebookColumn.section_id == Section.id)
        .where(GradebookColumn.replaced_id.is_not(None), ~under_way)
        .order_by(GradebookColumn.id)
    )


def _holds_only_ours(
    database: Database, section: Section, column_id: int, standing: Iterable[StandingScore]
) -> bool:
    with database.session(district_id=section.district_id, writes=False) as session:
        rows = session.execute(
            select(Identity.subject, GradeDelivery.points, GradeDelivery.max_points)
            .join(Identity, Identity.person_id == GradeDelivery.person_id)
            .where(
                GradeDelivery.column_id == column_id,
                GradeDelivery.state == DeliveryState.DELIVERED,
                Identity.source == section.source,
            )
        )
        ours = {subject: (points, most) for subject, points, most in rows}
    for row in standing:
        if row.points is None:
            continue
        points, most = ours.get(row.user_id, (0.0, 0.0))
        if not differences.is_ours(row, [differences.share(points, most)], most):
            return False
    return True
