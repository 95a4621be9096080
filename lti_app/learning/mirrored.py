"""Grades given in the LMS, taken over as attempts: many at once, in as many statements however
many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.orm import Session

from lti_app.db import insert_missing, now
from lti_app.learning import events, mastery, recalculate, rules
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    MasteryChange,
    Score,
    ScoreSource,
    Source,
    Target,
)
from lti_app.learning.scoring import Scored


@dataclass(frozen=True)
class Grade:
    """A grade as the LMS has it."""

    checkpoint_id: int
    person_id: int
    external_id: str
    """Names the submission and its turn-in: a new turn-in is a new attempt, a new grade on the
    same one a new score of it."""
    points: float
    submitted_at: datetime


def take(session: Session, section_id: int, grades: Sequence[Grade]) -> list[Scored]:
    """Take over grades of a section's students; returns those that were not known already, all
    with the standing that they come to together."""
    given = list({grade.external_id: grade for grade in grades}.values())
    if not given:
        return []
    checkpoints = _held(session, {grade.checkpoint_id for grade in given})
    standings = _locked(
        session, {(one.person_id, checkpoints[one.checkpoint_id].target_id) for one in given}
    )
    attempts = _attempts(session, section_id, given)
    new = [one for one in given if _points(attempts[one.external_id]) != one.points]
    if not new:
        return []
    session.execute(
        insert(Score),
        [
            {
                "district_id": session.info["district_id"],
                "attempt_id": attempts[one.external_id].id,
                "points": one.points,
                "max_points": checkpoints[one.checkpoint_id].max_points,
                "source": ScoreSource.LMS,
                "scored_at": now(),
            }
            for one in new
        ],
    )
    attempts = _read(session, new)
    scored = []
    for one in new:
        attempt, checkpoint = attempts[one.external_id], checkpoints[one.checkpoint_id]
        standing = standings[(one.person_id, checkpoint.target_id)]
        scored.append(Scored(attempt, checkpoint, attempt.scores[-1], standing))
    _refresh(session, [one.standing for one in scored])
    events.attempts_scored.send(session, scored=scored)
    return scored


def _held(session: Session, checkpoint_ids: set[int]) -> dict[int, Checkpoint]:
    """Checkpoints by id, each on the target where it stays until commit (`mastery.lock_at`)."""
    found = session.scalars(
        select(Checkpoint)
        .where(Checkpoint.id.in_(checkpoint_ids))
        .order_by(Checkpoint.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in found}


def _locked(session: Session, pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Mastery]:
    """Standings by person and target, made where missing, locked until commit."""
    insert_missing(
        session,
        Mastery,
        [
            {
                "person_id": person_id,
                "target_id": target_id,
                "level": Level.NOT_STARTED,
                "changed_at": now(),
            }
            for person_id, target_id in sorted(pairs)
        ],
    )
    found = session.scalars(
        select(Mastery)
        .where(tuple_(Mastery.person_id, Mastery.target_id).in_(pairs))
        .order_by(Mastery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {(one.person_id, one.target_id): one for one in found}


def _attempts(session: Session, section_id: int, given: Sequence[Grade]) -> dict[str, Attempt]:
    """The attempts behind grades by external id, made where there is none."""
    known = _read(session, given)
    missing = [one for one in given if one.external_id not in known]
    if not missing:
        return known
    numbers: dict[tuple[int, int], int] = {
        (checkpoint_id, person_id): number
        for checkpoint_id, person_id, number in session.execute(
            select(Attempt.checkpoint_id, Attempt.person_id, func.max(Attempt.number))
            .where(
                tuple_(Attempt.checkpoint_id, Attempt.person_id).in_(
                    {(one.checkpoint_id, one.person_id) for one in missing}
                )
            )
            .group_by(Attempt.checkpoint_id, Attempt.person_id)
        )
    }
    rows = []
    for one in missing:
        place = (one.checkpoint_id, one.person_id)
        numbers[place] = numbers.get(place, 0) + 1
        rows.append(
            {
                "checkpoint_id": one.checkpoint_id,
                "person_id": one.person_id,
                "section_id": section_id,
                "number": numbers[place],
                "evidence": "",
                "answers": {},
                "submitted_at": one.submitted_at,
                "source": Source.MIRRORED,
                "external_id": one.external_id,
            }
        )
    insert_missing(session, Attempt, rows)
    return known | _read(session, missing)


def _read(session: Session, grades: Sequence[Grade]) -> dict[str, Attempt]:
    found = session.scalars(
        select(Attempt)
        .where(Attempt.external_id.in_([one.external_id for one in grades]))
        .execution_options(populate_existing=True)
    )
    return {one.external_id or "": one for one in found}


def _points(attempt: Attempt) -> float | None:
    return attempt.score.points if attempt.score is not None else None


def _refresh(session: Session, standings: Sequence[Mastery]) -> None:
    """Work out (locked) standings anew from all scored attempts, as `mastery.refresh` does one."""
    target_ids = {one.target_id for one in standings}
    targets = session.scalars(select(Target).where(Target.id.in_(target_ids))).all()
    teams = {team_id: rules.of_team(session, team_id) for team_id in {t.team_id for t in targets}}
    rule_of = {target.id: rules.of_target(target, teams[target.team_id]) for target in targets}
    reached = recalculate.reached(session, {one.person_id for one in standings}, rule_of)
    moved = []
    for standing in {one.id: one for one in standings}.values():
        percents = reached.get((standing.person_id, standing.target_id))
        if not percents:  # nothing but work without points
            percent, level = None, Level.WORKING
        else:
            rule = rule_of[standing.target_id]
            percent = mastery.percent_of(percents, rule)
            level = rules.level_of(percent, rule.thresholds)
        if standing.level != level:
            moved.append(
                {
                    "district_id": session.info["district_id"],
                    "person_id": standing.person_id,
                    "target_id": standing.target_id,
                    "level": level,
                    "percent": percent,
                }
            )
        if (standing.percent, standing.level) != (percent, level):
            standing.percent, standing.level, standing.changed_at = percent, level, now()
    if moved:
        session.execute(insert(MasteryChange), moved)
    session.flush()
