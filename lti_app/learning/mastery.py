"""Mastery: a student's standing on a target, worked out from attempts by the target's rule."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.learning import rules
from lti_app.learning.models import (
    Activity,
    ActivityDone,
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    MasteryChange,
    MasteryRule,
    Pathway,
    PathwayChoice,
    Target,
)
from lti_app.learning.rules import Rule, level_of


def shares(percents: Sequence[float], rule: Rule) -> list[float]:
    """How much each attempt (oldest first, 0-100, never empty) counts under a rule; they add up
    to 1, so that a standing is the sum of what each attempt brings.

    The methods are Canvas's (Outcomes API, `calculation_method`): `latest`, `highest`, `average`,
    `standard_decaying_average` ("Decaying Average": the former result fades with each newer
    attempt) and `n_mastery` (the average of the attempts that met, once there are enough).
    """
    count = len(percents)
    match rule.kind:
        case MasteryRule.LATEST:
            return [0.0] * (count - 1) + [1.0]
        case MasteryRule.HIGHEST:
            return _only([max(percents) == percent for percent in percents])
        case MasteryRule.AVERAGE:
            return [1 / count] * count
        case MasteryRule.DECAYING_AVERAGE:
            newest = rule.newest_percent / 100
            faded = [newest * (1 - newest) ** age for age in range(count - 1)]
            return [(1 - newest) ** (count - 1), *reversed(faded)]
        case MasteryRule.N_TIMES:
            met = times_met(percents, rule)
            if sum(met) >= rule.times:
                return [one / sum(met) for one in met]
            return _only([max(percents) == percent for percent in percents])


def _only(fitting: list[bool]) -> list[float]:
    """All for the newest of those that fit."""
    newest = len(fitting) - 1 - fitting[::-1].index(True)
    return [1.0 if place == newest else 0.0 for place in range(len(fitting))]


def times_met(percents: Sequence[float], rule: Rule) -> list[int]:
    """1 for each attempt that reached the line on its own, else 0."""
    return [int(round(percent, 6) >= rule.thresholds.met) for percent in percents]


def percent_of(percents: Sequence[float], rule: Rule) -> float:
    """What a student's attempts (oldest first, 0-100, never empty) come to under a rule.

    Under `n times` a target can't be met before there are enough attempts that met it, however
    good they are: what stands is held below the line, at least *nearly* for one that met.
    """
    standing = sum(
        share * percent for share, percent in zip(shares(percents, rule), percents, strict=True)
    )
    if rule.kind == MasteryRule.N_TIMES and sum(times_met(percents, rule)) < rule.times:
        standing = min(standing, max(rule.thresholds.nearly, rule.thresholds.met - 1))
    # A sum of shares may stray from the attempts' own range by a rounding error.
    return min(standing, max(percents))


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


def lock_at(session: Session, person_id: int, checkpoint: Checkpoint) -> Mastery:
    """Lock the student's standing on the target that the checkpoint belongs to.

    A teacher may be merging or splitting that target at this moment: we wait for it, and the
    standing is the one on the target where the checkpoint is then.
    """
    session.refresh(checkpoint, ["target_id"], with_for_update={"read": True})
    return lock(session, person_id, checkpoint.target_id)


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
        rule = rules.of_target(target, rules.of_team(session, target.team_id))
        reached = percent_of(percents, rule)
        percent: float | None = reached
        level = level_of(reached, rule.thresholds)
    else:
        percent = None
        started = attempts or _has_begun(session, standing)
        level = Level.WORKING if started else Level.NOT_STARTED
    if standing.level != level:
        session.add(
            MasteryChange(
                person_id=standing.person_id, target_id=target.id, level=level, percent=percent
            )
        )
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
