"""The gradebook column of a checkpoint that is given in Classroom.

A checkpoint has one column in a section. Where it had another, the one in Classroom takes its
place, for the teacher asked for its grades there: an LTI column stays in the LMS with the grades
it has and gets no more; a column of an assignment that the teacher made in Classroom, which takes
no grades of ours, gives way to one that does; an attachment stays to be opened, without points to
come. Taking the coursework back restores what was there.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing
from lti_app.sync import outbox
from lti_app.sync.models import ColumnKind, DeliveryState, GradebookColumn, GradeDelivery
from lti_app.sync.publication_models import Publication

KEPT = ("kind", "external_id", "writable", "coupled", "replaced_id", "told_title", "told_points")
"""What is remembered of a column whose place is taken."""
NOWHERE: dict[str, Any] = {"external_id": None, "writable": False}
"""Of one that was not there before."""
SENT_AGAIN = (
    DeliveryState.DELIVERED,
    DeliveryState.PARKED,
    DeliveryState.FORGOTTEN,
    DeliveryState.WAITING,  # a worker may be sending it to where the column was
)


def couple(session: Session, row: Publication) -> None:
    """Its coursework takes the checkpoint's grades from now on, those given before with them.

    A mirror or link of the same checkpoint meets a column that is there already and leaves it.
    """
    if row.checkpoint_id is None:
        return
    made = insert_if_missing(
        session,
        GradebookColumn,
        section_id=row.section_id,
        checkpoint_id=row.checkpoint_id,
        kind=ColumnKind.CLASSROOM,
        external_id=row.external_id,
        writable=True,
        coupled=False,
    )
    column = _column(session, row)
    if not made:
        if column.kind == ColumnKind.CLASSROOM and column.external_id == row.external_id:
            return
        if row.had_column is None:
            row.had_column = _as_it_is(session, column)
        column.kind, column.external_id = ColumnKind.CLASSROOM, row.external_id
        column.writable, column.coupled = True, False
        column.replaced_id = column.told_title = column.told_points = None
        session.flush()
        _send_all(session, column)
    outbox.put_standing(session, column)


def uncouple(session: Session, row: Publication) -> None:
    """Its coursework is gone from Classroom: the column is what it was before, or nowhere.

    Grades of a column that is nowhere rest; they are sent should it be given again.
    """
    if row.checkpoint is None:
        return
    column = session.scalars(
        select(GradebookColumn).where(
            GradebookColumn.section_id == row.section_id,
            GradebookColumn.checkpoint_id == row.checkpoint_id,
            GradebookColumn.kind == ColumnKind.CLASSROOM,
            GradebookColumn.external_id == row.external_id,
        )
    ).first()
    if column is None:
        return
    before = row.had_column or NOWHERE
    for name in KEPT:
        if name in before:
            setattr(column, name, before[name])
    row.had_column = None
    session.flush()
    if outbox.column_for(session, row.section_id, row.checkpoint) is not None and column.writable:
        _send_all(session, column, before.get("sent", {}))
        return
    session.execute(
        update(GradeDelivery)
        .where(GradeDelivery.column_id == column.id, GradeDelivery.state == DeliveryState.WAITING)
        .values(state=DeliveryState.FORGOTTEN)
        .execution_options(synchronize_session=False)
    )


def release(session: Session, row: Publication) -> None:
    """Students see it now: grades that waited for that go out."""
    if row.checkpoint_id is None:
        return
    waiting = session.scalars(
        select(GradeDelivery)
        .where(
            GradeDelivery.column_id == _column(session, row).id,
            GradeDelivery.state == DeliveryState.PARKED,
            GradeDelivery.reason == "not_out",
        )
        .with_for_update()
    ).all()
    for delivery in waiting:
        outbox.send_again(session, delivery)


def _column(session: Session, row: Publication) -> GradebookColumn:
    return session.scalars(
        select(GradebookColumn)
        .where(
            GradebookColumn.section_id == row.section_id,
            GradebookColumn.checkpoint_id == row.checkpoint_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _as_it_is(session: Session, column: GradebookColumn) -> dict[str, Any]:
    """A column, and what of ours it may hold (`GradeDelivery.sent`) by delivery."""
    rows = session.execute(
        select(GradeDelivery.id, GradeDelivery.sent).where(GradeDelivery.column_id == column.id)
    )
    sent = {str(delivery_id): shares for delivery_id, shares in rows}
    return {**{name: getattr(column, name) for name in KEPT}, "sent": sent}


def _send_all(
    session: Session, column: GradebookColumn, sent: Mapping[str, list[float]] | None = None
) -> None:
    """Send every grade into a column that is another one now, and holds what was `sent` there.

    One that a teacher changed in the gradebook before is theirs to decide about, as ever.
    """
    deliveries = session.scalars(
        select(GradeDelivery)
        .where(
            GradeDelivery.column_id == column.id,
            GradeDelivery.state.in_(SENT_AGAIN),
        )
        .with_for_update()
    ).all()
    for delivery in deliveries:
        delivery.sent = list((sent or {}).get(str(delivery.id), []))
        outbox.send_again(session, delivery)
