"""What happens among people that upper rooms answer to, in the same transaction."""

from blinker import Namespace

_events = Namespace()

team_joined = _events.signal("team-joined")
"""Sent with the session, `from_team_id` and `into_team_id` when a team became part of another:
whatever belongs to the first belongs to the second from now on."""

section_copied = _events.signal("section-copied")
"""Sent with the session, `from_section_id` and `into_section_id` when the LMS says that a course
we have not seen before is a copy of one we know."""

left_section = _events.signal("left-section")
"""Sent with the session, `section_id` and `person_ids` when people are no longer in a section."""
