"""How choice levels and the states of a proposal are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words
from lti_app.learning.models import ChoiceLevel, ProposalState

SHORT: dict[ChoiceLevel, Words] = {
    ChoiceLevel.GUIDED: _l("Guided"),
    ChoiceLevel.SHARED: _l("Shared"),
    ChoiceLevel.OPEN: _l("Open"),
}

FOR_TEACHERS: dict[ProposalState, Words] = {
    ProposalState.SENT: _l("waits for you"),
    ProposalState.CHANGE_ASKED: _l("the student is changing it"),
    ProposalState.APPROVED: _l("approved"),
    ProposalState.WITHDRAWN: _l("taken back"),
}

FOR_STUDENTS: dict[ProposalState, Words] = {
    ProposalState.SENT: _l("Your teacher will read it."),
    ProposalState.CHANGE_ASKED: _l("Your teacher asks you to change something."),
    ProposalState.APPROVED: _l("Your teacher said yes!"),
    ProposalState.WITHDRAWN: _l("You took it back."),
}
