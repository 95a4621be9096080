"""Google's names of what one may be allowed to do, and which of them hold others within.

https://developers.google.com/identity/protocols/oauth2/scopes#classroom
"""

from collections.abc import Iterable

_ROOT = "https://www.googleapis.com/auth/"
_CLASSROOM = f"{_ROOT}classroom."

OPENID = "openid"
EMAIL = "email"
COURSES = f"{_CLASSROOM}courses.readonly"
ROSTERS = f"{_CLASSROOM}rosters.readonly"
EMAILS = f"{_CLASSROOM}profile.emails"
TOPICS = f"{_CLASSROOM}topics.readonly"
TOPICS_WRITE = f"{_CLASSROOM}topics"
"""What making a topic needs beyond `COURSEWORK`."""
MATERIALS = f"{_CLASSROOM}courseworkmaterials.readonly"
COURSEWORK_READ = f"{_CLASSROOM}coursework.students.readonly"
COURSEWORK = f"{_CLASSROOM}coursework.students"
ANNOUNCEMENTS = f"{_CLASSROOM}announcements"
CALENDAR = f"{_ROOT}calendar.events.owned"
ADDON_TEACHER = f"{_CLASSROOM}addons.teacher"
"""For everything that changes an attachment or its points; never asked of a student."""
ADDON_STUDENT = f"{_CLASSROOM}addons.student"
PUSH = f"{_CLASSROOM}push-notifications"

WIDER: dict[str, tuple[str, ...]] = {
    EMAIL: (f"{_ROOT}userinfo.email",),  # as Google itself names it in its answers
    CALENDAR: (f"{_ROOT}calendar.events", f"{_ROOT}calendar"),
}
"""By scope, others that hold it within, beside the rule that writing holds reading."""


def holds(granted: Iterable[str], scope: str) -> bool:
    """Whether what was granted allows a scope: itself, or a wider one with it inside."""
    found = set(granted)
    return not found.isdisjoint({scope, scope.removesuffix(".readonly"), *WIDER.get(scope, ())})
