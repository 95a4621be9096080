"""What we ask of Google, feature by feature, and why: the one table that pages, doctor, listing
and guide go by.

A teacher is asked for a feature's scopes when they first use it, least first; what they then really
allowed may be less (boxes can be unticked) or more (a wider scope of before).
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from integrations.classroom import scopes
from lti_app.errors import Words


class Feature(enum.StrEnum):
    """Something that Pathways does with Google."""

    SIGN_IN = "sign_in"
    CONNECT = "connect"
    MIRROR = "mirror"
    GRADES = "grades"
    PUBLISH = "publish"
    ANNOUNCE = "announce"
    CALENDAR = "calendar"
    ADDON = "addon"
    ADDON_STUDENT = "addon_student"
    PUSH = "push"


@dataclass(frozen=True)
class Need:
    """What a feature needs, in words for the one who allows it."""

    title: Words
    missing: Words
    """One sentence for a page where it is not allowed yet."""
    reasons: Mapping[str, Words]
    """By scope, what it is for; ends the sentence "Pathways asks for this …"."""
    by_teacher: bool = True
    """False: not asked of a teacher (of a student, or of everybody who signs in)."""


NEEDS: dict[Feature, Need] = {
    Feature.SIGN_IN: Need(
        _l("Sign in"),
        _l("Pathways does not know your Google account yet."),
        {
            scopes.OPENID: _l("to know which Google account this is"),
            scopes.EMAIL: _l("to see that it is of your school; the address is not kept"),
        },
        by_teacher=False,
    ),
    Feature.CONNECT: Need(
        _l("Connect a course"),
        _l("To connect a course, Pathways must see your courses and who is in them."),
        {
            scopes.COURSES: _l("to list your courses"),
            scopes.ROSTERS: _l("to match the course's students with your class"),
            scopes.EMAILS: _l("to propose who is who; addresses are not kept"),
        },
    ),
    Feature.MIRROR: Need(
        _l("Bring in coursework"),
        _l("Your coursework can come in here once you allow Pathways to read it."),
        {
            scopes.TOPICS: _l("to turn topics into units"),
            scopes.MATERIALS: _l("to turn materials into activities"),
            scopes.COURSEWORK_READ: _l("to read coursework and grades"),
        },
    ),
    Feature.GRADES: Need(
        _l("Send grades"),
        _l("Grades can go back to Classroom once you allow Pathways to write them."),
        {scopes.COURSEWORK: _l("to send grades back")},
    ),
    Feature.PUBLISH: Need(
        _l("Publish coursework"),
        _l("Checkpoints can be given out in Classroom once you allow Pathways to make coursework."),
        {
            scopes.COURSEWORK: _l("to make and change coursework of its own, with rubrics"),
            scopes.TOPICS_WRITE: _l("to put that coursework under a topic of the course"),
        },
    ),
    Feature.ANNOUNCE: Need(
        _l("Announce sessions"),
        _l("Sessions can be told of in the course once you allow Pathways to announce them."),
        {scopes.ANNOUNCEMENTS: _l("to say in the course when sessions are")},
    ),
    Feature.CALENDAR: Need(
        _l("Sessions on my calendar"),
        _l("Sessions can stand on your Google calendar once you allow it."),
        {scopes.CALENDAR: _l("to put sessions on your calendar")},
    ),
    Feature.ADDON: Need(
        _l("Attachments in Classroom"),
        _l("Pathways can be attached to assignments once you allow it."),
        {
            scopes.ADDON_TEACHER: _l(
                "to put Pathways on an assignment, and to send the points of its attachments"
            )
        },
    ),
    Feature.ADDON_STUDENT: Need(
        _l("A student opens an attachment"),
        _l("Pathways can be opened from Classroom once you allow it."),
        {scopes.ADDON_STUDENT: _l("to open what the teacher attached as the right student")},
        by_teacher=False,
    ),
    Feature.PUSH: Need(
        _l("Changes at once"),
        _l("Changes in Classroom show here within minutes once you allow Google to tell us."),
        {scopes.PUSH: _l("to hear from Google that something changed")},
    ),
}

SIGN_IN_SCOPES = tuple(NEEDS[Feature.SIGN_IN].reasons)
NOT_DELEGABLE = frozenset({Feature.SIGN_IN, Feature.PUSH, Feature.ADDON_STUDENT})
"""What a service account can't stand in for: who somebody is, and push registrations
(https://developers.google.com/workspace/classroom/reference/rest/v1/registrations/create)."""
DELEGABLE = tuple(feature for feature in Feature if feature not in NOT_DELEGABLE)


def scopes_of(features: Iterable[str]) -> tuple[str, ...]:
    """The scopes that features need, each once, in the table's order.

    Raises `ValueError` for a name that is no feature's.
    """
    wanted = {Feature(one) for one in features}
    found = (scope for feature in Feature if feature in wanted for scope in NEEDS[feature].reasons)
    return tuple(dict.fromkeys(found))


def is_allowed(granted: Iterable[str], feature: str) -> bool:
    """Whether what was granted is enough for a feature. Raises `ValueError` for none."""
    found = tuple(granted)
    return all(scopes.holds(found, scope) for scope in scopes_of([feature]))
