"""Launches that must not enter: in words for the person, as a counter and a log line for us."""

import logging

from flask_babel import lazy_gettext as _l
from prometheus_client import Counter

from lti_app.errors import PathwaysError, Words

log = logging.getLogger(__name__)

refused_launches = Counter(
    "pathways_launch_refused_total", "Logins and launches that were refused", ["code"]
)

AGAIN = _l("Go back to your course and click Pathways once more.")
ASK_ADMIN = _l("Tell your teacher. The person who installed Pathways can set this right.")
LATER = _l("Wait a minute, then open Pathways from your course again.")
NEW_TAB = _l(
    "Go back to your course and click Pathways once more. If this stays, your browser blocks "
    "cookies: open Pathways in a new tab, or allow cookies for this site."
)

WORDS: dict[str, tuple[int, Words, Words]] = {
    "incomplete": (400, _l("Your school's site did not send all we need."), AGAIN),
    "bad_token": (400, _l("We can't tell who sent you here."), AGAIN),
    "unknown_platform": (400, _l("Pathways does not know this school's site yet."), ASK_ADMIN),
    "which_platform": (
        400,
        _l("Your school's site did not say which connection to Pathways it uses."),
        ASK_ADMIN,
    ),
    "unknown_deployment": (
        403,
        _l("Pathways is not set up for this part of your school's site."),
        ASK_ADMIN,
    ),
    "keys_unavailable": (503, _l("Your school's site does not answer us right now."), LATER),
    "unknown_key": (400, _l("We can't check your school's signature right now."), LATER),
    "expired": (400, _l("This link was good for a short time only."), AGAIN),
    "login_expired": (400, _l("Opening Pathways took too long."), AGAIN),
    "wrong_audience": (400, _l("This was meant for another tool."), AGAIN),
    "replayed": (400, _l("This link was used before."), AGAIN),
    "other_browser": (400, _l("We could not recognize your browser."), NEW_TAB),
    "wrong_address": (400, _l("Your school's site sent you to the wrong address."), ASK_ADMIN),
    "no_roles": (
        400,
        _l("Your school's site did not say if you are a student or a teacher."),
        ASK_ADMIN,
    ),
    "no_role": (
        403,
        _l("Pathways is for students and teachers of a class."),
        _l("Parents and observers can ask the teacher to show them the work."),
    ),
    "no_person": (
        400,
        _l("Your school's site did not say who you are."),
        _l("Sign in there first, then open Pathways from your course."),
    ),
    "no_course": (
        400,
        _l("Pathways opens from inside a class."),
        _l("Go to your class and click Pathways there."),
    ),
    "teachers_only": (
        403,
        _l("Only a teacher of the class can pick what a link opens."),
        _l("Ask a teacher of this class to make the link."),
    ),
    "unsupported_message": (
        400,
        _l("Pathways can't do this here yet."),
        _l("Open Pathways from your course's menu or from an assignment instead."),
    ),
}


class LaunchRefusal(PathwaysError):
    """A login or launch that must not enter; nothing was changed."""

    def __init__(self, code: str) -> None:
        self.status, message, advice = WORDS[code]
        super().__init__(message, advice, code=code)


def refuse(code: str) -> LaunchRefusal:
    """Count and log a refusal (its code only), and return the error to raise."""
    refused_launches.labels(code).inc()
    log.info("launch refused: %s", code)
    return LaunchRefusal(code)
