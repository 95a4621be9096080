"""Prompts, and how goals and pages are called where students speak; and what they may type."""

import enum

from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput, Words
from lti_app.learning.models import GoalState


class Prompt(enum.StrEnum):
    """A question to look back with."""

    HELPED = "helped"
    HARD = "hard"
    NEXT = "next"
    PROUD = "proud"
    CHANGE = "change"


AFTER_CHECKPOINT: dict[Prompt, Words] = {
    Prompt.HELPED: _l("What helped you?"),
    Prompt.HARD: _l("What was hard?"),
    Prompt.NEXT: _l("What will you do next?"),
}

OF_THE_WEEK: dict[Prompt, Words] = {
    Prompt.PROUD: _l("What am I proud of this week?"),
    Prompt.CHANGE: _l("What do I want to change next week?"),
}

PROMPTS: dict[Prompt, Words] = AFTER_CHECKPOINT | OF_THE_WEEK

GOAL_STATES: dict[GoalState, Words] = {
    GoalState.OPEN: _l("still open"),
    GoalState.KEPT: _l("reached"),
    GoalState.NOT_KEPT: _l("not yet"),
}

SAID_ON: dict[str, Words] = {
    "home.front": _l("said on the front page"),
    "learning.target": _l("said on a target's page"),
    "learning.checkpoint": _l("said on a checkpoint's page"),
    "plan_map.student": _l("said on the map"),
    "voice.goals_page": _l("said on the goals page"),
    "voice.reflections_page": _l("said while looking back"),
    "voice.progress_page": _l("said on the progress page"),
}
"""Pages a student speaks from, by endpoint; of others nothing is said."""


def cleaned(typed: str, longest: int) -> str:
    """What was typed, without the blanks around it. Raises `BadInput` where it is over-long."""
    # Browsers send line ends as two characters; PostgreSQL takes no NUL.
    text = typed.replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise BadInput(
            _l("That is a lot to read."),
            _l("Say it in under %(n)s letters, please.", n=longest),
        )
    return text
