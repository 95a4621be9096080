"""Coursework that teachers left out: it is not mirrored, only remembered by its title."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from integrations.lms import Coursework
from lti_app.sync.homes import Homes
from lti_app.sync.models import ItemKind, MirroredItem
from lti_app.sync.titles import shortened

Items = dict[tuple[ItemKind, str], MirroredItem]


Part = tuple[Coursework, ItemKind]


def wanted(
    session: Session,
    section_id: int,
    items: Items,
    homes: Homes,
    parts: list[Part],
    *,
    only: Collection[str] | None,
) -> list[Part]:
    """What of a course's coursework teachers did not leave out; the marks of the rest follow the
    LMS. `only`: ids of the coursework that was read, where that is not all of it."""
    out = {work.id for work, kind in parts if _is_left_out(items, homes, work, kind)}
    for work, _kind in parts:
        if work.id in out:
            mark(session, section_id, items, work.id, work.title or work.id)
    for (kind, external_id), item in list(items.items()):
        was_read = only is None or external_id.partition("/")[0] in only
        if kind == ItemKind.LEFT_OUT and was_read and external_id not in out:
            unmark(session, items, item)
    return [part for part in parts if part[0].id not in out]


def mark(session: Session, section_id: int, items: Items, external_id: str, title: str) -> None:
    """Remember that coursework is left out, by its title of now."""
    item = items.get((ItemKind.LEFT_OUT, external_id))
    if item is None:
        item = MirroredItem(
            section_id=section_id,
            kind=ItemKind.LEFT_OUT,
            external_id=external_id,
            local_id=0,
            seen={},
        )
        session.add(item)
        items[(ItemKind.LEFT_OUT, external_id)] = item
    if item.seen.get("title") != shortened(title):
        item.seen = {"title": shortened(title)}


def unmark(session: Session, items: Items, item: MirroredItem) -> None:
    """Forget that coursework is left out."""
    session.delete(item)
    del items[(ItemKind.LEFT_OUT, item.external_id)]


def _is_left_out(items: Items, homes: Homes, work: Coursework, kind: ItemKind) -> bool:
    """A teacher said so of it; or of titles like its own, before it came in."""
    of_item = homes.rules.of_item(work.id)
    if of_item or (kind, work.id) in items:
        return of_item is not None and of_item.left_out
    of_title = homes.rules.of_title(work.title)
    return of_title is not None and of_title.left_out
