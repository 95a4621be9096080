"""What happens in coaching that sync answers to, in the same transaction."""

from blinker import Namespace

_events = Namespace()

sessions_changed = _events.signal("coaching-sessions-changed")
"""Sent with the session and `coaching_session_ids: list[int]` when coaching sessions were made,
moved, given to another teacher or called off: whoever was told elsewhere must be told anew."""

school_days_changed = _events.signal("school-days-changed")
"""Sent with the session when other days of the district are days off now."""

plan_wanted = _events.signal("plan-wanted")
"""Sent with the session and `plan_id` when a day is to be planned."""
