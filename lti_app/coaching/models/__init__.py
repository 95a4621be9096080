"""Gaps, coaching sessions, invitations, timetable, plans."""

from lti_app.coaching.models.gaps import CoachingRules, Gap, GapHelp, Movement
from lti_app.coaching.models.plans import Plan, PlannedSession, planned_gaps
from lti_app.coaching.models.sessions import (
    Booking,
    CoachingSession,
    Invitation,
    Notice,
    WalkIn,
    coaching_session_targets,
    invitation_gaps,
)
from lti_app.coaching.models.timetable import (
    Block,
    BlockOff,
    BlockTeacher,
    CalendarEvent,
    CalendarFeed,
    TeacherAway,
    block_sections,
)
from lti_app.coaching.models.words import (
    CancelReason,
    GapReason,
    GapState,
    InvitationState,
    NoticeKind,
    Outcome,
    PlanState,
    SessionKind,
)

__all__ = [
    "Block",
    "BlockOff",
    "BlockTeacher",
    "Booking",
    "CalendarEvent",
    "CalendarFeed",
    "CancelReason",
    "CoachingRules",
    "CoachingSession",
    "Gap",
    "GapHelp",
    "GapReason",
    "GapState",
    "Invitation",
    "InvitationState",
    "Movement",
    "Notice",
    "NoticeKind",
    "Outcome",
    "Plan",
    "PlanState",
    "PlannedSession",
    "SessionKind",
    "TeacherAway",
    "WalkIn",
    "block_sections",
    "coaching_session_targets",
    "invitation_gaps",
    "planned_gaps",
]
