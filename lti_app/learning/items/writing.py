"""Writing a checkpoint's items.

What was asked stays as it was asked: an edit retires the item and puts a new one in its place,
which remembers whom it follows (`key["instead_of"]`). The most points of the checkpoint go along
(see `kinds`); scores keep the maximum they were given under.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.learning.items import kinds, marking
from lti_app.learning.items.kinds import Key
from lti_app.learning.models import Checkpoint, CheckpointItem
from lti_app.learning.plan.ordering import NewOrder

LONGEST_PROMPT = 2000
MOST_POINTS = 1000
MOST_ITEMS = 60


@dataclass(frozen=True)
class Draft:
    """An item to be written."""

    prompt: str
    points: float
    key: Key
    external_id: str | None = None


def of_checkpoint(session: Session, checkpoint_id: int) -> list[CheckpointItem]:
    """All items of a checkpoint, the retired ones too, in order."""
    return list(
        session.scalars(
            select(CheckpointItem)
            .where(CheckpointItem.checkpoint_id == checkpoint_id)
            .order_by(CheckpointItem.position, CheckpointItem.id)
            .execution_options(populate_existing=True)
        )
    )


def asked_now(items: Sequence[CheckpointItem]) -> list[CheckpointItem]:
    """Those that are not retired."""
    return [item for item in items if item.retired_at is None]


def current(items: Sequence[CheckpointItem], item_id: int) -> CheckpointItem | None:
    """The item, or the one that stands in its place now; None where it was taken out.

    Raises `NotHere` for an item of another checkpoint.
    """
    item_of = {item.id: item for item in items}
    next_of = {item.key.get("instead_of"): item for item in items}
    found = item_of.get(item_id)
    if found is None:
        raise NotHere
    while found is not None and found.retired_at is not None:
        found = next_of.get(found.id)
    return found


def lock(session: Session, checkpoint: Checkpoint) -> list[CheckpointItem]:
    """Lock a checkpoint for a change of its items; returns them all as they stand.

    Raises `BadInput` for a checkpoint that is answered in the LMS.
    """
    session.execute(
        select(Checkpoint)
        .where(Checkpoint.id == checkpoint.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if checkpoint.url:
        raise BadInput(
            _l("This checkpoint is answered in your class."),
            _l("Write its questions there, or add a checkpoint that is answered here."),
        )
    return of_checkpoint(session, checkpoint.id)


def add(session: Session, checkpoint: Checkpoint, drafts: Sequence[Draft]) -> list[CheckpointItem]:
    """Add items at the end. Raises `BadInput` for a draft that can't be asked, and for more than
    `MOST_ITEMS`; then none is added."""
    items = lock(session, checkpoint)
    if len(asked_now(items)) + len(drafts) > MOST_ITEMS:
        raise BadInput(
            _l("A checkpoint has at most %(n)s questions.", n=MOST_ITEMS),
            _l("Add another checkpoint for the rest."),
        )
    last = max((item.position for item in items), default=0)
    made = [_made(checkpoint, draft, last + n) for n, draft in enumerate(drafts, start=1)]
    session.add_all(made)
    _refit(session, checkpoint, asked_now(items), [*asked_now(items), *made])
    return made


def change(
    session: Session, checkpoint: Checkpoint, item: CheckpointItem, draft: Draft
) -> CheckpointItem:
    """Ask something else in an item's place; returns the item that stands there now.

    A draft that says what the item says changes nothing. Raises `BadInput` as `add`.
    """
    items = lock(session, checkpoint)
    if item.retired_at is not None:
        raise NotHere
    made = _made(checkpoint, draft, item.position)
    made.external_id = item.external_id
    if _same(item, made):
        return item
    made.key = made.key | {"instead_of": item.id}
    before = asked_now(items)
    item.retired_at = now()
    session.add(made)
    _refit(session, checkpoint, before, [*asked_now(items), made])
    return made


def take_out(session: Session, checkpoint: Checkpoint, item_id: int) -> None:
    """Ask an item no more; answers to it stay. Taking it out twice changes nothing.

    Raises `BadInput` where nothing would be left that gives points.
    """
    items = lock(session, checkpoint)
    item = current(items, item_id)
    if item is None:
        return
    before = asked_now(items)
    item.retired_at = now()
    _refit(session, checkpoint, before, asked_now(items))


def reorder(session: Session, checkpoint: Checkpoint, new_order: NewOrder) -> None:
    """Put the items in another order; see `plan/ordering.py`."""
    items = {item.id: item for item in asked_now(lock(session, checkpoint))}
    for position, item_id in enumerate(new_order(list(items)), start=1):
        if items[item_id].position != position:
            items[item_id].position = position
    session.flush()


def teacher_points(checkpoint: Checkpoint, items: Sequence[CheckpointItem]) -> float:
    """What a teacher gives, of the checkpoint's most points; `items` are those asked now."""
    return max(0.0, round(checkpoint.max_points - marking.most_points(items), 4))


def prompt_of(typed: str) -> str:
    """A usable question; lines are kept. Raises `BadInput`."""
    prompt = "\n".join(line.rstrip() for line in typed.replace("\0", "").strip().splitlines())
    if not prompt:
        raise BadInput(_l("The question is empty."), _l("Write what is asked and save again."))
    if len(prompt) > LONGEST_PROMPT:
        raise BadInput(
            _l("The question is too long."),
            _l("Keep it under %(n)s letters and save again.", n=LONGEST_PROMPT),
        )
    return prompt


def points_of(points: float) -> float:
    """Usable points of an item, to hundredths. Raises `BadInput`."""
    if not math.isfinite(points) or not 0.01 <= points <= MOST_POINTS:
        raise BadInput(
            _l("The points of a question must be between 0.01 and %(most)s.", most=MOST_POINTS),
            _l("Correct the number and save again."),
        )
    return round(points, 2)


def _made(checkpoint: Checkpoint, draft: Draft, position: int) -> CheckpointItem:
    return CheckpointItem(
        checkpoint_id=checkpoint.id,
        kind=draft.key.kind,
        prompt=prompt_of(draft.prompt),
        key=kinds.to_json(draft.key),
        points=points_of(draft.points),
        position=position,
        external_id=draft.external_id,
    )


def _same(item: CheckpointItem, made: CheckpointItem) -> bool:
    return (item.kind, item.prompt, item.points, kinds.of_json(item.kind, item.key)) == (
        made.kind,
        made.prompt,
        made.points,
        kinds.of_json(made.kind, made.key),
    )


def _refit(
    session: Session,
    checkpoint: Checkpoint,
    before: Sequence[CheckpointItem],
    after: Sequence[CheckpointItem],
) -> None:
    most = round(teacher_points(checkpoint, before) + marking.most_points(after), 4)
    if most <= 0:
        raise BadInput(
            _l("This is the last question of the checkpoint."),
            _l("Add another one first, or hide the whole checkpoint."),
        )
    checkpoint.max_points = most
    session.flush()
    session.expire(checkpoint, ["items"])
