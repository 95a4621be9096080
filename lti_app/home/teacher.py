"""What a teacher's front page shows: what waits for me today."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.coaching import sessions
from lti_app.coaching.models import CoachingSession
from lti_app.home import needs_me
from lti_app.home.needs_me import Kind, NeedsMe
from lti_app.learning import attempts, targets
from lti_app.learning.models import Level, Mastery, Target
from lti_app.people.models import Enrolment, Role
from lti_app.people.viewer import Viewer

HELP = frozenset({Kind.ASKED, Kind.STILL_OPEN, Kind.BELOW_THE_LINE})
"""Reasons that a coaching session answers."""


@dataclass(frozen=True)
class TargetRow:
    """How a section stands on a target."""

    target: Target
    counts: dict[Level, int]
    """Students by level; those not started are the rest."""


@dataclass(frozen=True)
class TeacherHome:
    """The teacher's front page."""

    students: int
    to_score: int
    sessions: list[CoachingSession]
    parked: int
    rows: list[TargetRow]
    needing: list[NeedsMe]
    """Who needs the teacher today, the most pressing first."""

    @property
    def waiting_for_help(self) -> int:
        """Students with a need whom nobody has invited yet."""
        return sum(any(reason.kind in HELP for reason in one.reasons) for one in self.needing)


def teacher_home(session: Session, viewer: Viewer) -> TeacherHome:
    """Put the page together, in a number of queries that does not grow with the class."""
    found = targets.of_team(session, viewer.team_id, viewer.section_id)
    counts = _counts(session, viewer.section_id)
    students = session.scalar(
        select(func.count(Enrolment.id)).where(
            Enrolment.section_id == viewer.section_id,
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
        )
    )
    needing = needs_me.today(session, viewer.team_id, viewer.section_id)
    return TeacherHome(
        students=students or 0,
        to_score=attempts.count_waiting(session, viewer.section_id),
        sessions=sessions.upcoming(session, viewer.team_id),
        parked=sum(reason.kind == Kind.PARKED for one in needing for reason in one.reasons),
        rows=[TargetRow(target, counts.get(target.id, {})) for target in found],
        needing=needing,
    )


def _counts(session: Session, section_id: int) -> dict[int, dict[Level, int]]:
    rows = session.execute(
        select(Mastery.target_id, Mastery.level, func.count())
        .join(Enrolment, Enrolment.person_id == Mastery.person_id)
        .where(Enrolment.section_id == section_id, Enrolment.active, Enrolment.role == Role.STUDENT)
        .group_by(Mastery.target_id, Mastery.level)
    )
    counts: dict[int, dict[Level, int]] = {}
    for target_id, level, number in rows:
        counts.setdefault(target_id, {})[Level(level)] = number
    return counts
