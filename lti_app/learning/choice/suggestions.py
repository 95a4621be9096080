"""When to raise or lower a choice level: a suggestion with its reason, never done by itself."""

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import Words
from lti_app.learning import rules
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    ChoiceLevel,
    Goal,
    GoalState,
    Reflection,
    Score,
    Target,
)

LOOKS_BACK = timedelta(weeks=4)
FEWEST_GOALS = 2
FEWEST_CHECKPOINTS = 3
"""Of less evidence nothing is said."""
WELL = 0.6
POORLY = 0.3


class Direction(enum.StrEnum):
    """Where a level should go."""

    RAISE = "raise"
    LOWER = "lower"


@dataclass(frozen=True)
class Evidence:
    """What a student did in the last four weeks."""

    goals: int = 0
    """Settled ones."""
    goals_kept: int = 0
    checkpoints: int = 0
    """Tried for the first time, and scored."""
    met_first_time: int = 0
    reflections: int = 0

    def in_words(self) -> Words:
        """The numbers behind a suggestion."""
        return _l(
            "kept %(kept)s of %(goals)s goals, met %(met)s of %(checkpoints)s checkpoints the "
            "first time, reflections written: %(reflections)s",
            kept=self.goals_kept,
            goals=self.goals,
            met=self.met_first_time,
            checkpoints=self.checkpoints,
            reflections=self.reflections,
        )


@dataclass(frozen=True)
class Suggestion:
    """Another level for a student, with the reason."""

    direction: Direction
    level: ChoiceLevel
    evidence: Evidence


def suggest(level: ChoiceLevel, evidence: Evidence) -> Suggestion | None:
    """A step up for who keeps goals, meets checkpoints at once and looks back; a step down for
    who does neither of the first two; None from too little evidence or in between."""
    if evidence.goals < FEWEST_GOALS or evidence.checkpoints < FEWEST_CHECKPOINTS:
        return None
    kept = evidence.goals_kept / evidence.goals
    met = evidence.met_first_time / evidence.checkpoints
    order = list(ChoiceLevel)
    place = order.index(level)
    if kept >= WELL and met >= WELL and evidence.reflections and place + 1 < len(order):
        return Suggestion(Direction.RAISE, order[place + 1], evidence)
    if kept < POORLY and met < POORLY and place > 0:
        return Suggestion(Direction.LOWER, order[place - 1], evidence)
    return None


def evidence_of_section(session: Session, section_id: int, team_id: int) -> dict[int, Evidence]:
    """What the section's students did lately, by person, in five queries."""
    since = now() - LOOKS_BACK
    goals: Counter[tuple[int, str]] = Counter()
    rows = session.execute(
        select(Goal.person_id, Goal.state, func.count())
        .where(
            Goal.section_id == section_id,
            Goal.week >= since.date(),
            Goal.state != GoalState.OPEN,
        )
        .group_by(Goal.person_id, Goal.state)
    )
    for person_id, state, count in rows:
        goals[person_id, state] = count
    # Looking back answers several prompts, and may be written anew: it counts once.
    written = Counter(
        person_id
        for person_id, _, _ in session.execute(
            select(
                Reflection.person_id,
                Reflection.attempt_id,
                case((Reflection.attempt_id.is_(None), Reflection.week)),
            )
            .where(Reflection.section_id == section_id, Reflection.at >= since)
            .distinct()
        )
    )
    first = _first_tries(session, section_id, team_id)
    people = {person_id for person_id, _ in goals} | set(written) | set(first)
    return {
        person_id: Evidence(
            goals=goals[person_id, GoalState.KEPT] + goals[person_id, GoalState.NOT_KEPT],
            goals_kept=goals[person_id, GoalState.KEPT],
            checkpoints=first.get(person_id, (0, 0))[0],
            met_first_time=first.get(person_id, (0, 0))[1],
            reflections=written[person_id],
        )
        for person_id in people
    }


def _first_tries(session: Session, section_id: int, team_id: int) -> Mapping[int, tuple[int, int]]:
    """How many checkpoints each student tried for the first time, and met at once."""
    team = rules.of_team(session, team_id)
    rows = session.execute(
        select(Attempt.id, Attempt.person_id, Target, 100 * Score.points / Score.max_points)
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .join(Target, Checkpoint.target_id == Target.id)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(
            Attempt.section_id == section_id,
            Attempt.number == 1,
            Attempt.submitted_at >= now() - LOOKS_BACK,
            Score.max_points > 0,
        )
        .order_by(Score.id)
    )
    # The newest score of an attempt takes the place of an older one.
    newest = {
        attempt_id: (person_id, round(percent, 6) >= rules.of_target(target, team).thresholds.met)
        for attempt_id, person_id, target, percent in rows
    }
    found: dict[int, tuple[int, int]] = {}
    for person_id, met in newest.values():
        tried, at_once = found.get(person_id, (0, 0))
        found[person_id] = (tried + 1, at_once + met)
    return found
