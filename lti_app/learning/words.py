"""How levels, kinds and rules are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words
from lti_app.learning.models import ActivityKind, Level, MasteryRule

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
    MasteryRule.DECAYING_AVERAGE: _l("The newest attempt counts most (65 %)"),
    MasteryRule.LATEST: _l("The newest attempt counts"),
    MasteryRule.HIGHEST: _l("The best attempt counts"),
    MasteryRule.AVERAGE: _l("All attempts count alike"),
    MasteryRule.N_TIMES: _l("Met twice"),
}

MIRRORED: Words = _l("from Google Classroom")
