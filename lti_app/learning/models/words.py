"""The classroom's words that a column can hold."""

import enum


class Source(enum.StrEnum):
    """Where a unit, target, pathway, activity or checkpoint came from."""

    WRITTEN = "written"
    MIRRORED = "mirrored"
    PROPOSED = "proposed"


class ActivityKind(enum.StrEnum):
    """What a student does in an activity."""

    VIDEO = "video"
    PRACTICE = "practice"
    MANIPULATIVE = "manipulative"
    GAME = "game"
    READING = "reading"
    DISCUSSION = "discussion"
    PROJECT = "project"
    TEACHER_TIME = "teacher_time"
    OTHER = "other"


class AnswerKind(enum.StrEnum):
    """What a checkpoint's item takes as an answer, and so how it marks itself."""

    NUMBER = "number"
    FRACTION = "fraction"
    ONE_CHOICE = "one_choice"
    SEVERAL_CHOICES = "several_choices"
    ORDER = "order"
    MATCH = "match"
    SHORT_TEXT = "short_text"


class MasteryRule(enum.StrEnum):
    """How a target's attempts become one standing; see `mastery.py`."""

    LATEST = "latest"
    HIGHEST = "highest"
    AVERAGE = "average"
    DECAYING_AVERAGE = "decaying_average"
    N_TIMES = "n_times"


class Level(enum.StrEnum):
    """A student's standing on a target, lowest first."""

    NOT_STARTED = "not_started"
    WORKING = "working"
    NEARLY = "nearly"
    MET = "met"
    BEYOND = "beyond"


class ChoiceLevel(enum.StrEnum):
    """How much a student chooses in a course, least first (practice.md)."""

    GUIDED = "guided"
    SHARED = "shared"
    OPEN = "open"


class ProposalState(enum.StrEnum):
    """Where a student's own pathway stands."""

    SENT = "sent"
    CHANGE_ASKED = "change_asked"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class GoalState(enum.StrEnum):
    """What became of a goal for the week."""

    OPEN = "open"
    KEPT = "kept"
    NOT_KEPT = "not_kept"


class ScoreSource(enum.StrEnum):
    """Who gave a score."""

    TEACHER = "teacher"
    MARKER = "marker"
    """The checkpoint's items marked themselves."""
    LMS = "lms"
    """Mirrored in."""
