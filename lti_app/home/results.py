"""Which pathways lead to mastery: counts, and a claim only where there are enough."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning import rules
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Pathway,
    PathwayWalk,
    Score,
    Target,
    Unit,
)

ENOUGH = 10
"""Students whose first attempt is known, below which nothing is claimed of a pathway."""


@dataclass(frozen=True)
class Result:
    """A pathway and the students who went it."""

    target: str
    pathway: str
    chosen: int
    """Students who have ever begun it."""
    finished: int
    """Of those, who did all its steps."""
    tried: int
    """Of those, who were scored on a checkpoint of the target after they had begun it."""
    met_first_time: int
    """Of those tried, whose first such attempt alone reached the target's line for *met*."""

    @property
    def percent(self) -> int | None:
        """Share that met the target the first time (percent); None: too few to say."""
        return round(100 * self.met_first_time / self.tried) if self.tried >= ENOUGH else None


def of_team(
    session: Session, team_id: int, unit_id: int | None = None, target_id: int | None = None
) -> list[Result]:
    """The team's pathways that anybody has begun (of a unit, or to a target), in the order of the
    plan, in three queries.

    A student counts for a pathway by the first attempt that was handed in after they had begun
    it; who changed from one pathway to another counts for both. What a pathway *causes* this
    cannot tell: students pick pathways, they are not dealt out.
    """
    team = rules.of_team(session, team_id)
    query = (
        select(PathwayWalk, Pathway, Target)
        .join(Pathway, PathwayWalk.pathway_id == Pathway.id)
        .join(Target, Pathway.target_id == Target.id)
        .outerjoin(Unit, Target.unit_id == Unit.id)
        .where(
            Target.team_id == team_id,
            Target.archived_at.is_(None),
            Pathway.person_id.is_(None),
        )
        .order_by(
            Unit.position.nulls_last(),
            Unit.id,
            Target.position,
            Target.id,
            Pathway.position,
            Pathway.id,
        )
    )
    if unit_id is not None:
        query = query.where(Target.unit_id == unit_id)
    if target_id is not None:
        query = query.where(Target.id == target_id)
    walks = session.execute(query).all()
    firsts = _scored(session, {target.id for _, _, target in walks})
    by_pathway: dict[int, list[tuple[PathwayWalk, Pathway, Target]]] = defaultdict(list)
    for walk, pathway, target in walks:
        by_pathway[pathway.id].append((walk, pathway, target))
    results = []
    for group in by_pathway.values():
        _, pathway, target = group[0]
        line = rules.of_target(target, team).thresholds.met
        reached = [
            percent
            for walk, _, _ in group
            if (percent := _first_after(firsts[walk.person_id, target.id], walk.begun_at))
            is not None
        ]
        results.append(
            Result(
                target=target.title,
                pathway=pathway.title,
                chosen=len(group),
                finished=sum(walk.finished_at is not None for walk, _, _ in group),
                tried=len(reached),
                met_first_time=sum(round(percent, 6) >= line for percent in reached),
            )
        )
    return results


def _scored(
    session: Session, target_ids: Iterable[int]
) -> dict[tuple[int, int], list[tuple[datetime, float]]]:
    """When each scored attempt was handed in and what it reached (percent), oldest first, by
    person and target."""
    rows = session.execute(
        select(
            Attempt.id,
            Attempt.person_id,
            Checkpoint.target_id,
            Attempt.submitted_at,
            100 * Score.points / Score.max_points,
        )
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(Checkpoint.target_id.in_(target_ids), Score.max_points > 0)
        .order_by(Attempt.submitted_at, Attempt.id, Score.id)
    )
    newest: dict[int, tuple[tuple[int, int], datetime, float]] = {}
    for attempt_id, person_id, target_id, at, percent in rows:
        newest[attempt_id] = ((person_id, target_id), at, percent)
    found: dict[tuple[int, int], list[tuple[datetime, float]]] = defaultdict(list)
    for key, at, percent in newest.values():
        found[key].append((at, percent))
    return found


def _first_after(scored: list[tuple[datetime, float]], begun_at: datetime) -> float | None:
    return next((percent for at, percent in scored if at >= begun_at), None)
