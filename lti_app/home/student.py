"""What a student's front page shows: where am I, what next, who can help me today."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_app.coaching import gaps, invitations
from lti_app.coaching.models import CoachingSession, Gap, Invitation, InvitationState
from lti_app.learning import attempts, pathways, targets
from lti_app.learning.models import Level, Target
from lti_app.people.viewer import Viewer


@dataclass(frozen=True)
class Row:
    """One target on the student's page."""

    target: Target
    level: Level
    needs_help: bool
    steps_done: int
    steps: int
    """Of the pathway picked; 0: none picked yet."""


@dataclass(frozen=True)
class Invited:
    """An invitation, with its session."""

    invitation: Invitation
    coaching: CoachingSession


@dataclass(frozen=True)
class StudentHome:
    """The student's front page."""

    rows: list[Row]
    next_up: Row | None
    """The target to go on with: one begun and not met, else the first not met."""
    invited: list[Invited]
    """Open or accepted invitations."""
    open_to_all: list[CoachingSession]
    """Everyone may join these."""
    joined: frozenset[int]
    """Ids of sessions the student comes to without an invitation."""

    @property
    def met(self) -> int:
        """How many targets are met."""
        return sum(row.level in (Level.MET, Level.BEYOND) for row in self.rows)


def student_home(session: Session, viewer: Viewer) -> StudentHome:
    """Put the page together, in a number of queries that does not grow with the class."""
    found = targets.of_team(session, viewer.team_id, viewer.section_id)
    levels = attempts.standings(session, [viewer.person_id], [target.id for target in found])
    progress = pathways.progress(session, viewer.person_id)
    needs = gaps.of_student(session, viewer.person_id)
    rows = [
        _row(target, levels.get((viewer.person_id, target.id), Level.NOT_STARTED), progress, needs)
        for target in found
        if targets.visible_pathways(target) or targets.visible_checkpoints(target)
    ]
    invited, open_to_all, joined = _sessions(session, viewer)
    return StudentHome(rows, _next_up(rows), invited, open_to_all, joined)


def _row(target: Target, level: Level, progress: pathways.Progress, needs: dict[int, Gap]) -> Row:
    chosen = progress.pathway_of.get(target.id)
    steps = [
        activity.id
        for pathway in target.pathways
        if pathway.id == chosen
        for activity in pathway.activities
        if not activity.hidden
    ]
    return Row(
        target=target,
        level=level,
        needs_help=target.id in needs,
        steps_done=sum(step in progress.done for step in steps),
        steps=len(steps),
    )


def _next_up(rows: list[Row]) -> Row | None:
    unmet = [row for row in rows if row.level not in (Level.MET, Level.BEYOND)]
    begun = [row for row in unmet if row.level != Level.NOT_STARTED]
    return next(iter(begun or unmet), None)


def _sessions(
    session: Session, viewer: Viewer
) -> tuple[list[Invited], list[CoachingSession], frozenset[int]]:
    invited: list[Invited] = []
    open_to_all: list[CoachingSession] = []
    joined: set[int] = set()
    for coaching in invitations.upcoming(session, viewer.team_id):
        mine = next((i for i in coaching.invitations if i.person_id == viewer.person_id), None)
        if mine is not None and mine.state in (
            InvitationState.INVITED,
            InvitationState.ACCEPTED,
            InvitationState.OTHER_TIME,
        ):
            invited.append(Invited(mine, coaching))
            continue
        open_to_all.append(coaching)
        if any(walk_in.person_id == viewer.person_id for walk_in in coaching.walk_ins):
            joined.add(coaching.id)
    return invited, open_to_all, frozenset(joined)
