"""Setting the rules: for one target, or for a team."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing
from lti_app.errors import BadInput, Clash
from lti_app.learning import editing, recalculate, rules
from lti_app.learning.models import ChoiceLevel, MasteryRule, Target, TeamRules
from lti_app.learning.rules import Rule, Thresholds

MOST_TIMES = 10
MOST_QUIET_DAYS = 60


@dataclass(frozen=True)
class TargetRule:
    """What a target sets for itself; None: as the team set it."""

    kind: MasteryRule | None = None
    newest_percent: int | None = None
    times: int | None = None
    nearly: float | None = None
    met: float | None = None
    beyond: float | None = None


def of_target(target: Target) -> TargetRule:
    """What a target sets for itself now."""
    return TargetRule(
        kind=MasteryRule(target.mastery_rule) if target.mastery_rule else None,
        newest_percent=target.newest_percent,
        times=target.times,
        nearly=target.nearly_percent,
        met=target.met_percent,
        beyond=target.beyond_percent,
    )


def filled_up(own: TargetRule, team: TeamRules) -> Rule:
    """A target's own rule filled up with the team's. Raises `BadInput` where it makes no sense."""
    base = of_team(team)
    return checked(
        Rule(
            kind=own.kind or base.kind,
            newest_percent=rules.own(own.newest_percent, base.newest_percent),
            times=rules.own(own.times, base.times),
            thresholds=Thresholds(
                nearly=rules.own(own.nearly, base.thresholds.nearly),
                met=rules.own(own.met, base.thresholds.met),
                beyond=rules.own(own.beyond, base.thresholds.beyond),
            ),
        )
    )


def of_team(team: TeamRules) -> Rule:
    """The rule of a team's targets that set none of their own."""
    return rules.of_target(Target(), team)


def checked(rule: Rule) -> Rule:
    """The rule, if it can be lived with. Raises `BadInput`."""
    lines = rule.thresholds
    if not 0 < lines.nearly < lines.met <= lines.beyond <= 100:
        raise BadInput(
            _l("The lines are out of order."),
            _l("“Nearly there” comes first, then “Met”, then “Beyond”, all from 1 to 100 percent."),
        )
    if not 50 <= rule.newest_percent <= 99:
        raise BadInput(
            _l("The newest attempt can count for 50 to 99 percent."),
            _l("Correct the number and save again."),
        )
    if not 1 <= rule.times <= MOST_TIMES:
        raise BadInput(
            _l("A target can be met 1 to %(n)s times.", n=MOST_TIMES),
            _l("Correct the number and save again."),
        )
    return rule


def set_for_target(
    session: Session,
    target: Target,
    own: TargetRule,
    *,
    version: int,
    editor_id: int,
    clashes: list[Clash],
) -> int:
    """Give a target its own rule and work out standings anew; returns how many came to another
    level. Raises `BadInput`, and `Conflict` where somebody changed the target meanwhile."""
    rule = filled_up(own, rules.of_team(session, target.team_id))
    editing.begin(session, target, version=version, editor_id=editor_id, clashes=clashes)
    target.mastery_rule = own.kind
    target.newest_percent = own.newest_percent
    target.times = own.times
    target.nearly_percent = own.nearly
    target.met_percent = own.met
    target.beyond_percent = own.beyond
    session.flush()
    return recalculate.apply(session, {target.id: rule})


def with_team_rule(session: Session, team_id: int, rule: Rule) -> dict[int, Rule]:
    """The rule of each of the team's targets (by id) if the team's own were `rule`.

    Raises `BadInput` where a target's own lines no longer fit between the team's.
    """
    as_if = TeamRules(team_id=team_id)
    _write(as_if, checked(rule))
    return {
        target.id: filled_up(of_target(target), as_if)
        for target in recalculate.targets_of(session, team_id)
    }


def set_for_team(
    session: Session,
    team_id: int,
    rule: Rule,
    *,
    choice_level: ChoiceLevel,
    quiet_days: int,
    version: int,
    editor_id: int,
    clashes: list[Clash],
) -> int:
    """Set a team's rules and work out standings anew; returns how many came to another level.

    Raises `BadInput`, and `Conflict` where somebody set them meanwhile.
    """
    if not 1 <= quiet_days <= MOST_QUIET_DAYS:
        raise BadInput(
            _l("The days must be between 1 and %(n)s.", n=MOST_QUIET_DAYS),
            _l("Correct the number and save again."),
        )
    rule_of = with_team_rule(session, team_id, rule)
    kept = _kept(session, team_id)
    editing.begin(session, kept, version=version, editor_id=editor_id, clashes=clashes)
    _write(kept, rule)
    kept.choice_level = choice_level
    kept.quiet_days = quiet_days
    session.flush()
    return recalculate.apply(session, rule_of)


def _kept(session: Session, team_id: int) -> TeamRules:
    """The team's row, made with the defaults where nothing was set yet."""
    insert_if_missing(
        session,
        TeamRules,
        team_id=team_id,
        choice_level=rules.DEFAULT_CHOICE_LEVEL,
        quiet_days=rules.DEFAULT_QUIET_DAYS,
        version=0,
        **_columns(rules.DEFAULT_RULE),
    )
    return session.scalars(select(TeamRules).where(TeamRules.team_id == team_id)).one()


def _write(row: TeamRules, rule: Rule) -> None:
    for name, value in _columns(rule).items():
        setattr(row, name, value)


def _columns(rule: Rule) -> dict[str, Any]:
    return {
        "mastery_rule": rule.kind,
        "newest_percent": rule.newest_percent,
        "times": rule.times,
        "nearly_percent": rule.thresholds.nearly,
        "met_percent": rule.thresholds.met,
        "beyond_percent": rule.thresholds.beyond,
    }
