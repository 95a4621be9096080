"""The rules that decide standings: a target's own, and the team's; who would change by them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import NotAllowed
from lti_app.learning import recalculate, rule_forms, rule_setting, rules, targets, typed, words
from lti_app.learning.models import ChoiceLevel, Level, Target
from lti_app.learning.recalculate import Change
from lti_app.learning.rules import Rule
from lti_app.people import audit
from lti_app.people.models import Person, Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("rules", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)

CHANGES_SHOWN = 60
ALSO_OF_TEAM = ("choice_level", "quiet_days")
"""What stands in the team's form and moves nobody."""


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/plan/<int:target_id>/rule")
@staff
def of_target(target_id: int) -> ResponseReturnValue:
    """The target's rule; with values in the address, who would change under them."""
    session = db_session()
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    team = rules.of_team(session, target.team_id)
    own = (
        rule_forms.target_rule(request.args)
        if "kind" in request.args
        else rule_setting.of_target(target)
    )
    would = None
    if "kind" in request.args:
        would = _would_change(session, {target.id: rule_setting.filled_up(own, team)})
    return render_template(
        "learning/mastery/rule.html",
        target=target,
        form=rule_forms.of_target(own),
        team=rule_setting.of_team(team),
        would=would,
        rules=words.RULES,
    )


@blueprint.post("/plan/<int:target_id>/rule")
@teacher
def set_for_target(target_id: int) -> ResponseReturnValue:
    """Give the target this rule."""
    session = db_session()
    target = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    before, own = rule_setting.of_target(target), rule_forms.target_rule(request.form)
    moved = rule_setting.set_for_target(
        session,
        target,
        own,
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
        clashes=rule_forms.clashes(rule_forms.of_target(before), rule_forms.of_target(own)),
    )
    _record(session, "target.rule_set", target=target.id)
    session.commit()
    _say(moved)
    return redirect(url_for("plan.target", target_id=target.id))


@blueprint.get("/team/rules")
@staff
def of_team() -> ResponseReturnValue:
    """The team's rules; with values in the address, who would change under them."""
    session = db_session()
    kept = rules.of_team(session, viewer().team_id)
    wanted = (
        rule_forms.team_rule(request.args) if "kind" in request.args else rule_setting.of_team(kept)
    )
    would = None
    if "kind" in request.args:
        rule_of = rule_setting.with_team_rule(session, viewer().team_id, wanted)
        would = _would_change(session, rule_of)
    return render_template(
        "learning/mastery/team_rules.html",
        kept=kept,
        form={
            **rule_forms.of_team(wanted, kept.choice_level, kept.quiet_days),
            **{name: request.args[name] for name in ALSO_OF_TEAM if name in request.args},
        },
        would=would,
        rules=words.RULES,
        choice_levels=words.CHOICE_LEVELS,
    )


@blueprint.post("/team/rules")
@teacher
def set_for_team() -> ResponseReturnValue:
    """Set the team's rules; for its owners."""
    if not viewer().owns_team:
        raise NotAllowed
    session = db_session()
    kept, wanted = rules.of_team(session, viewer().team_id), rule_forms.team_rule(request.form)
    choice_level = typed.one_of(ChoiceLevel, request.form.get("choice_level", ""))
    quiet_days = typed.whole(request.form.get("quiet_days", ""))
    moved = rule_setting.set_for_team(
        session,
        viewer().team_id,
        wanted,
        choice_level=choice_level,
        quiet_days=quiet_days,
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
        clashes=rule_forms.clashes(
            rule_forms.of_team(rule_setting.of_team(kept), kept.choice_level, kept.quiet_days),
            rule_forms.of_team(wanted, choice_level, quiet_days),
        ),
    )
    _record(session, "team.rules_set", team=viewer().team_id)
    session.commit()
    _say(moved)
    return redirect(url_for("rules.of_team"))


@dataclass(frozen=True)
class WouldChange:
    """Who would come to another level."""

    moves: list[tuple[Level, Level, int]]
    """From, to, how many."""
    named: list[tuple[Change, Person, Target]]
    """The first of them."""

    @property
    def total(self) -> int:
        """How many standings would move."""
        return sum(number for _, _, number in self.moves)


def _would_change(session: Session, rule_of: dict[int, Rule]) -> WouldChange:
    moves: Counter[tuple[Level, Level]] = Counter()
    first: list[Change] = []
    for change in recalculate.preview(session, rule_of):
        moves[change.was, change.level] += 1
        if len(first) < CHANGES_SHOWN:
            first.append(change)
    ranked = sorted(moves.items(), key=lambda move: -move[1])
    return WouldChange(
        [(was, level, number) for (was, level), number in ranked],
        list(_named(session, first)),
    )


def _named(session: Session, changes: list[Change]) -> Iterator[tuple[Change, Person, Target]]:
    people = session.scalars(select(Person).where(Person.id.in_({c.person_id for c in changes})))
    found = session.scalars(select(Target).where(Target.id.in_({c.target_id for c in changes})))
    person_of = {person.id: person for person in people}
    target_of = {target.id: target for target in found}
    for change in changes:
        yield change, person_of[change.person_id], target_of[change.target_id]


def _say(moved: int) -> None:
    flash(
        ngettext(
            "Saved. %(num)s standing has changed.", "Saved. %(num)s standings have changed.", moved
        )
        if moved
        else _("Saved. Nobody's standing has changed.")
    )


def _record(session: Session, action: str, **about: int) -> None:
    audit.record(
        session,
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        **about,
    )
