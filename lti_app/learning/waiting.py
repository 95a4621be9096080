"""The marking queue: attempts that nobody has scored, over all sections of a team."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, lazyload

from lti_app.learning.models import Attempt, Checkpoint, Score, Target
from lti_app.people.models import Enrolment, Person, Role, Section

Rows = Select[*tuple[Any, ...]]
MOST_ROWS = 100
"""Shown at once; the oldest."""


@dataclass(frozen=True)
class ToScore:
    """One row of the marking queue."""

    attempt: Attempt
    checkpoint: Checkpoint
    target: Target
    student: Person
    section: Section


@dataclass(frozen=True)
class Filters:
    """Which part of a team's queue is looked at; None: all."""

    section_id: int | None = None
    target_id: int | None = None
    checkpoint_id: int | None = None

    @property
    def as_query(self) -> dict[str, Any]:
        """For the addresses of pages that go on with the same part."""
        values = {
            "section": self.section_id,
            "target": self.target_id,
            "checkpoint": self.checkpoint_id,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Pile:
    """Attempts of one checkpoint and section that wait."""

    checkpoint_id: int
    checkpoint: str
    target_id: int
    target: str
    section_id: int
    section: str
    count: int


@dataclass(frozen=True)
class Neighbours:
    """Ids of attempts that wait before and after one, in the queue's order."""

    before: int | None
    after: int | None


def waiting_for_score(session: Session, section_id: int, limit: int = MOST_ROWS) -> list[ToScore]:
    """Attempts of the section's present students that nobody has scored, oldest first."""
    return _rows(session, _rows_of(Attempt.section_id == section_id), limit)


def waiting_in_team(
    session: Session, team_id: int, filters: Filters, limit: int = MOST_ROWS
) -> list[ToScore]:
    """The same over all sections of the team, as far as `filters` go."""
    return _rows(session, _rows_of(Section.team_id == team_id, *_where(filters)), limit)


def count_waiting(session: Session, section_id: int) -> int:
    """How many attempts of the section wait for a score."""
    return (
        session.scalar(_only_waiting(select(func.count()), Attempt.section_id == section_id)) or 0
    )


def piles(session: Session, team_id: int) -> list[Pile]:
    """What waits in the team, by checkpoint and section: what filters can be set to."""
    shown = (Checkpoint.id, Checkpoint.title, Target.id, Target.title, Section.id, Section.title)
    rows = session.execute(
        _only_waiting(select(*shown, func.count(Attempt.id)), Section.team_id == team_id)
        .group_by(*shown)
        .order_by(Target.title, Checkpoint.title, Section.title, Checkpoint.id, Section.id)
    )
    return [Pile(*row) for row in rows]


def neighbours(session: Session, team_id: int, filters: Filters, attempt: Attempt) -> Neighbours:
    """What stands before and after an attempt (scored or not) in the team's queue."""
    at, i = Attempt.submitted_at, Attempt.id
    later = or_(at > attempt.submitted_at, and_(at == attempt.submitted_at, i > attempt.id))
    sooner = or_(at < attempt.submitted_at, and_(at == attempt.submitted_at, i < attempt.id))
    part = (Section.team_id == team_id, *_where(filters))
    before = _only_waiting(select(i), sooner, *part).order_by(at.desc(), i.desc()).limit(1)
    after = _only_waiting(select(i), later, *part).order_by(at, i).limit(1)
    return Neighbours(session.scalar(before), session.scalar(after))


def _rows_of(*where: Any) -> Rows:
    return _only_waiting(select(Attempt, Checkpoint, Target, Person, Section), *where)


def _only_waiting(statement: Rows, *where: Any) -> Rows:
    return (
        statement.select_from(Attempt)
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .join(Target, Checkpoint.target_id == Target.id)
        .join(Person, Attempt.person_id == Person.id)
        .join(Section, Attempt.section_id == Section.id)
        .join(
            Enrolment,
            (Enrolment.person_id == Person.id) & (Enrolment.section_id == Section.id),
        )
        .where(
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
            ~select(Score.id).where(Score.attempt_id == Attempt.id).exists(),
            *where,
        )
    )


def _where(filters: Filters) -> list[Any]:
    wanted = (
        (Attempt.section_id, filters.section_id),
        (Checkpoint.target_id, filters.target_id),
        (Attempt.checkpoint_id, filters.checkpoint_id),
    )
    return [column == value for column, value in wanted if value is not None]


def _rows(session: Session, statement: Rows, limit: int) -> list[ToScore]:
    rows = session.execute(
        statement.order_by(Attempt.submitted_at, Attempt.id)
        .limit(limit)
        .options(lazyload(Attempt.scores))
    )
    return [ToScore(*row) for row in rows]
