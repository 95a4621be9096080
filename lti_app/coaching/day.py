"""The day: what is on now and next, for the class, for a student, for a teacher."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from lti_app.coaching import sessions
from lti_app.coaching.changes import day_span
from lti_app.coaching.models import CoachingSession, Invitation, InvitationState
from lti_app.coaching.sessions import LIVE
from lti_app.db import now


@dataclass(frozen=True)
class Item:
    """A session of the day, as one person sees it."""

    coaching: CoachingSession
    invitation: Invitation | None = None
    joined: bool = False
    """Comes by choice."""

    @property
    def is_over(self) -> bool:
        """Its time has passed."""
        return self.coaching.ends_at <= now()

    @property
    def is_on(self) -> bool:
        """It takes place right now."""
        return self.coaching.starts_at <= now() < self.coaching.ends_at

    @property
    def is_called_off(self) -> bool:
        """It does not take place."""
        return self.coaching.cancelled_at is not None

    @property
    def is_mine(self) -> bool:
        """The student is expected or has said that they come, or was there."""
        state = self.invitation.state if self.invitation else None
        return self.joined or state in (*LIVE, InvitationState.ATTENDED)


@dataclass(frozen=True)
class Day:
    """A day's sessions."""

    on: date
    items: list[Item]

    @property
    def live(self) -> list[Item]:
        """Those that take place."""
        return [item for item in self.items if not item.is_called_off]

    @property
    def now(self) -> list[Item]:
        """Those that are on."""
        return [item for item in self.live if item.is_on]

    @property
    def next(self) -> list[Item]:
        """Those that begin next, all at the same time."""
        coming = [item for item in self.live if item.coaching.starts_at > now()]
        first = min((item.coaching.starts_at for item in coming), default=None)
        return [item for item in coming if item.coaching.starts_at == first]

    @property
    def later(self) -> list[Item]:
        """Those after the next."""
        following = self.next
        return [
            item
            for item in self.live
            if following and item.coaching.starts_at > following[0].coaching.starts_at
        ]

    @property
    def mine(self) -> list[Item]:
        """The student's own, called off ones too."""
        return [item for item in self.items if item.is_mine]

    @property
    def others(self) -> list[Item]:
        """Open to the student, not over, and not their own."""
        return [item for item in self.live if not item.is_mine and not item.is_over]


def of_team(session: Session, team_id: int, on: date, timezone: str) -> Day:
    """The team's day, in a number of queries that does not grow with it."""
    begins, ends = day_span(on, timezone)
    return Day(on, [Item(one) for one in sessions.within(session, team_id, begins, ends)])


def of_student(session: Session, team_id: int, person_id: int, on: date, timezone: str) -> Day:
    """The team's day as a student sees it."""
    return Day(
        on,
        [
            Item(
                item.coaching,
                next(
                    (
                        one
                        for one in item.coaching.invitations
                        if one.person_id == person_id and one.state != InvitationState.WITHDRAWN
                    ),
                    None,
                ),
                any(one.person_id == person_id for one in item.coaching.walk_ins),
            )
            for item in of_team(session, team_id, on, timezone).items
        ],
    )


def of_teacher(session: Session, team_id: int, person_id: int, on: date, timezone: str) -> Day:
    """The sessions a teacher holds on a day."""
    found = of_team(session, team_id, on, timezone)
    return Day(on, [item for item in found.items if item.coaching.teacher_id == person_id])


def reminders(items: Collection[Item]) -> list[dict[str, object]]:
    """What a page needs to remind of sessions that are to come: id and moment (ms since 1970)."""
    return [
        {
            "id": item.coaching.id,
            "starts": int(item.coaching.starts_at.timestamp() * 1000),
            "sequence": item.coaching.sequence,
        }
        for item in items
        if not item.is_called_off and item.coaching.starts_at > now()
    ]
