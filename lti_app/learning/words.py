"""How levels, kinds and rules are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words
from lti_app.learning.models import ActivityKind, ChoiceLevel, Level, MasteryRule

LEVELS: dict[Level, Words] = {
    Level.NOT_STARTED: _l("Not started"),
    Level.WORKING: _l("Working on it"),
    Level.NEARLY: _l("Nearly there"),
    Level.MET: _l("Met"),
    Level.BEYOND: _l("Beyond"),
}

KINDS: dict[ActivityKind, Words] = {
    ActivityKind.VIDEO: _l("Video"),
    ActivityKind.PRACTICE: _l("Practice"),
    ActivityKind.MANIPULATIVE: _l("Hands-on"),
    ActivityKind.GAME: _l("Game"),
    ActivityKind.READING: _l("Reading"),
    ActivityKind.DISCUSSION: _l("Talk"),
    ActivityKind.PROJECT: _l("Project"),
    ActivityKind.TEACHER_TIME: _l("Time with a teacher"),
    ActivityKind.OTHER: _l("Something else"),
}

RULES: dict[MasteryRule, Words] = {
    MasteryRule.DECAYING_AVERAGE: _l("Decaying average: newer attempts count more"),
    MasteryRule.LATEST: _l("The newest attempt counts"),
    MasteryRule.HIGHEST: _l("The best attempt counts"),
    MasteryRule.AVERAGE: _l("All attempts count alike"),
    MasteryRule.N_TIMES: _l("It must be met several times"),
}

RULES_FOR_STUDENTS: dict[MasteryRule, Words] = {
    MasteryRule.DECAYING_AVERAGE: _l("Your newest try counts most."),
    MasteryRule.LATEST: _l("Your newest try counts."),
    MasteryRule.HIGHEST: _l("Your best try counts."),
    MasteryRule.AVERAGE: _l("All your tries count the same."),
    MasteryRule.N_TIMES: _l("Show it more than once, then it is met."),
}

CHOICE_LEVELS: dict[ChoiceLevel, Words] = {
    ChoiceLevel.GUIDED: _l("Guided: the teacher picks the way"),
    ChoiceLevel.SHARED: _l("Shared: choose among the ways on offer"),
    ChoiceLevel.OPEN: _l("Open: choose any way, or propose one"),
}

MIRRORED: Words = _l("from Google Classroom")
