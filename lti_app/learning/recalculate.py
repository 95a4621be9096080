"""Working out standings anew, after a rule changed: a stream, whatever the number of students."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.learning import events, mastery, rules
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    MasteryChange,
    Score,
    Target,
)
from lti_app.learning.rules import Rule, level_of

STUDENTS_AT_ONCE = 50
"""The standings and scores of so many are held in memory, whatever there is in the database."""

StandingRow: TypeAlias = "Row[int, int, int, Level, float | None]"
"""Standing's id, person, target, level and percent."""
StandingSelect: TypeAlias = "Select[int, int, int, Level, float | None]"


@dataclass(frozen=True)
class Change:
    """A standing that a rule puts elsewhere."""

    standing_id: int
    person_id: int
    target_id: int
    was: Level
    level: Level
    percent: float


def preview(session: Session, rule_of: Mapping[int, Rule]) -> Iterator[Change]:
    """Who would come to another level if these targets (by id) had these rules. Writes nothing."""
    for batch in _worked_out(session, rule_of):
        yield from (change for change in batch if change.was != change.level)


def apply(session: Session, rule_of: Mapping[int, Rule]) -> int:
    """Give the standings on these targets (by id) what these rules make of them; returns how
    many came to another level. The caller commits.

    Locks each standing it works out, as scoring does, so that no score given meanwhile is lost.
    """
    moved = 0
    for batch in _worked_out(session, rule_of, locked=True):
        moved += _write(session, batch)
    return moved


def refresh_target(session: Session, target_id: int) -> int:
    """Work out everyone's standing on a target anew, also of those who have attempts at it but
    no standing yet (they came with a checkpoint from another target)."""
    _add_missing(session, target_id)
    for standing in _without_scores(session, target_id):
        mastery.refresh(session, standing)
    target = session.get_one(Target, target_id)
    rule = rules.of_target(target, rules.of_team(session, target.team_id))
    return apply(session, {target_id: rule})


def refresh_team(session: Session, team_id: int) -> int:
    """Work out everyone's standing on all of a team's targets anew."""
    return apply(session, rules_of_team(session, team_id))


def rules_of_team(session: Session, team_id: int) -> dict[int, Rule]:
    """The rule of each of a team's targets, by target id."""
    team = rules.of_team(session, team_id)
    return {target.id: rules.of_target(target, team) for target in targets_of(session, team_id)}


def targets_of(session: Session, team_id: int) -> list[Target]:
    """All of a team's targets, also archived ones: their standings are kept."""
    return list(
        session.scalars(select(Target).where(Target.team_id == team_id).order_by(Target.id))
    )


def _worked_out(
    session: Session, rule_of: Mapping[int, Rule], *, locked: bool = False
) -> Iterator[list[Change]]:
    """Standings with scores, some students at a time; those that differ in percent or level."""
    last_id = 0
    while rule_of:
        person_ids = session.scalars(_next_people(last_id, rule_of)).all()
        if not person_ids:
            return
        standings = _standings_of(person_ids, rule_of)
        found = session.execute(standings.with_for_update() if locked else standings).all()
        found_percents = reached(session, person_ids, rule_of)
        changes = [_change(one, found_percents, rule_of) for one in found]
        yield [change for change in changes if change is not None]
        last_id = person_ids[-1]


def _next_people(after_id: int, rule_of: Mapping[int, Rule]) -> Select[int]:
    return (
        select(Mastery.person_id)
        .where(Mastery.person_id > after_id, Mastery.target_id.in_(rule_of))
        .distinct()
        .order_by(Mastery.person_id)
        .limit(STUDENTS_AT_ONCE)
    )


def _standings_of(person_ids: Sequence[int], rule_of: Mapping[int, Rule]) -> StandingSelect:
    return (
        select(Mastery.id, Mastery.person_id, Mastery.target_id, Mastery.level, Mastery.percent)
        .where(Mastery.person_id.in_(person_ids), Mastery.target_id.in_(rule_of))
        .order_by(Mastery.id)
    )


def reached(
    session: Session, person_ids: Collection[int], rule_of: Mapping[int, Rule]
) -> dict[tuple[int, int], list[float]]:
    """What each attempt reached (percent), oldest first, by person and target."""
    rows = session.execute(
        select(
            Attempt.person_id,
            Checkpoint.target_id,
            Attempt.id,
            (100 * Score.points / Score.max_points),
        )
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(
            Attempt.person_id.in_(person_ids),
            Checkpoint.target_id.in_(rule_of),
            Score.max_points > 0,
        )
        .order_by(Attempt.submitted_at, Attempt.id, Score.id)
    )
    by_attempt: dict[tuple[int, int], dict[int, float]] = {}
    for person_id, target_id, attempt_id, percent in rows:
        # The newest score of an attempt takes the place of an older one.
        by_attempt.setdefault((person_id, target_id), {})[attempt_id] = percent
    return {key: list(percents.values()) for key, percents in by_attempt.items()}


def _change(
    standing: StandingRow,
    reached: Mapping[tuple[int, int], list[float]],
    rule_of: Mapping[int, Rule],
) -> Change | None:
    standing_id, person_id, target_id, was, percent_before = standing
    percents = reached.get((person_id, target_id))
    if not percents:
        return None
    rule = rule_of[target_id]
    percent = mastery.percent_of(percents, rule)
    level = level_of(percent, rule.thresholds)
    if (percent_before, was) == (percent, level):
        return None
    return Change(standing_id, person_id, target_id, Level(was), level, percent)


def _write(session: Session, changes: list[Change]) -> int:
    if not changes:
        return 0
    at = now()
    moved = [change for change in changes if change.was != change.level]
    session.execute(
        update(Mastery),
        [{"id": c.standing_id, "percent": c.percent, "level": c.level} for c in changes],
    )
    if moved:
        session.execute(
            update(Mastery), [{"id": change.standing_id, "changed_at": at} for change in moved]
        )
        session.execute(
            insert(MasteryChange),
            [
                {
                    "district_id": session.info["district_id"],
                    "person_id": change.person_id,
                    "target_id": change.target_id,
                    "level": change.level,
                    "percent": change.percent,
                    "by_rule": True,
                    "at": at,
                }
                for change in moved
            ],
        )
        events.standings_changed.send(session, changes=moved)
    return len(moved)


def _add_missing(session: Session, target_id: int) -> None:
    attempted = (
        select(Attempt.person_id)
        .join(Checkpoint)
        .where(
            Checkpoint.target_id == target_id,
            ~select(Mastery.id)
            .where(Mastery.person_id == Attempt.person_id, Mastery.target_id == target_id)
            .exists(),
        )
        .distinct()
        .order_by(Attempt.person_id)
    )
    for person_id in session.scalars(attempted).all():
        mastery.refresh(session, mastery.lock(session, person_id, target_id))


def _without_scores(session: Session, target_id: int) -> list[Mastery]:
    """Standings that say a percent although no scored attempt at the target is left."""
    scored = (
        select(func.count(Score.id))
        .join(Attempt)
        .join(Checkpoint)
        .where(Checkpoint.target_id == target_id, Attempt.person_id == Mastery.person_id)
        .scalar_subquery()
    )
    return list(
        session.scalars(
            select(Mastery)
            .where(Mastery.target_id == target_id, Mastery.percent.is_not(None), scored == 0)
            .order_by(Mastery.id)
            .with_for_update()
        )
    )
