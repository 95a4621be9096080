"""How reasons, kinds of session and answers are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.coaching.models import GapReason, InvitationState, SessionKind
from lti_app.errors import Words

REASONS: dict[str, Words] = {
    GapReason.BELOW_THE_LINE: _l("checkpoint below the line"),
    GapReason.ASKED_FOR_HELP: _l("asked for help"),
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
    InvitationState.ATTENDED: _l("was there"),
    InvitationState.MISSED: _l("was not there"),
}
