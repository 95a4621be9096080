"""Rows that leave for another system: at least once, the newest version wins.

A worker leases a row in one short transaction, sends it with none open, and says in another what
came of it. A worker that dies in between loses its lease and another sends it again. Grades have
a machinery of their own (`delivery.py`), which also sees to their order.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_app.db import Database, now
from lti_app.sync.delivery import LEASE_S, MOST_TRIES, wait_s
from lti_app.sync.models import DeliveryState


class Outbound:
    """What such a row carries, beside what it says."""

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    """One more with every change: a sending counts only for the version it carried."""
    state: Mapped[DeliveryState] = mapped_column(String(16), default=DeliveryState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    """Of this version."""
    due_at: Mapped[datetime] = mapped_column(default=now)
    """Not to be tried before."""
    leased_until: Mapped[datetime | None]
    """A worker is sending it; a worker that died loses it then."""
    leased_by: Mapped[str | None] = mapped_column(String(36))
    """That worker's token for this sending."""
    reason: Mapped[str] = mapped_column(String(64), default="")
    """Code of why it waits or is parked."""
    delivered_at: Mapped[datetime | None]


R = TypeVar("R", bound=Outbound)


def lease_next(session: Session, model: type[R], lease_s: float = LEASE_S) -> R | None:
    """Lease the row that is due; fewest tries first, so that one that keeps failing holds up no
    others."""
    at = now()
    row = session.scalars(
        select(model)
        .where(
            model.state == DeliveryState.WAITING,
            model.due_at <= at,
            or_(model.leased_until.is_(None), model.leased_until < at),
        )
        .order_by(model.tries, model.due_at, model.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is not None:
        row.leased_until = at + timedelta(seconds=lease_s)
        row.leased_by = str(uuid.uuid4())
    return row


def settle(
    database: Database, leased: R, outcome: Callable[[Session, R], None], *, district_id: int
) -> None:
    """Say what came of sending `leased`, as it was leased; only while the lease is still ours.

    What the other system made is noted also where the row was changed meanwhile; it then waits
    for its newer version.
    """
    model = type(leased)
    with database.transaction(district_id=district_id) as session:
        row = session.scalars(
            select(model)
            .where(model.id == leased.id, model.leased_by == leased.leased_by)
            .with_for_update()
        ).first()
        if row is None:
            return
        row.leased_until = row.leased_by = None
        outcome(session, row)
        if row.version != leased.version:
            wait_again(row)


def done(row: Outbound) -> None:
    """It arrived."""
    row.state = DeliveryState.DELIVERED
    row.delivered_at = now()
    row.reason = ""


def park(row: Outbound, code: str) -> None:
    """It was refused: somebody must see to it."""
    row.state = DeliveryState.PARKED
    row.reason = code


def later(row: Outbound, code: str, retry_after_s: float | None = None) -> None:
    """It could not be sent now: once more after a while, parked after many tries."""
    if code != "budget_spent":  # then nobody was asked
        row.tries += 1
    row.reason = code
    if row.tries >= MOST_TRIES:
        row.state = DeliveryState.PARKED
        return
    row.due_at = now() + timedelta(seconds=wait_s(row.tries, retry_after_s))


def wait_again(row: Outbound) -> None:
    """It is to be sent (once more) as it is now."""
    row.state = DeliveryState.WAITING
    row.tries = 0
    row.due_at = now()
    row.reason = ""


def next_due(
    database: Database, model: type[Outbound], *which: ColumnElement[bool]
) -> datetime | None:
    """When the next waiting row is due."""
    with database.session(writes=False) as session:
        return session.scalar(
            select(model.due_at)
            .where(model.state == DeliveryState.WAITING, *which)
            .order_by(model.due_at)
            .limit(1)
        )
