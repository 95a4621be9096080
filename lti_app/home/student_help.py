"""Who can help me today: invitations, sessions open to all, and the team's teachers."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from lti_app.coaching import sessions
from lti_app.coaching.models import CoachingSession, Invitation, InvitationState
from lti_app.learning.voice.weeks import local_day
from lti_app.people import teams
from lti_app.people.models import TeamRole
from lti_app.people.viewer import Viewer

SHOWN_SESSIONS = 2
"""So many stand on the first screen, invitations first; the others are one press away."""


@dataclass(frozen=True)
class Invited:
    """An invitation, with its session."""

    invitation: Invitation
    coaching: CoachingSession


@dataclass(frozen=True)
class Help:
    """Who can help."""

    invited: list[Invited] = field(default_factory=list)
    """Open or accepted invitations."""
    open_to_all: list[CoachingSession] = field(default_factory=list)
    """Everyone may join these."""
    joined: frozenset[int] = frozenset()
    """Ids of sessions the student comes to without an invitation."""
    teachers: list[str] = field(default_factory=list)
    """Names of the team's teachers, where there is no session today."""

    @property
    def first(self) -> list[CoachingSession]:
        """The sessions that stand on the first screen."""
        return self.open_to_all[: max(0, SHOWN_SESSIONS - len(self.invited))]

    @property
    def more(self) -> list[CoachingSession]:
        """The others."""
        return self.open_to_all[len(self.first) :]


def help_for(session: Session, viewer: Viewer, today: date) -> Help:
    """Who can help the student, as of `today` where the school is."""
    invited: list[Invited] = []
    open_to_all: list[CoachingSession] = []
    joined: set[int] = set()
    upcoming = sessions.upcoming(session, viewer.team_id)
    for coaching in upcoming:
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
    is_today = [local_day(one.starts_at, viewer.timezone) == today for one in upcoming]
    return Help(
        invited, open_to_all, frozenset(joined), [] if any(is_today) else _teachers(session, viewer)
    )


def _teachers(session: Session, viewer: Viewer) -> list[str]:
    return [
        member.person.name
        for member in teams.members(session, viewer.team_id)
        if member.role != TeamRole.ASSISTANT
    ]
