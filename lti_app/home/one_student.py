"""One student, for a teacher who sits down with them: all that was done, said and planned."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.models import CoachingSession, Gap, GapState, Invitation
from lti_app.db import now
from lti_app.learning import rules
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    ChoiceLevel,
    ChoiceSetting,
    Goal,
    Level,
    Mastery,
    Pathway,
    PathwayChoice,
    Target,
    Unit,
)
from lti_app.learning.voice import goals, reflections
from lti_app.learning.voice.reflections import LookBack
from lti_app.people import roster
from lti_app.people.models import Enrolment, Person, Section

ATTEMPTS_SHOWN = 30
SAID_SINCE = timedelta(weeks=6)


@dataclass(frozen=True)
class Row:
    """A target and where the student is with it."""

    target: Target
    level: Level
    pathway: str
    """Title of the way picked; empty: none."""


@dataclass(frozen=True)
class OneStudent:
    """Everything for a conference."""

    person: Person
    sections: list[tuple[Section, ChoiceLevel]]
    """Of the team's, with how much the student chooses there."""
    rows: list[Row]
    attempts: list[Attempt]
    goals: list[Goal]
    looks: list[LookBack]
    gaps: list[Gap]
    invitations: list[Invitation]


def read(session: Session, team_id: int, person_id: int) -> OneStudent:
    """Put the page together in a number of queries that grows only with the student's sections.

    What the student did and said in another team's sections is not shown. Raises `NotHere`.
    """
    person = roster.student_of_team(session, team_id, person_id)
    sections = _sections(session, team_id, person_id)
    since = now() - SAID_SINCE
    return OneStudent(
        person=person,
        sections=sections,
        rows=_rows(session, team_id, person_id),
        attempts=_attempts(session, team_id, person_id),
        goals=[
            goal
            for section, _ in sections
            for goal in goals.of_student(session, person_id, section.id, SAID_SINCE.days // 7)
        ],
        looks=[
            look
            for section, _ in sections
            for look in reflections.of_student(session, person_id, section.id, since)
        ],
        gaps=_gaps(session, team_id, person_id),
        invitations=_invitations(session, team_id, person_id),
    )


def _sections(session: Session, team_id: int, person_id: int) -> list[tuple[Section, ChoiceLevel]]:
    default = rules.of_team(session, team_id).choice_level
    rows = session.execute(
        select(Section, ChoiceSetting.level)
        .join(Enrolment, Enrolment.section_id == Section.id)
        .outerjoin(
            ChoiceSetting,
            (ChoiceSetting.section_id == Section.id) & (ChoiceSetting.person_id == person_id),
        )
        .where(Enrolment.person_id == person_id, Enrolment.active, Section.team_id == team_id)
        .order_by(Section.title, Section.id)
    )
    return [(section, ChoiceLevel(level or default)) for section, level in rows]


def _rows(session: Session, team_id: int, person_id: int) -> list[Row]:
    found = session.execute(
        select(Target, Mastery.level, Pathway.title)
        .outerjoin(Unit, Target.unit_id == Unit.id)
        .outerjoin(Mastery, (Mastery.target_id == Target.id) & (Mastery.person_id == person_id))
        .outerjoin(
            PathwayChoice,
            (PathwayChoice.target_id == Target.id) & (PathwayChoice.person_id == person_id),
        )
        .outerjoin(Pathway, PathwayChoice.pathway_id == Pathway.id)
        .where(Target.team_id == team_id, Target.archived_at.is_(None))
        .order_by(Unit.position.nulls_last(), Unit.id, Target.position, Target.id)
        .options(selectinload(Target.unit))
    )
    return [
        Row(target, Level(level) if level else Level.NOT_STARTED, title or "")
        for target, level, title in found
    ]


def _attempts(session: Session, team_id: int, person_id: int) -> list[Attempt]:
    return list(
        session.scalars(
            select(Attempt)
            .join(Section, Attempt.section_id == Section.id)
            .where(Attempt.person_id == person_id, Section.team_id == team_id)
            .order_by(Attempt.submitted_at.desc(), Attempt.id.desc())
            .limit(ATTEMPTS_SHOWN)
            .options(selectinload(Attempt.checkpoint).selectinload(Checkpoint.target))
        )
    )


def _gaps(session: Session, team_id: int, person_id: int) -> list[Gap]:
    """Needs that are not closed, the oldest first."""
    return list(
        session.scalars(
            select(Gap)
            .join(Section, Gap.section_id == Section.id)
            .where(
                Gap.person_id == person_id,
                Gap.state != GapState.CLOSED,
                Section.team_id == team_id,
            )
            .order_by(Gap.opened_at, Gap.id)
            .options(selectinload(Gap.target))
        )
    )


def _invitations(session: Session, team_id: int, person_id: int) -> list[Invitation]:
    return list(
        session.scalars(
            select(Invitation)
            .join(CoachingSession)
            .where(
                Invitation.person_id == person_id,
                CoachingSession.team_id == team_id,
                CoachingSession.ends_at >= now() - SAID_SINCE,
            )
            .order_by(CoachingSession.starts_at.desc())
            .options(
                selectinload(Invitation.coaching_session).selectinload(CoachingSession.teacher)
            )
        )
    )
