"""What happens in learning that coaching and sync answer to, in the same transaction.

Learning knows neither of them: they listen. A listener that raises undoes the whole act, so a
score is never kept without its place in the outbox.
"""

from blinker import Namespace

_events = Namespace()

attempts_scored = _events.signal("attempts-scored")
"""Sent with the session and `scored: Sequence[Scored]`: one that a teacher gave, or many that were
read from the LMS at once. All tell the standing that they come to together."""

moved = _events.signal("moved")
"""Sent with the session, `person_id`, `target_id` and `section_id` (None where the act names none)
when a student moved on a target: began a pathway, did an activity, sent an answer."""

standings_changed = _events.signal("standings-changed")
"""Sent with the session and `changes: list[Change]` when a rule, not work, moved standings."""

target_merged = _events.signal("target-merged")
"""Sent with the session, `from_id` and `into_id`: all of the first target's work is the second's
now; the first is archived."""

target_split = _events.signal("target-split")
"""Sent with the session, `target_id` and `new_ids`: some of the target's pathways and checkpoints,
with their attempts, belong to these new targets now."""

link_written = _events.signal("link-written")
"""Sent with the session when an activity links to a page that somebody should read once."""
