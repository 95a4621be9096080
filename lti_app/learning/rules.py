"""The rules a team sets: how attempts become a standing, and from where on levels are reached."""

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning.models import ChoiceLevel, Level, MasteryRule, Target, TeamRules

T = TypeVar("T")


@dataclass(frozen=True)
class Thresholds:
    """From which percent on a level is reached."""

    nearly: float = 60.0
    met: float = 80.0
    beyond: float = 100.0


@dataclass(frozen=True)
class Rule:
    """All that decides a standing, for one target."""

    kind: MasteryRule = MasteryRule.DECAYING_AVERAGE
    newest_percent: int = 65
    """Share of the newest attempt in a decaying average (percent)."""
    times: int = 2
    """How often a target must be met under `n times`."""
    thresholds: Thresholds = Thresholds()


DEFAULT_RULE = Rule()
DEFAULT_CHOICE_LEVEL = ChoiceLevel.SHARED
DEFAULT_QUIET_DAYS = 5


def of_team(session: Session, team_id: int) -> TeamRules:
    """What the team set; a new row with the defaults, not yet kept, where it set nothing."""
    found = session.scalars(select(TeamRules).where(TeamRules.team_id == team_id)).first()
    return found or TeamRules(
        team_id=team_id,
        mastery_rule=DEFAULT_RULE.kind,
        newest_percent=DEFAULT_RULE.newest_percent,
        times=DEFAULT_RULE.times,
        nearly_percent=DEFAULT_RULE.thresholds.nearly,
        met_percent=DEFAULT_RULE.thresholds.met,
        beyond_percent=DEFAULT_RULE.thresholds.beyond,
        choice_level=DEFAULT_CHOICE_LEVEL,
        quiet_days=DEFAULT_QUIET_DAYS,
        version=0,
    )


def of_target(target: Target, team: TeamRules) -> Rule:
    """The target's own rule, filled up with the team's."""
    return Rule(
        kind=MasteryRule(target.mastery_rule or team.mastery_rule),
        newest_percent=own(target.newest_percent, team.newest_percent),
        times=own(target.times, team.times),
        thresholds=Thresholds(
            nearly=own(target.nearly_percent, team.nearly_percent),
            met=own(target.met_percent, team.met_percent),
            beyond=own(target.beyond_percent, team.beyond_percent),
        ),
    )


def own(own: T | None, team: T) -> T:
    """What a target set for itself, else what its team set."""
    return team if own is None else own


def level_of(percent: float, thresholds: Thresholds) -> Level:
    """The level a percent reaches. Compared after rounding to 6 decimals: 79.9999999 is 80."""
    rounded = round(percent, 6)
    if rounded >= thresholds.beyond:
        return Level.BEYOND
    if rounded >= thresholds.met:
        return Level.MET
    if rounded >= thresholds.nearly:
        return Level.NEARLY
    return Level.WORKING
