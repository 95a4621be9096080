"""What a teacher teaches the matching of titles and topics, for all the team's sections; and how
something taught is taken back.
"""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lti_app.errors import BadInput, NotHere
from lti_app.learning import standards
from lti_app.learning.models import Source, Standard, Target, Unit
from lti_app.learning.plan import moving, units
from lti_app.people.models import Section
from lti_app.sync.correcting import Correcting, Row
from lti_app.sync.matching_models import RuleAbout
from lti_app.sync.matching_rules import begins_with, folded
from lti_app.sync.models import ItemKind, MirroredItem
from lti_app.sync.seen import named_by, title_of, topic_of
from lti_app.sync.works_in import MIRRORED

SHORTEST_STEM = 3
"""Letters that a rule on titles must say."""
Pair = tuple[MirroredItem, Row]


def teach_title(
    correcting: Correcting, stem: str, *, to: Target | None = None, standard: Standard | None = None
) -> int:
    """Say where coursework belongs whose title begins with `stem` and that names no standard:
    under a target, to a standard, or (neither) that it is none of ours. Returns how many of
    those that are here already moved or were left out. Raises `BadInput` for a short stem."""
    if len(folded(stem)) < SHORTEST_STEM:
        raise BadInput(
            _l("The beginning of the title is too short."),
            _l("Write at least %(n)s letters.", n=SHORTEST_STEM),
        )
    rule = correcting.rule(RuleAbout.TITLE, folded(stem), stem)
    rule.target_id = to.id if to else None
    rule.standard_id = standard.id if standard else None
    rule.left_out = to is None and standard is None
    alike = [
        (item, row)
        for item, row in _placed_by_mirror(correcting)
        if begins_with(title_of(item), rule.subject) and not named_by(item)
    ]
    if rule.left_out:
        return correcting.leave_out([item.id for item, _row in alike]) if alike else 0
    return apply(correcting, alike)


def teach_topic(correcting: Correcting, topic_item_id: int, typed: str) -> int:
    """Say which unit a topic is (`unit-3`), or where its coursework without a standard belongs
    (`target-7`). Returns how many things moved. Raises `NotHere` and `BadInput`."""
    (topic,) = correcting.picked([topic_item_id], (ItemKind.TOPIC,))
    title = title_of(topic)
    rule = correcting.rule(RuleAbout.TOPIC, folded(title), title)
    kind, _, typed_id = typed.partition("-")
    if kind == "unit":
        unit = correcting.unit(typed_id)
        rule.unit_id = unit.id
        return _become(correcting, topic, unit)
    rule.target_id = correcting.place(typed).id
    of_topic = [
        (item, row)
        for item, row in _placed_by_mirror(correcting)
        if topic_of(item) == topic.external_id
    ]
    return apply(correcting, of_topic)


def _become(correcting: Correcting, topic: MirroredItem, unit: Unit) -> int:
    """Let a topic's unit be another one, in all sections that share it; the targets that came
    in with it go along. A unit that came from a topic only is put away."""
    old = correcting.session.get_one(Unit, topic.local_id)
    if old.id == unit.id:
        return 0
    sharing = correcting.session.scalars(
        select(MirroredItem)
        .join(Section, MirroredItem.section_id == Section.id)
        .where(
            Section.team_id == correcting.team_id,
            MirroredItem.kind == ItemKind.TOPIC,
            MirroredItem.local_id == old.id,
        )
    ).all()
    of_title = [one for one in sharing if folded(title_of(one)) == folded(title_of(topic))]
    for one in of_title:
        one.local_id = unit.id
    held = correcting.session.scalars(
        select(Target).where(Target.unit_id == old.id, Target.archived_at.is_(None))
    ).all()
    if old.source == Source.MIRRORED and len(of_title) == len(sharing):
        units.archive(correcting.session, old, move=True, into_id=unit.id)
        return len(held)
    correcting.session.flush()
    return 0


def take_back(correcting: Correcting, rule_id: int) -> int:
    """Forget a rule; what it moved in this section goes where it would be without it, except
    what somebody moved again. Returns how many things moved. Raises `NotHere`."""
    rule = next((one for one in correcting.homes.rules.all if one.id == rule_id), None)
    if rule is None:
        raise NotHere
    correcting.forget(rule)
    if rule.about == RuleAbout.ITEM:
        there = [
            item
            for kind in (ItemKind.LEFT_OUT, *MIRRORED)
            if (item := correcting.items.get((kind, rule.subject)))
        ]
        return _undo(correcting, there)
    if rule.about == RuleAbout.TITLE and rule.left_out:
        marks = [
            item
            for item in correcting.items.values()
            if item.kind == ItemKind.LEFT_OUT and begins_with(title_of(item), rule.subject)
        ]
        return correcting.bring_back([mark.id for mark in marks]) if marks else 0
    if rule.unit_id is not None:
        # The next mirror finds the topic's unit by its title, or makes it.
        for item in list(correcting.items.values()):
            if item.kind == ItemKind.TOPIC and folded(title_of(item)) == rule.subject:
                correcting.session.delete(item)
    return apply(correcting, _placed_by_mirror(correcting))


def as_classroom_says(correcting: Correcting, item_ids: Iterable[int]) -> int:
    """Forget what a teacher said of these items, wherever they are; returns how many moved."""
    picked = correcting.picked(item_ids)
    for item in picked:
        if rule := correcting.homes.rules.of_item(item.external_id):
            rule.target_id = None
            correcting.forget_if_empty(rule)
    return apply(correcting, correcting.rows(picked), anyway=True)


def _undo(correcting: Correcting, there: list[MirroredItem]) -> int:
    marks = [item.id for item in there if item.kind == ItemKind.LEFT_OUT]
    if marks:
        correcting.bring_back(marks)
    return apply(correcting, correcting.rows(item for item in there if item.kind in MIRRORED))


def apply(correcting: Correcting, pairs: list[Pair], *, anyway: bool = False) -> int:
    """Bring items where the rules say, except (unless `anyway`) what a teacher put elsewhere
    without a rule; returns how many moved."""
    keys = {named_by(item) for item, _row in pairs} - {""}
    known = standards.by_code_key(correcting.session, keys)
    homes = correcting.homes
    moved = 0
    for item, row in pairs:
        old = correcting.items.get((ItemKind.TARGET, item.seen.get("home", "")))
        stands_at = homes.in_use(moving.stands_at(correcting.session, row))
        placed = old is not None and homes.in_use(old.local_id) is stands_at
        if not (placed or anyway):
            continue
        home = homes.home(
            item.external_id, title_of(item), correcting.topic(item), known.get(named_by(item))
        )
        if anyway or home.key != item.seen.get("home"):
            item.seen = {**item.seen, **home.facts}
            moved += homes.bring(row, homes.target(home))
    homes.settle()
    return moved


def _placed_by_mirror(correcting: Correcting) -> list[Pair]:
    """What no teacher said anything of by itself."""
    rules = correcting.homes.rules
    return correcting.rows(
        item
        for item in correcting.items.values()
        if item.kind in MIRRORED and not rules.own(RuleAbout.ITEM, item.external_id)
    )
