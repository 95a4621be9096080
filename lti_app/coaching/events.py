"""What happens in coaching that sync answers to, in the same transaction."""

from blinker import Namespace

_events = Namespace()

sessions_changed = _events.signal("coaching-sessions-changed")
"""Sent with the session and `coaching_session_ids: list[int]` when coaching sessions were made,
moved, given to another teacher or called off: whoever was told elsewhere must be told anew."""
