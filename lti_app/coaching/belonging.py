"""Coaching follows the roster and the teams: who leaves, and teams that become one."""

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_app.coaching import invitations
from lti_app.coaching.models import (
    Block,
    CoachingRules,
    CoachingSession,
    Plan,
    PlannedSession,
)
from lti_app.db import now
from lti_app.people.events import left_section, team_joined
from lti_app.people.models import Enrolment, Role, Section


@team_joined.connect
def bring_along(session: Session, from_team_id: int, into_team_id: int) -> None:
    """A team's sessions, timetable and plans go along when it becomes part of another, whose rules
    hold from now on."""
    for model in (CoachingSession, Block):
        session.execute(
            update(model).where(model.team_id == from_team_id).values(team_id=into_team_id)
        )
    there = dict(
        session.execute(select(Plan.day, Plan.id).where(Plan.team_id == into_team_id)).all()
    )
    for plan_id, day in session.execute(
        select(Plan.id, Plan.day).where(Plan.team_id == from_team_id)
    ).all():
        if day in there:
            session.execute(
                update(PlannedSession)
                .where(PlannedSession.plan_id == plan_id)
                .values(plan_id=there[day])
            )
            session.execute(delete(Plan).where(Plan.id == plan_id))
        else:
            session.execute(update(Plan).where(Plan.id == plan_id).values(team_id=into_team_id))
    session.execute(delete(CoachingRules).where(CoachingRules.team_id == from_team_id))


@left_section.connect
def let_go(session: Session, section_id: int, person_ids: Collection[int]) -> None:
    """Who left the section, and is in no other of the team, is no longer expected anywhere.

    Their gaps and what they did are kept; nobody is invited for them while they are away.
    """
    team_id = session.scalars(select(Section.team_id).where(Section.id == section_id)).one()
    still = (
        select(Enrolment.person_id)
        .join(Section)
        .where(Section.team_id == team_id, Enrolment.active, Enrolment.role == Role.STUDENT)
    )
    gone = set(person_ids) - set(session.scalars(still.where(Enrolment.person_id.in_(person_ids))))
    coming = session.scalars(
        select(CoachingSession.id).where(
            CoachingSession.team_id == team_id,
            CoachingSession.ends_at > now(),
            CoachingSession.cancelled_at.is_(None),
        )
    ).all()
    if gone and coming:
        invitations.withdraw(session, gone, coming)
