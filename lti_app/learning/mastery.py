"""Mastery: a student's standing on a target, worked out from attempts by the target's rule."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.learning.models import (
    Activity,
    ActivityDone,
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    MasteryRule,
    Pathway,
    PathwayChoice,
    Target,
)

NEWEST_WEIGHT = 0.65
"""Share of the newest attempt in a decaying average (practice.md; Canvas's default)."""

TIMES_TO_MEET = 2
"""How often a target must be met under the rule `n times`."""


@dataclass(frozen=True)
class Thresholds:
    """From which percent on a level is reached."""

    nearly: float = 60.0
    met: float = 80.0
    beyond: float = 100.0


THRESHOLDS = Thresholds()


def latest(percents: Sequence[float]) -> float:
    """The newest attempt counts. `percents` are oldest first, 0-100, never empty."""
    return percents[-1]


def highest(percents: Sequence[float]) -> float:
    """The best attempt counts."""
    return max(percents)


def average(percents: Sequence[float]) -> float:
    """All attempts count alike."""
    return sum(percents) / len(percents)


def decaying_average(percents: Sequence[float], newest_weight: float = NEWEST_WEIGHT) -> float:
    """Each attempt counts for `newest_weight` when it comes, and fades with every later one.

    Canvas's *decaying average*: the former result, weighted 35 %, plus the newest, 65 %.
    """
    standing = percents[0]
    for percent in percents[1:]:
        standing = newest_weight * percent + (1 - newest_weight) * standing
    return standing


def n_times(percents: Sequence[float], times: int = TIMES_TO_MEET) -> float:
    """Met once `times` attempts met it: the `times`-best attempt counts.

    With fewer attempts the target can't be met yet, however good they are, so what stands is
    held just below the line.
    """
    ranked = sorted(percents, reverse=True)
    if len(ranked) >= times:
        return ranked[times - 1]
    return min(ranked[-1], THRESHOLDS.met - 1)


RULES = {
    MasteryRule.LATEST: latest,
    MasteryRule.HIGHEST: highest,
    MasteryRule.AVERAGE: average,
    MasteryRule.DECAYING_AVERAGE: decaying_average,
    MasteryRule.N_TIMES: n_times,
}


def level_of(percent: float, thresholds: Thresholds = THRESHOLDS) -> Level:
    """The level a percent reaches. Compared after rounding to 6 decimals: 79.9999999 is 80."""
    rounded = round(percent, 6)
    if rounded >= thresholds.beyond:
        return Level.BEYOND
    if rounded >= thresholds.met:
        return Level.MET
    if rounded >= thresholds.nearly:
        return Level.NEARLY
    return Level.WORKING


def is_met(level: Level) -> bool:
    """True for `met` and `beyond`."""
    return level in (Level.MET, Level.BEYOND)


def lock(session: Session, person_id: int, target_id: int) -> Mastery:
    """The student's standing on the target, created where missing, locked until commit.

    Whoever writes an attempt's score takes this lock first, so that two teachers who score two
    attempts at once can't each work out the standing without the other's score.
    """
    insert_if_missing(
        session,
        Mastery,
        person_id=person_id,
        target_id=target_id,
        level=Level.NOT_STARTED,
        changed_at=now(),
    )
    return session.scalars(
        select(Mastery)
        .where(Mastery.person_id == person_id, Mastery.target_id == target_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def refresh(session: Session, standing: Mastery) -> None:
    """Work out a (locked) standing anew from all scored attempts, oldest first."""
    target = session.get_one(Target, standing.target_id)
    attempts = session.scalars(
        select(Attempt)
        .join(Checkpoint)
        .where(Attempt.person_id == standing.person_id, Checkpoint.target_id == target.id)
        .order_by(Attempt.submitted_at, Attempt.id)
        .execution_options(populate_existing=True)
    ).all()
    percents = [
        100 * attempt.score.points / attempt.score.max_points
        for attempt in attempts
        if attempt.score is not None and attempt.score.max_points > 0
    ]
    if percents:
        percent = RULES[MasteryRule(target.mastery_rule)](percents)
        level = level_of(percent)
    else:
        percent = None
        started = attempts or _has_begun(session, standing)
        level = Level.WORKING if started else Level.NOT_STARTED
    if (standing.percent, standing.level) != (percent, level):
        standing.percent = percent
        standing.level = level
        standing.changed_at = now()


def _has_begun(session: Session, standing: Mastery) -> bool:
    chose = select(PathwayChoice.id).where(
        PathwayChoice.person_id == standing.person_id,
        PathwayChoice.target_id == standing.target_id,
    )
    did = (
        select(ActivityDone.id)
        .join(Activity)
        .join(Pathway)
        .where(
            ActivityDone.person_id == standing.person_id,
            Pathway.target_id == standing.target_id,
        )
    )
    return session.scalar(chose.limit(1)) is not None or session.scalar(did.limit(1)) is not None
