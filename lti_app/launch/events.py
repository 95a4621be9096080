"""What happens in a launch that others answer to."""

from blinker import Namespace

_events = Namespace()

section_entered = _events.signal("section-entered")
"""Sent after the launch was committed, with `section_id`, `district_id` and `role: Role`."""
