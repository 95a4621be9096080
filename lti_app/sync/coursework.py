"""A piece of coursework read as one of our rows: its kind, its fields, the codes it names."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.lms import Coursework, Material
from lti_app.learning import standards
from lti_app.learning.models import ActivityKind
from lti_app.learning.ways import links
from lti_app.sync.models import ItemKind, MirroredItem
from lti_app.sync.titles import shortened

KIND_OF_MATERIAL = {
    "video": ActivityKind.VIDEO,
    "form": ActivityKind.PRACTICE,
    "file": ActivityKind.READING,
}
"""By `Material.kind`; of a link its address tells more."""


KIND_OF_WORD = {
    "game": ActivityKind.GAME,
    "juego": ActivityKind.GAME,
    "watch": ActivityKind.VIDEO,
    "video": ActivityKind.VIDEO,
    "read": ActivityKind.READING,
    "reading": ActivityKind.READING,
    "lectura": ActivityKind.READING,
    "discuss": ActivityKind.DISCUSSION,
    "project": ActivityKind.PROJECT,
    "proyecto": ActivityKind.PROJECT,
}
"""What teachers write in front of a title: *Game: fraction war*."""


def kind_of(title: str, materials: tuple[Material, ...]) -> ActivityKind:
    """What kind of activity a material is: where its first link leads, what Classroom says that it
    is, or how its title begins.

    A link that says nothing is taken for practice: a teacher gave it as something to do.
    """
    if materials:
        told = links.kind_of(materials[0].url)
        if told != ActivityKind.OTHER:
            return told
        if materials[0].kind in KIND_OF_MATERIAL:
            return KIND_OF_MATERIAL[materials[0].kind]
    first = re.match(r"\w*", title.strip().casefold())
    usual = ActivityKind.PRACTICE if materials else ActivityKind.OTHER
    return KIND_OF_WORD.get(first[0] if first else "", usual)


def parts_of(work: Coursework, kind: ItemKind) -> list[Coursework]:
    """A piece of coursework as the rows it becomes: an activity for each thing to open.

    The first keeps the coursework's id; the others go by their address, so that one stays itself
    where the links before it change.
    """
    if kind != ItemKind.ACTIVITY or len(work.materials) < 2:
        return [work]
    parts, titles = [], set[str]()
    for place, material in enumerate({one.url: one for one in work.materials}.values(), start=1):
        title = f"{work.title}: {material.title}"
        if not material.title.strip() or material.title == work.title or title in titles:
            title = f"{work.title} ({place})"
        titles.add(title)
        digest = hashlib.sha256(material.url.encode()).hexdigest()[:16]
        part_id = work.id if place == 1 else f"{work.id}/{digest}"
        parts.append(replace(work, id=part_id, title=title, materials=(material,)))
    return parts


@dataclass(frozen=True)
class Fields:
    """What a mirrored row takes over from the LMS, by the name of our column."""

    values: dict[str, Any]

    def stored(self) -> dict[str, Any]:
        """As kept in `MirroredItem.seen`."""
        return {name: plain(value) for name, value in self.values.items()}


def plain(value: Any) -> Any:
    """A value as it can be kept in JSON."""
    return value.isoformat() if isinstance(value, datetime) else value


def follow(row: Any, item: MirroredItem, fields: Fields) -> tuple[bool, bool]:
    """Take over fields that changed in the LMS, where no teacher edited them here; returns
    whether any did, and whether an edit was kept."""
    stored = fields.stored()
    changed = kept = False
    for name, value in fields.values.items():
        if stored[name] == item.seen.get(name):
            continue
        if plain(getattr(row, name)) == item.seen.get(name):
            setattr(row, name, value)
            changed = True
        else:
            kept = True
    if any(item.seen.get(name) != value for name, value in stored.items()):
        item.seen = {**item.seen, **stored}
    return changed, kept


def codes_of(work: Coursework) -> list[str]:
    """Keys of the standards a piece of coursework may name in its title or description."""
    return standards.codes_in(f"{work.title}\n{work.description}")


def item_kind(work: Coursework) -> ItemKind:
    """Graded work is a checkpoint; a material, or work without points, an activity."""
    return ItemKind.CHECKPOINT if work.max_points else ItemKind.ACTIVITY


def fields_of(work: Coursework, kind: ItemKind) -> Fields:
    """What an activity or checkpoint takes over from a piece of coursework."""
    title = shortened(work.title) or work.id
    if kind == ItemKind.ACTIVITY:
        return Fields(
            {
                "title": title,
                "kind": kind_of(work.title, work.materials),
                "url": (work.material_urls or (work.url,))[0],
            }
        )
    return Fields(
        {
            "title": title,
            "question": work.description[:10_000],
            # Work of our own is answered here; the class's own is answered where it was made.
            "url": None if work.ours else work.url,
            "max_points": work.max_points,
            "due_at": work.due_at,
        }
    )
