"""What happens in learning that coaching and sync answer to, in the same transaction.

Learning knows neither of them: they listen. A listener that raises undoes the whole act, so a
score is never kept without its place in the outbox.
"""

from blinker import Namespace

_events = Namespace()

attempt_scored = _events.signal("attempt-scored")
"""Sent with the session and `scored: Scored`."""
