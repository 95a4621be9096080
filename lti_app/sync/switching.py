"""What a piece of coursework is here: a checkpoint, or an activity of some kind.

A checkpoint without attempts can be an activity instead, and be a checkpoint again. What it was
before is kept hidden, with what teachers wrote into it and what students marked.
"""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from lti_app.errors import BadInput
from lti_app.learning import typed
from lti_app.learning.models import Activity, ActivityKind, Attempt, Checkpoint, Source
from lti_app.learning.plan import moving
from lti_app.sync.correcting import Correcting
from lti_app.sync.matching_models import RuleAbout
from lti_app.sync.models import ColumnKind, GradebookColumn, ItemKind, MirroredItem
from lti_app.sync.seen import title_of


def set_kind(correcting: Correcting, item_ids: Iterable[int], wanted: str) -> int:
    """Make items `checkpoint`s, or activities of a kind; returns how many. Raises `BadInput` for
    an unknown kind, for a checkpoint that students have answered, and for a checkpoint wanted of
    what has no points."""
    kind = None if wanted == ItemKind.CHECKPOINT else typed.one_of(ActivityKind, wanted)
    pairs = correcting.rows(correcting.picked(item_ids))
    for item, row in pairs:
        if isinstance(row, Activity):
            if kind is None:
                _as_checkpoint(correcting, item, row)
            else:
                row.kind = kind
        elif kind is not None:
            _as_activity(correcting, item, row, kind)
    correcting.homes.settle()
    return len(pairs)


def _as_activity(
    correcting: Correcting, item: MirroredItem, checkpoint: Checkpoint, kind: ActivityKind
) -> None:
    session = correcting.session
    moving.lock_work(session, [checkpoint.target_id])
    if session.scalar(select(exists().where(Attempt.checkpoint_id == checkpoint.id))):
        raise BadInput(
            _l("Students have already answered “%(title)s”.", title=checkpoint.title),
            _l("It stays a checkpoint, so that nothing they did is lost. You can leave it out."),
        )
    column = session.scalars(
        select(GradebookColumn).where(
            GradebookColumn.checkpoint_id == checkpoint.id,
            GradebookColumn.section_id == correcting.section_id,
        )
    ).first()
    activity = session.get(Activity, _kept_id(item))
    if activity is None:
        target = correcting.homes.in_use(checkpoint.target_id)
        if target is None:
            raise BadInput(_l("Its target is archived."), _l("Move it to another target first."))
        activity = Activity(
            pathway_id=correcting.homes.pathway(target).id,
            title=checkpoint.title,
            url=checkpoint.url,
            source=Source.MIRRORED,
        )
        session.add(activity)
        session.flush()
    activity.kind = kind
    # An empty kind is none that Classroom could say: the teacher's stays.
    seen: dict[str, Any] = {"title": title_of(item), "kind": "", "url": checkpoint.url}
    _switch(correcting, item, checkpoint, activity, seen, writable=bool(column and column.writable))
    correcting.rule(RuleAbout.ITEM, item.external_id, checkpoint.title).as_activity = True
    if column is not None:
        session.delete(column)
    session.flush()


def _as_checkpoint(correcting: Correcting, item: MirroredItem, activity: Activity) -> None:
    checkpoint = correcting.session.get(Checkpoint, _kept_id(item))
    if checkpoint is None:
        raise BadInput(
            _l("“%(title)s” has no points in Classroom.", title=activity.title),
            _l("Give it points there; then it comes in as a checkpoint."),
        )
    before = item.seen["before"]
    _switch(correcting, item, activity, checkpoint, before["seen"], writable=False)
    correcting.session.add(
        GradebookColumn(
            section_id=correcting.section_id,
            checkpoint_id=checkpoint.id,
            kind=ColumnKind.CLASSROOM,
            external_id=item.external_id,
            writable=before["writable"],
        )
    )
    if rule := correcting.homes.rules.of_item(item.external_id):
        rule.as_activity = False
        correcting.forget_if_empty(rule)
    correcting.session.flush()


def _kept_id(item: MirroredItem) -> int:
    """Id of what the item was, where it was switched before; 0 for none."""
    found: int = item.seen.get("before", {}).get("id", 0)
    return found


def _switch(
    correcting: Correcting,
    item: MirroredItem,
    old: Activity | Checkpoint,
    new: Activity | Checkpoint,
    seen: dict[str, Any],
    *,
    writable: bool,
) -> None:
    """Let the item be `new` and keep `old` hidden; both under the same target."""
    kind = ItemKind.ACTIVITY if isinstance(new, Activity) else ItemKind.CHECKPOINT
    if (kind, item.external_id) in correcting.items:
        raise BadInput(
            _l("“%(title)s” was this once, and it is kept.", title=old.title),
            _l("It can't become this again. Leave it out instead."),
        )
    target = correcting.homes.in_use(moving.stands_at(correcting.session, old))
    if target is not None:
        correcting.homes.bring(new, target)
    new.hidden, old.hidden = old.hidden, True
    del correcting.items[(ItemKind(item.kind), item.external_id)]
    said = {name: item.seen.get(name, "") for name in ("home", "topic", "named")}
    was = {name: value for name, value in item.seen.items() if name != "before"}
    item.kind, item.local_id = kind, new.id
    item.seen = {**seen, **said, "before": {"id": old.id, "seen": was, "writable": writable}}
    correcting.items[(kind, item.external_id)] = item
