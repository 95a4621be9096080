"""The map of a unit or of all the team's targets: what stands on it, and where a student is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.learning import mastery
from lti_app.learning.models import Level, Mastery, Target, Unit
from lti_app.learning.plan.drawing import Drawing, draw
from lti_app.learning.plan.needs import Edges, grouped
from lti_app.people.models import Enrolment, Role


@dataclass(frozen=True)
class TargetMap:
    """A drawn map, and the targets that stand on it."""

    drawing: Drawing
    target_of: dict[int, Target]
    visiting: frozenset[int]
    """Targets of another unit that something here needs first."""
    first_of: dict[int, list[Target]]
    """What each target needs first, as it is linked."""
    links: Edges
    """Those between the targets of the map."""


def of_targets(found: Sequence[Target], links: Edges, unit: Unit | None) -> TargetMap:
    """Draw the team's targets in use (in order); with a `unit` those of it, and what they need
    first from other units."""
    own = {target.id for target in found if unit is None or target.unit_id == unit.id}
    needed = {needs_id for target_id, needs_id in links if target_id in own}
    shown = {target.id: target for target in found if target.id in needed or target.id in own}
    seen = {link for link in links if link[0] in own and link[1] in shown}
    first = grouped(seen)
    return TargetMap(
        drawing=draw({target_id: target.title for target_id, target in shown.items()}, seen),
        target_of=shown,
        visiting=frozenset(shown) - own,
        first_of={
            target_id: [shown[i] for i in shown if i in needs] for target_id, needs in first.items()
        },
        links=seen,
    )


def here(found: Sequence[Target], links: Edges, levels: Mapping[int, Level]) -> Target | None:
    """The target a student is on now, of those in order with something to do: the first begun
    and not met, else the first not met whose needs-first targets are all met, else the first not
    met."""
    unmet = [target for target in found if not mastery.is_met(_level(levels, target.id))]
    begun = [target for target in unmet if _level(levels, target.id) != Level.NOT_STARTED]
    needs = grouped(links)
    ready = [
        target
        for target in unmet
        if all(mastery.is_met(_level(levels, first)) for first in needs.get(target.id, ()))
    ]
    return next(iter([*begun, *ready, *unmet]), None)


def _level(levels: Mapping[int, Level], target_id: int) -> Level:
    return levels.get(target_id, Level.NOT_STARTED)


@dataclass(frozen=True)
class Counts:
    """How many of a section's students met each target."""

    met: dict[int, int]
    students: int


def counts(session: Session, section_id: int, target_ids: Collection[int]) -> Counts:
    """How many of the section's present students met these targets, in two queries."""
    present = select(Enrolment.person_id).where(
        Enrolment.section_id == section_id, Enrolment.active, Enrolment.role == Role.STUDENT
    )
    rows = session.execute(
        select(Mastery.target_id, func.count(Mastery.id))
        .where(
            Mastery.target_id.in_(target_ids),
            Mastery.person_id.in_(present),
            Mastery.level.in_((Level.MET, Level.BEYOND)),
        )
        .group_by(Mastery.target_id)
    )
    students = session.scalar(select(func.count()).select_from(present.subquery()))
    return Counts(dict(rows.all()), students or 0)
