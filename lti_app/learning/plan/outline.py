"""What the planning pages show: the team's targets by unit, and the links of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from lti_app.learning import targets
from lti_app.learning.models import Target, Unit, target_needs
from lti_app.learning.plan import units


@dataclass(frozen=True)
class Group:
    """A unit with its targets in use; the last group is of those without a unit."""

    unit: Unit | None
    targets: Sequence[Target]


def by_unit(session: Session, team_id: int, section_id: int) -> list[Group]:
    """The team's plan in order. Empty units are there; targets without a unit come last, only
    where there are any."""
    found = units.of_team(session, team_id)
    of_unit: dict[int | None, list[Target]] = {unit.id: [] for unit in found}
    for target in targets.of_team(session, team_id, section_id):
        of_unit.setdefault(target.unit_id, []).append(target)
    groups = [Group(unit, of_unit[unit.id]) for unit in found]
    if of_unit.get(None):
        groups.append(Group(None, of_unit[None]))
    return groups


@dataclass(frozen=True)
class Links:
    """A target's place among the team's targets."""

    first: list[Target]
    """Needed first; archived ones too, they say so."""
    then: list[Target]
    """Those in use that need it."""
    others: list[Group]
    """What else it might need first, by unit."""


def links_of(session: Session, target: Target) -> Links:
    """The needs-first links of a target, and all that could be linked, in three queries."""
    rows = session.execute(
        select(target_needs.c.target_id, target_needs.c.needs_id).where(
            or_(target_needs.c.target_id == target.id, target_needs.c.needs_id == target.id)
        )
    ).all()
    first = {needs_id for target_id, needs_id in rows if target_id == target.id}
    then = {target_id for target_id, needs_id in rows if needs_id == target.id}
    found = session.scalars(
        _ordered(target.team_id, or_(Target.archived_at.is_(None), Target.id.in_(first)))
    ).all()
    return Links(
        first=[one for one in found if one.id in first],
        then=[one for one in found if one.id in then],
        others=grouped_by(
            [one for one in found if one.id not in first | {target.id} and not one.archived_at],
            units.of_team(session, target.team_id),
        ),
    )


def in_use(session: Session, team_id: int) -> list[Target]:
    """The team's targets in order, without what belongs to them."""
    return list(session.scalars(_ordered(team_id, Target.archived_at.is_(None))))


def others(session: Session, target: Target) -> list[Group]:
    """The team's other targets in use, by unit, in two queries."""
    found = [one for one in in_use(session, target.team_id) if one.id != target.id]
    return grouped_by(found, units.of_team(session, target.team_id))


def _ordered(team_id: int, condition: ColumnElement[bool]) -> Select[Target]:
    return (
        select(Target)
        .outerjoin(Unit)
        .where(Target.team_id == team_id, condition)
        .order_by(Unit.position.nulls_last(), Unit.id, Target.position, Target.id)
    )


def grouped_by(found: Sequence[Target], known: Sequence[Unit]) -> list[Group]:
    """Ordered targets by their units, for a list to pick from."""
    unit_of = {unit.id: unit for unit in known}
    groups: dict[int | None, list[Target]] = {}
    for one in found:
        groups.setdefault(one.unit_id, []).append(one)
    return [Group(unit_of.get(unit_id or 0), group) for unit_id, group in groups.items()]
