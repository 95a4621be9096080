"""What a launch opens: a thing of ours, named in the launch's address.

The address is the content item's own (Deep Linking 2.0 §3.1, `url`), which every platform keeps
and sends back as `target_link_uri`, also from a copied course.
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, urlencode, urlsplit

PlaceKind = Literal["target", "pathway", "checkpoint", "attempt"]

_PLACE = re.compile(r"([a-z]+)-([1-9][0-9]{0,17})", re.ASCII)
_KINDS: tuple[str, ...] = get_args(PlaceKind)


@dataclass(frozen=True)
class Place:
    """One of our things, by its id."""

    kind: PlaceKind
    id: int

    def launch_url(self, public_url: str) -> str:
        """Where a platform launches to open it."""
        return f"{public_url}/lti/launch?{urlencode({'open': str(self)})}"

    def __str__(self) -> str:
        return f"{self.kind}-{self.id}"


def place_of(target_link_uri: str) -> Place | None:
    """The place an address names; None where it names none we know."""
    try:
        named = parse_qs(urlsplit(target_link_uri).query).get("open", [""])[-1]
    except ValueError:
        return None
    found = _PLACE.fullmatch(named)
    if found is None or found[1] not in _KINDS:
        return None
    return Place(found[1], int(found[2]))  # type: ignore[arg-type]  # just checked
