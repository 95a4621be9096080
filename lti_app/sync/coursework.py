"""A piece of coursework read as one of our rows: its kind, its fields, the codes it names."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from integrations.lms import Coursework
from lti_app.learning import standards
from lti_app.learning.models import ActivityKind
from lti_app.sync.homes import shortened
from lti_app.sync.models import ItemKind

KIND_OF_HOST = {
    "youtube.com": ActivityKind.VIDEO,
    "youtu.be": ActivityKind.VIDEO,
    "vimeo.com": ActivityKind.VIDEO,
    "docs.google.com": ActivityKind.READING,
    "drive.google.com": ActivityKind.READING,
    "forms.gle": ActivityKind.PRACTICE,
}


def kind_of(urls: tuple[str, ...]) -> ActivityKind:
    """What kind of activity a material is, from where its first link leads."""
    if not urls:
        return ActivityKind.OTHER
    parts = urlsplit(urls[0])
    if parts.path.startswith("/forms/"):
        return ActivityKind.PRACTICE
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    return KIND_OF_HOST.get(host, ActivityKind.PRACTICE)


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
                "kind": kind_of(work.material_urls),
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
