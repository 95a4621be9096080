"""A connection's findings in words: what is wrong, and what to do about it."""

from flask_babel import lazy_gettext as _l

from integrations.lti import gradebook, roster
from lti_app.errors import Words
from lti_app.sync import outbox
from lti_app.sync.checkup import Finding, State

STEPS: dict[str, Words] = {
    "address": _l("Our own address"),
    "platform": _l("The platform"),
    "keys": _l("The platform's keys"),
    "clock": _l("Clocks"),
    "token": _l("Permission"),
    "launches": _l("Launches"),
    "roster": _l("Class list"),
    "columns": _l("Gradebook columns"),
    "results": _l("Grades read back"),
    "outbox": _l("Grades on their way"),
}

STATES: dict[str, Words] = {
    State.OK: _l("Works"),
    State.WARNING: _l("Look at this"),
    State.FAILED: _l("Does not work"),
}

SERVICES: dict[str, Words] = {
    roster.SCOPE: _l("class list"),
    gradebook.LINE_ITEM: _l("gradebook columns"),
    gradebook.SCORE: _l("sending scores"),
    gradebook.RESULT_READ: _l("reading grades back"),
}

WORDS: dict[tuple[str, str], Words] = {
    ("address", "only_here"): _l(
        "Pathways is not reached over https: only browsers on this machine can open it. Set "
        "PATHWAYS_PUBLIC_URL to its https address."
    ),
    ("platform", "off"): _l("This platform is switched off: nobody comes in. Switch it on again."),
    ("keys", "unreachable"): _l(
        "The address of the platform's keys does not answer. Check the address above, and that our "
        "server may reach the internet. Launches work on with the keys we have."
    ),
    ("keys", "none"): _l(
        "There are no keys at the address of the platform's keys. Copy it from the LMS's page of "
        "this tool once more."
    ),
    ("clock", "ahead"): _l(
        "The platform's clock is ahead of ours. Set both by a time server; a minute off, and "
        "launches are refused."
    ),
    ("clock", "behind"): _l(
        "The platform's clock is behind ours. Set both by a time server; a minute off, and "
        "launches are refused."
    ),
    ("token", "unauthorized"): _l(
        "The platform gives us no access. In the LMS, check that the tool is switched on, that the "
        "client id above is its own, and that it reads our keys at the address below."
    ),
    ("token", "forbidden"): _l(
        "The LMS does not allow this service. Tick it on the LMS's page of this tool; Pathways "
        "works without it, with less."
    ),
    ("launches", "never"): _l(
        "Nobody has come in yet. Open Pathways from a course as its teacher."
    ),
    ("roster", "no_section"): _l(
        "Not tried: no course has told us of its class list yet. Open Pathways from a course, and "
        "check that the LMS shares names and roles."
    ),
    ("columns", "no_section"): _l(
        "Not tried: no course has told us of its gradebook yet. Open Pathways from a course, and "
        "check that the LMS lets the tool use the gradebook."
    ),
    ("roster", "course_gone"): _l(
        "The newest course is no longer there. Open Pathways from a course of today, then test "
        "again."
    ),
    ("columns", "course_gone"): _l(
        "The newest course is no longer there. Open Pathways from a course of today, then test "
        "again."
    ),
    ("results", "column_gone"): _l(
        "The newest column was deleted in the LMS. The next score makes it anew."
    ),
}

BY_CODE: dict[str, Words] = {
    "unauthorized": _l(
        "The platform does not accept our key. Check that it reads our keys at the address below."
    ),
    "forbidden": _l(
        "The LMS does not allow this. Tick the service on the LMS's page of this tool."
    ),
    "invalid": _l("The platform answered something else than the standard says. Ask its provider."),
    "garbled": _l("The platform answered with a page of words. It may be under maintenance."),
    "rate_limited": _l("The platform is busy. Test again in some minutes."),
    "timeout": _l("The platform did not answer in time. Test again in some minutes."),
}
NO_ANSWER = _l("The platform can't be reached, or fails. Test again later; ask its provider.")


def in_words(finding: Finding) -> Words:
    """What an administrator reads of one finding; empty where nothing is to be said."""
    if finding.state == State.OK:
        return ""
    if finding.step == "outbox":
        return outbox.in_words(finding.code)
    exact = WORDS.get((finding.step, finding.code))
    return exact if exact is not None else BY_CODE.get(finding.code, NO_ANSWER)


def about_in_words(finding: Finding) -> Words:
    """What a finding is about: a service, a course, a number."""
    if finding.step == "clock" and finding.about:
        return _l("%(seconds)s seconds", seconds=finding.about)
    if finding.step == "keys" and finding.state == State.OK:
        return ""
    return SERVICES.get(finding.about, finding.about)
