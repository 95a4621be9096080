"""The forms of the rules: what was typed as values, and values as what a form shows."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from lti_app.errors import Clash, Words
from lti_app.learning import typed, words
from lti_app.learning.models import MasteryRule
from lti_app.learning.rule_setting import TargetRule
from lti_app.learning.rules import Rule, Thresholds

LABELS: dict[str, Words] = {
    "kind": _l("What counts for mastery"),
    "newest_percent": _l("The newest attempt counts for (percent)"),
    "times": _l("How many times it must be met"),
    "nearly": _l("“Nearly there” from (percent)"),
    "met": _l("“Met” from (percent)"),
    "beyond": _l("“Beyond” from (percent)"),
    "choice_level": _l("How much students choose at first"),
    "quiet_days": _l("A student counts as quiet after (days)"),
}
AS_THE_TEAM: Words = _l("As the team set it")


def target_rule(form: Mapping[str, str]) -> TargetRule:
    """What was typed for a target; an empty field: as the team set it. Raises `BadInput`."""
    kind = form.get("kind", "")
    return TargetRule(
        kind=typed.one_of(MasteryRule, kind) if kind else None,
        newest_percent=_whole(form, "newest_percent"),
        times=_whole(form, "times"),
        nearly=_number(form, "nearly"),
        met=_number(form, "met"),
        beyond=_number(form, "beyond"),
    )


def team_rule(form: Mapping[str, str]) -> Rule:
    """What was typed for a team. Raises `BadInput`."""
    return Rule(
        kind=typed.one_of(MasteryRule, form.get("kind", "")),
        newest_percent=typed.whole(form.get("newest_percent", "")),
        times=typed.whole(form.get("times", "")),
        thresholds=Thresholds(
            nearly=typed.number(form.get("nearly", "")),
            met=typed.number(form.get("met", "")),
            beyond=typed.number(form.get("beyond", "")),
        ),
    )


def _number(form: Mapping[str, str], name: str) -> float | None:
    return typed.number(form[name]) if form.get(name, "").strip() else None


def _whole(form: Mapping[str, str], name: str) -> int | None:
    return typed.whole(form[name]) if form.get(name, "").strip() else None


def of_target(rule: TargetRule) -> dict[str, str]:
    """What a target's form shows."""
    return {
        "kind": rule.kind or "",
        "newest_percent": _shown(rule.newest_percent),
        "times": _shown(rule.times),
        "nearly": _shown(rule.nearly),
        "met": _shown(rule.met),
        "beyond": _shown(rule.beyond),
    }


def of_team(rule: Rule, choice_level: str, quiet_days: int) -> dict[str, str]:
    """What a team's form shows."""
    return {
        "kind": rule.kind,
        "newest_percent": _shown(rule.newest_percent),
        "times": _shown(rule.times),
        "nearly": _shown(rule.thresholds.nearly),
        "met": _shown(rule.thresholds.met),
        "beyond": _shown(rule.thresholds.beyond),
        "choice_level": str(choice_level),
        "quiet_days": _shown(quiet_days),
    }


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def clashes(theirs: dict[str, str], mine: dict[str, str]) -> list[Clash]:
    """The fields of a form, for whom somebody else was quicker."""
    choices: dict[str, tuple[tuple[str, Words], ...]] = {
        "kind": (("", AS_THE_TEAM), *words.RULES.items()),
        "choice_level": tuple(words.CHOICE_LEVELS.items()),
    }
    return [
        Clash(name, LABELS[name], theirs[name], mine[name], choices.get(name, ())) for name in mine
    ]
