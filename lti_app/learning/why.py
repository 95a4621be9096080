"""*Why am I here?*: a standing with the attempts behind it, and what each of them counts."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.learning import mastery, rules
from lti_app.learning.models import Attempt, Checkpoint, Level, Mastery, MasteryChange, Target
from lti_app.learning.rules import Rule, level_of


@dataclass(frozen=True)
class Behind:
    """An attempt behind a standing."""

    attempt: Attempt
    percent: float | None
    """None: not scored yet."""
    level: Level | None
    """What this attempt alone would come to."""
    share: float
    """How much it counts, 0 to 1."""


@dataclass(frozen=True)
class Why:
    """A standing explained."""

    rule: Rule
    level: Level
    percent: float | None
    behind: list[Behind]
    """Newest first."""
    times_met: int
    changes: list[MasteryChange]
    """How the level came about, newest first."""


def explain(session: Session, person_id: int, target: Target) -> Why:
    """A student's standing on a target with all that is behind it, in five queries."""
    attempts = session.scalars(
        select(Attempt)
        .join(Checkpoint)
        .where(Attempt.person_id == person_id, Checkpoint.target_id == target.id)
        .order_by(Attempt.submitted_at, Attempt.id)
        .options(selectinload(Attempt.checkpoint))
    ).all()
    standing = session.scalars(
        select(Mastery).where(Mastery.person_id == person_id, Mastery.target_id == target.id)
    ).first()
    changes = session.scalars(
        select(MasteryChange)
        .where(MasteryChange.person_id == person_id, MasteryChange.target_id == target.id)
        .order_by(MasteryChange.id.desc())
    ).all()
    rule = rules.of_target(target, rules.of_team(session, target.team_id))
    percents = {
        attempt.id: 100 * attempt.score.points / attempt.score.max_points
        for attempt in attempts
        if attempt.score is not None and attempt.score.max_points > 0
    }
    reached = list(percents.values())
    share_of = dict(zip(percents, mastery.shares(reached, rule), strict=True)) if reached else {}
    return Why(
        rule=rule,
        level=Level(standing.level) if standing else Level.NOT_STARTED,
        percent=standing.percent if standing else None,
        behind=[_behind(attempt, percents, share_of, rule) for attempt in reversed(attempts)],
        times_met=sum(mastery.times_met(reached, rule)),
        changes=list(changes),
    )


def _behind(
    attempt: Attempt, percents: dict[int, float], share_of: dict[int, float], rule: Rule
) -> Behind:
    percent = percents.get(attempt.id)
    return Behind(
        attempt=attempt,
        percent=percent,
        level=level_of(percent, rule.thresholds) if percent is not None else None,
        share=share_of.get(attempt.id, 0.0),
    )
