"""What happens in a launch that others answer to."""

from dataclasses import dataclass

from blinker import Namespace

from lti_app.launch.places import Place
from lti_app.people.models import Role, Section

_events = Namespace()

link_opened = _events.signal("link-opened")
"""Sent within the launch's transaction with the session and `opened: Opened`."""

section_entered = _events.signal("section-entered")
"""Sent after the launch was committed, with `section_id`, `district_id` and `role: Role`."""


@dataclass(frozen=True)
class Opened:
    """A launch of a link to one of our things."""

    section: Section
    role: Role
    place: Place
    line_item_url: str | None
    """The gradebook column that the platform couples to the link."""
    link_history: tuple[str, ...]
    """Ids that the link had in the courses it was copied from, newest first."""
