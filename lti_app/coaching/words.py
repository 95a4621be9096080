"""How reasons, kinds of session and answers are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.coaching.models import (
    CancelReason,
    GapReason,
    InvitationState,
    Outcome,
    SessionKind,
)
from lti_app.coaching.planner.problem import LeftOut
from lti_app.errors import Words

REASONS: dict[str, Words] = {
    GapReason.BELOW_THE_LINE: _l("checkpoint below the line"),
    GapReason.NEEDS_FIRST: _l("comes first for a target they work on"),
    GapReason.STUCK: _l("no movement for some school days"),
    GapReason.ASKED_FOR_HELP: _l("asked for help"),
    GapReason.FLAGGED: _l("flagged by a teacher"),
}

KINDS: dict[str, Words] = {
    SessionKind.ONE_TO_ONE: _l("One-to-one"),
    SessionKind.SMALL_GROUP: _l("Small group"),
    SessionKind.SEMINAR: _l("Seminar"),
}

ANSWERS: dict[str, Words] = {
    InvitationState.INVITED: _l("no answer yet"),
    InvitationState.ACCEPTED: _l("comes"),
    InvitationState.OTHER_TIME: _l("asks for another time"),
    InvitationState.DECLINED: _l("does not come"),
    InvitationState.WITHDRAWN: _l("taken back"),
    InvitationState.ATTENDED: _l("was there"),
    InvitationState.MISSED: _l("was not there"),
}

LEFT_OUT: dict[str, Words] = {
    LeftOut.NO_TIME: _l("has no free personalization time this day"),
    LeftOut.NO_TEACHER: _l("no teacher is free when they are"),
    LeftOut.ENOUGH_TODAY: _l("has enough sessions this day"),
    LeftOut.TRIED: _l("was helped this way before; needs another teacher or kind of session"),
    LeftOut.MORE_PRESSING: _l("more pressing needs took the places"),
}

OUTCOMES: dict[str, Words] = {
    Outcome.CLOSED: _l("closed"),
    Outcome.KEPT: _l("open"),
    Outcome.RAISED: _l("still there, more urgent"),
}

CANCELLED: dict[str, Words] = {
    CancelReason.BLOCK: _l("the block falls away"),
    CancelReason.TEACHER_AWAY: _l("the teacher is not there"),
    CancelReason.OTHER: _l("called off by the teacher"),
}

KIND: dict[str, Words] = {
    GapReason.BELOW_THE_LINE: _l("You tried this. Together you will get further."),
    GapReason.NEEDS_FIRST: _l("It helps you with what you work on now."),
    GapReason.STUCK: _l("A new idea can get you going again."),
    GapReason.ASKED_FOR_HELP: _l("You asked for help with this. Good that you did!"),
    GapReason.FLAGGED: _l("Your teacher thinks that this helps you."),
}
"""Why a student is invited, said to the student."""
