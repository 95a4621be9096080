"""One target, for a teacher: who stands where, on which way, and how its checkpoints went."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.home import grid
from lti_app.home.grid import Filters, Student
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    Pathway,
    PathwayChoice,
    Score,
    Target,
)


@dataclass(frozen=True)
class Standing:
    """A student on the target."""

    student: Student
    pathway: str
    """Title of the way picked; empty: none."""


@dataclass(frozen=True)
class CheckpointResult:
    """How a checkpoint went."""

    title: str
    attempts: int
    students: int
    waiting: int
    """Attempts nobody has scored."""


@dataclass(frozen=True)
class OneTarget:
    """A target with its students."""

    target: Target
    by_level: dict[Level, list[Standing]]
    """The highest level first; each level is there, also where nobody stands on it."""
    checkpoints: list[CheckpointResult]


def read(session: Session, target: Target, section_id: int | None) -> OneTarget:
    """The target with the students of a section (None: of the whole team), in three queries."""
    people = grid.students(session, target.team_id, Filters(section_id=section_id))
    ids = [student.id for student in people]
    level_of = dict(
        session.execute(
            select(Mastery.person_id, Mastery.level).where(
                Mastery.target_id == target.id, Mastery.person_id.in_(ids)
            )
        ).all()
    )
    way_of = dict(
        session.execute(
            select(PathwayChoice.person_id, Pathway.title)
            .join(Pathway, PathwayChoice.pathway_id == Pathway.id)
            .where(PathwayChoice.target_id == target.id, PathwayChoice.person_id.in_(ids))
        ).all()
    )
    by_level: dict[Level, list[Standing]] = {level: [] for level in reversed(Level)}
    for student in people:
        level = Level(level_of.get(student.id, Level.NOT_STARTED))
        by_level[level].append(Standing(student, way_of.get(student.id, "")))
    return OneTarget(target, by_level, _checkpoints(session, target.id, ids))


def _checkpoints(session: Session, target_id: int, ids: list[int]) -> list[CheckpointResult]:
    scored = select(Score.attempt_id).distinct().subquery()
    rows = session.execute(
        select(
            Checkpoint.title,
            func.count(Attempt.id),
            func.count(Attempt.person_id.distinct()),
            func.count(Attempt.id) - func.count(scored.c.attempt_id),
        )
        .outerjoin(Attempt, (Attempt.checkpoint_id == Checkpoint.id) & Attempt.person_id.in_(ids))
        .outerjoin(scored, scored.c.attempt_id == Attempt.id)
        .where(Checkpoint.target_id == target_id, Checkpoint.hidden.is_(False))
        .group_by(Checkpoint.id, Checkpoint.title, Checkpoint.position)
        .order_by(Checkpoint.position, Checkpoint.id)
    )
    return [CheckpointResult(*row) for row in rows]
