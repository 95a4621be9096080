"""The order of a team's units, and of the targets in a unit."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import BadInput
from lti_app.learning.models import Target, Unit
from lti_app.learning.plan.needs import lock_plan


class Placed(Protocol):
    """A row with a place in a list."""

    id: int
    position: int


P = TypeVar("P", bound=Placed)
NewOrder = Callable[[Sequence[int]], list[int]]
"""From the ids as they stand to the ids as they should."""


def by_list(wanted: Sequence[int]) -> NewOrder:
    """The order `wanted` says; ids that are not there are ignored, those unnamed stay at the
    end as they stood."""

    def order(ids: Sequence[int]) -> list[int]:
        named = [one for one in dict.fromkeys(wanted) if one in set(ids)]
        return named + [one for one in ids if one not in set(named)]

    return order


def beside(moved: int, other: int, *, before: bool) -> NewOrder:
    """`moved` right before or after `other`; as it stood where one of them is not there.

    Said of two rows and not of places, so that doing it twice changes nothing, and so does not
    what somebody else has moved meanwhile.
    """

    def order(ids: Sequence[int]) -> list[int]:
        if moved == other or moved not in ids or other not in ids:
            return list(ids)
        rest = [one for one in ids if one != moved]
        rest.insert(rest.index(other) + (0 if before else 1), moved)
        return rest

    return order


def ids_in(typed: str) -> list[int]:
    """Ids as a form sends them, `3,1,2`. Raises `BadInput`."""
    try:
        return [int(one) for one in typed.split(",") if one.strip()]
    except ValueError:
        raise BadInput(
            _l("That is not an order."), _l("Open the page again and move it once more.")
        ) from None


def order_units(session: Session, team_id: int, new_order: NewOrder) -> None:
    """Put the team's units in a new order."""
    lock_plan(session, team_id)
    rows = session.scalars(
        select(Unit)
        .where(Unit.team_id == team_id, Unit.archived_at.is_(None))
        .order_by(Unit.position, Unit.id)
        .with_for_update()
    ).all()
    _place(rows, new_order)
    session.flush()


def order_targets(session: Session, team_id: int, unit_id: int | None, new_order: NewOrder) -> None:
    """Put the targets of a unit (None: those without one) in a new order."""
    lock_plan(session, team_id)
    rows = session.scalars(
        select(Target)
        .where(
            Target.team_id == team_id,
            Target.unit_id == unit_id,
            Target.archived_at.is_(None),
        )
        .order_by(Target.position, Target.id)
        .with_for_update()
    ).all()
    _place(rows, new_order)
    session.flush()


def _place(rows: Sequence[P], new_order: NewOrder) -> None:
    row_of = {row.id: row for row in rows}
    for position, row_id in enumerate(new_order(list(row_of)), start=1):
        if row_of[row_id].position != position:
            row_of[row_id].position = position
