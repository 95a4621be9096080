"""What a student's front page shows: where am I, what next, who can help me today."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.home.student_help import Help, help_for
from lti_app.home.student_targets import Row, UnitRows, by_unit, next_up, rows_of, steps
from lti_app.learning.models import Proposal, ProposalState, Target
from lti_app.learning.plan import needs
from lti_app.learning.voice import goals, notes, reflections
from lti_app.learning.voice.weeks import local_day, week_of
from lti_app.people.viewer import Viewer


@dataclass(frozen=True)
class StudentHome:
    """The student's front page."""

    units: list[UnitRows]
    here: UnitRows | None
    """The unit of what comes next; where all is met, the last one."""
    next_up: Row | None
    """The target to go on with: one begun and not met, else the first whose needs are met."""
    steps_done: int
    steps: int
    """Of the pathway picked for it; 0: none picked yet."""
    help: Help
    goals: goals.Current
    looked_back: bool
    """Whether the student has looked back on this week."""
    answers: int
    """Teachers' answers to the student's words that were not read yet."""
    sent_back: list[Proposal]
    """Ways the student proposed, to which a teacher said what should change."""


def student_home(session: Session, viewer: Viewer) -> StudentHome:
    """Put the page together, in a number of queries that does not grow with the class."""
    rows = rows_of(session, viewer)
    units = by_unit(rows)
    following = next_up(rows, needs.edges(session, viewer.team_id))
    steps_done, all_steps = steps(session, viewer.person_id, following)
    week = week_of(now(), viewer.timezone)
    return StudentHome(
        units=units,
        here=next((one for one in units if following in one.rows), units[-1] if units else None),
        next_up=following,
        steps_done=steps_done,
        steps=all_steps,
        help=help_for(session, viewer, local_day(now(), viewer.timezone)),
        goals=goals.current(session, viewer.person_id, viewer.section_id, week),
        looked_back=bool(
            reflections.standing(session, viewer.person_id, viewer.section_id, week=week)
        ),
        answers=notes.unread_answers(session, viewer.person_id, viewer.section_id),
        sent_back=_sent_back(session, viewer),
    )


def _sent_back(session: Session, viewer: Viewer) -> list[Proposal]:
    return list(
        session.scalars(
            select(Proposal)
            .join(Target, Proposal.target_id == Target.id)
            .where(
                Proposal.person_id == viewer.person_id,
                Proposal.section_id == viewer.section_id,
                Proposal.state == ProposalState.CHANGE_ASKED,
                Target.archived_at.is_(None),
            )
            .order_by(Proposal.id)
        )
    )
