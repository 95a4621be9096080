"""A page for a student's family: what was met, what is being worked on, who helps when."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import sessions
from lti_app.coaching.models import CoachingSession, Gap, GapState, InvitationState
from lti_app.db import now
from lti_app.learning.models import Level, Mastery, MasteryChange, Target
from lti_app.people.models import Person

WEEKS = timedelta(weeks=4)


@dataclass(frozen=True)
class Family:
    """What the page says. Nothing of other students, no points, no comparison."""

    person: Person
    met: list[Target]
    """Met in the last four weeks."""
    met_in_all: int
    working: list[Target]
    """Begun and not met."""
    helped_with: list[Target]
    """A teacher helps, or will."""
    been: list[CoachingSession]
    """Sessions the student was at in the last four weeks."""
    coming: list[CoachingSession]


def summary(session: Session, team_id: int, person: Person) -> Family:
    """Put it together, in a number of queries that does not grow."""
    standing = {
        target.id: (target, Level(level))
        for target, level in session.execute(
            select(Target, Mastery.level)
            .join(Mastery, Mastery.target_id == Target.id)
            .where(
                Mastery.person_id == person.id,
                Target.team_id == team_id,
                Target.archived_at.is_(None),
            )
            .order_by(Target.position, Target.id)
        )
    }
    lately = set(
        session.scalars(
            select(MasteryChange.target_id).where(
                MasteryChange.person_id == person.id,
                MasteryChange.level.in_((Level.MET, Level.BEYOND)),
                MasteryChange.at > now() - WEEKS,
            )
        )
    )
    met = [target for target, level in standing.values() if level in (Level.MET, Level.BEYOND)]
    near = sessions.within(session, team_id, now() - WEEKS, now() + WEEKS)
    return Family(
        person=person,
        met=[target for target in met if target.id in lately],
        met_in_all=len(met),
        working=[
            target for target, level in standing.values() if level in (Level.WORKING, Level.NEARLY)
        ],
        helped_with=list(
            session.scalars(
                select(Target)
                .join(Gap, Gap.target_id == Target.id)
                .where(Gap.person_id == person.id, Gap.state != GapState.CLOSED)
                .order_by(Target.position, Target.id)
            )
        ),
        been=[one for one in near if _was_at(one, person.id)],
        coming=[one for one in near if _comes_to(one, person.id)],
    )


def _was_at(coaching: CoachingSession, person_id: int) -> bool:
    return any(
        one.person_id == person_id and one.state == InvitationState.ATTENDED
        for one in coaching.invitations
    ) or any(one.person_id == person_id and one.here for one in coaching.walk_ins)


def _comes_to(coaching: CoachingSession, person_id: int) -> bool:
    if coaching.cancelled_at is not None or coaching.ends_at <= now():
        return False
    return any(
        one.person_id == person_id and one.state in sessions.LIVE for one in coaching.invitations
    ) or any(one.person_id == person_id for one in coaching.walk_ins)
