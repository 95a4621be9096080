"""What was matched and why: a course's coursework under the targets where it is now."""

from dataclasses import dataclass, field

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lti_app.learning.models import Checkpoint, Target, Unit
from lti_app.sync.lessons import Offer, Taught, in_words, offers_after
from lti_app.sync.matching_rules import Rules
from lti_app.sync.models import GradebookColumn, ItemKind, MirroredItem
from lti_app.sync.placing import Placed, Placing


@dataclass
class TargetGroup:
    """A target and what came to it."""

    target: Target
    placed: list[Placed] = field(default_factory=list)
    to_look_at: int = 0
    """So many more of its things need a look, and are listed there."""


@dataclass
class UnitGroup:
    """A unit (None: no unit) and its targets."""

    unit: Unit | None
    targets: list[TargetGroup] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Things that came to it."""
        return sum(len(group.placed) + group.to_look_at for group in self.targets)


@dataclass(frozen=True)
class Matching:
    """All that the page shows."""

    needs_look: list[Placed]
    units: list[UnitGroup]
    gone: list[Placed]
    left_out: list[MirroredItem]
    ours: list[str]
    """Titles; empty where only our pathway is known."""
    topics: list[tuple[MirroredItem, Unit | None]]
    taught: list[Taught]
    targets: dict[int, Target]
    offers: list[Offer]


def look(
    session: Session,
    team_id: int,
    section_id: int,
    viewer_id: int,
    *,
    after: int = 0,
    find: str = "",
) -> Matching:
    """The matching of a section's course, in as many queries for a large course as for a small
    one. `after` is the id of an item that was just moved: others may go with it. `find` leaves
    only coursework whose title holds these words."""
    items = session.scalars(
        select(MirroredItem).where(MirroredItem.section_id == section_id).order_by(MirroredItem.id)
    ).all()
    rules = Rules.load(session, team_id, section_id)
    targets = {
        target.id: target
        for target in session.scalars(
            select(Target)
            .outerjoin(Unit)
            .where(Target.team_id == team_id)
            .order_by(Unit.position.nulls_last(), Unit.id, Target.position, Target.id)
        )
    }
    of_unit = {
        unit.id: unit for unit in session.scalars(select(Unit).where(Unit.team_id == team_id))
    }
    placed = Placing(session, items, rules, targets, viewer_id).all(section_id)
    here = [one for one in placed if one.item.gone_at is None]
    marks = [item for item in items if item.kind == ItemKind.LEFT_OUT]
    out = {mark.external_id for mark in marks}
    here = [one for one in here if one.item.external_id not in out]
    topics = [item for item in items if item.kind == ItemKind.TOPIC]
    offers = offers_after(here, topics, rules, targets, after)
    here = [one for one in here if one.is_called(find)]
    return Matching(
        needs_look=[one for one in here if one.needs_look],
        units=_grouped(here, targets, of_unit),
        gone=[one for one in placed if one.item.gone_at is not None and one.is_called(find)],
        left_out=marks,
        ours=_written_here(session, section_id),
        topics=[(item, of_unit.get(item.local_id)) for item in topics],
        taught=in_words(session, rules, targets, of_unit),
        targets=targets,
        offers=offers,
    )


def _grouped(
    placed: list[Placed], targets: dict[int, Target], of_unit: dict[int, Unit]
) -> list[UnitGroup]:
    """All targets in use with what came to them; what needs a look is only counted."""
    groups = {
        target.id: TargetGroup(target) for target in targets.values() if target.archived_at is None
    }
    for one in placed:
        group = groups.setdefault(one.target_id, TargetGroup(targets[one.target_id]))
        if one.needs_look:
            group.to_look_at += 1
        else:
            group.placed.append(one)
    units: dict[int | None, UnitGroup] = {}
    for group in groups.values():
        unit_id = group.target.unit_id
        unit = units.setdefault(unit_id, UnitGroup(of_unit.get(unit_id or 0)))
        unit.targets.append(group)
    return list(units.values())


def _written_here(session: Session, section_id: int) -> list[str]:
    rows = session.scalars(
        select(Checkpoint.title)
        .select_from(MirroredItem)
        .outerjoin(
            GradebookColumn,
            and_(
                GradebookColumn.section_id == section_id,
                GradebookColumn.external_id == MirroredItem.external_id,
            ),
        )
        .outerjoin(Checkpoint, GradebookColumn.checkpoint_id == Checkpoint.id)
        .where(MirroredItem.section_id == section_id, MirroredItem.kind == ItemKind.OURS)
        .order_by(MirroredItem.id)
    )
    return [title or "" for title in rows]
