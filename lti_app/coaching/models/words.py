"""The words of coaching, as columns keep them."""

import enum


class GapReason(enum.StrEnum):
    """Why a student needs help now."""

    BELOW_THE_LINE = "below_the_line"
    NEEDS_FIRST = "needs_first"
    """Works on a target that needs this one first, and has not met this one."""
    STUCK = "stuck"
    """Began the target, has not met it, and has not moved on it for some school days."""
    ASKED_FOR_HELP = "asked_for_help"
    FLAGGED = "flagged"
    """A teacher said so."""


class GapState(enum.StrEnum):
    """Life of a gap; attending alone does not close it."""

    OPEN = "open"
    INVITED = "invited"
    ATTENDED = "attended"
    CLOSED = "closed"


class Outcome(enum.StrEnum):
    """What became of a gap after a coaching session on it."""

    CLOSED = "closed"
    KEPT = "kept"
    """Nothing says yet that it is met, and nothing that it is not."""
    RAISED = "raised"
    """Still there: it is more urgent now."""


class SessionKind(enum.StrEnum):
    """Kind of a coaching session."""

    ONE_TO_ONE = "one_to_one"
    SMALL_GROUP = "small_group"
    SEMINAR = "seminar"


class InvitationState(enum.StrEnum):
    """A student's answer to an invitation, and what came of it."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    OTHER_TIME = "other_time"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """Taken back: the teacher took the student out, or the student left the section."""
    ATTENDED = "attended"
    MISSED = "missed"


class CancelReason(enum.StrEnum):
    """Why a coaching session does not take place."""

    BLOCK = "block"
    """The whole block falls away (fire drill, assembly)."""
    TEACHER_AWAY = "teacher_away"
    OTHER = "other"


class NoticeKind(enum.StrEnum):
    """What a person must be told about a coaching session they count on."""

    CANCELLED = "cancelled"
    MOVED = "moved"
    """To another time or room."""
    OTHER_TEACHER = "other_teacher"


class PlanState(enum.StrEnum):
    """Life of a team's plan for a day."""

    WANTED = "wanted"
    """A worker is to plan it."""
    READY = "ready"
    """Proposed sessions may be looked at, changed, published."""
    PUBLISHED = "published"
