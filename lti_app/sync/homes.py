"""Where mirrored coursework belongs: the target it serves. What a teacher said of it counts
before the standard it names, that before what is known of titles like its own, then of its topic.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from integrations.lms import Coursework, Topic
from lti_app.learning import standards
from lti_app.learning.models import (
    Activity,
    Checkpoint,
    Pathway,
    Source,
    Standard,
    Target,
    Unit,
)
from lti_app.learning.plan import moving
from lti_app.sync.home import Home
from lti_app.sync.matching_rules import Rules
from lti_app.sync.models import ItemKind, MirroredItem
from lti_app.sync.titles import shortened


class Homes:
    """Finds or makes the targets and pathways that a section's coursework belongs to."""

    def __init__(
        self,
        session: Session,
        team_id: int,
        section_id: int,
        pathway_title: str,
        items: dict[tuple[ItemKind, str], MirroredItem],
    ) -> None:
        self._session = session
        self._team_id = team_id
        self._section_id = section_id
        self._pathway_title = pathway_title
        self._items = items
        self.rules = Rules.load(session, team_id, section_id)
        self._units: dict[str, int] = {
            external_id: item.local_id
            for (kind, external_id), item in items.items()
            if kind == ItemKind.TOPIC
        }
        self._touched: set[int] = set()
        self._pathways = self._mirrored_pathways()
        self._targets = {
            target.id: target
            for target in session.scalars(
                select(Target)
                .where(Target.team_id == team_id)
                .order_by(Target.id)
                .options(selectinload(Target.standards))
            )
        }

    def units(self, topics: list[Topic]) -> None:
        """Mirror the topics as units of the team; sections that share a title share the unit."""
        units = self._session.scalars(select(Unit).where(Unit.team_id == self._team_id)).all()
        known = {unit.title: unit for unit in units}
        by_id = {unit.id: unit for unit in units}
        made: list[tuple[str, str, Unit]] = []
        for position, topic in enumerate(topics, start=1):
            title = shortened(topic.title) or "…"
            item = self._items.get((ItemKind.TOPIC, topic.id))
            if item is not None:
                unit = by_id[item.local_id]
                if item.seen.get("title") != title:
                    if unit.title == item.seen.get("title"):
                        unit.title = title
                    item.seen = {"title": title}
            else:
                taught = by_id.get(self.rules.unit_of_topic(title) or 0)
                unit = (taught if taught and taught.archived_at is None else known.get(title)) or (
                    Unit(
                        team_id=self._team_id,
                        title=title,
                        position=position,
                        source=Source.MIRRORED,
                    )
                )
                self._session.add(unit)
                known[title] = unit
                made.append((topic.id, title, unit))
                continue
            self._units[topic.id] = unit.id
        self._session.flush()
        for topic_id, title, unit in made:
            self._remember(ItemKind.TOPIC, topic_id, unit.id, {"title": title})
            self._units[topic_id] = unit.id

    def of(self, work: Coursework, topics: dict[str, Topic], known: dict[str, Standard]) -> Home:
        """Where a piece of coursework belongs. `known` are standards by code key."""
        topic = topics.get(work.topic_id or "")
        keys = standards.codes_in(f"{work.title}\n{work.description}")
        named = next((known[key] for key in keys if key in known), None)
        return self.home(work.id, work.title, topic, named)

    def home(
        self, external_id: str, title: str, topic: Topic | None, named: Standard | None
    ) -> Home:
        """Where coursework belongs that has this title and topic, and names this standard."""
        key = named.code_key if named else ""
        of_item = self.rules.of_item(external_id)
        if of_item and (target := self.in_use(of_item.target_id)):
            return Home(f"target:{target.id}", None, topic, key)
        if named is not None:
            return Home(f"standard:{key}", named, topic, key)
        of_title = self.rules.of_title(title)
        if of_title and (target := self.in_use(of_title.target_id)):
            return Home(f"target:{target.id}", None, topic, key)
        if of_title and of_title.standard_id:
            meant = self._session.get_one(Standard, of_title.standard_id)
            return Home(f"standard:{meant.code_key}", meant, topic, key)
        for rule in self.rules.targets_of_topic(topic.title) if topic else []:
            if target := self.in_use(rule.target_id):
                return Home(f"target:{target.id}", None, topic, key)
        return Home(f"topic:{topic.id if topic else ''}", None, topic, key)

    def in_use(self, target_id: int | None) -> Target | None:
        """A target of the team, or the one that it was merged into; None where it is archived."""
        target = self._targets.get(target_id or 0)
        if target is not None and target.merged_into_id is not None:
            target = self._targets[target.merged_into_id]
        return target if target is not None and target.archived_at is None else None

    def target(self, home: Home) -> Target:
        """The target at home there: the one it had before, the team's own, or a new one."""
        item = self._items.get((ItemKind.TARGET, home.key))
        target = self.in_use(item.local_id if item else None) or self._taught(home)
        target = target or self._teams_own(home)
        if target is None:
            target = self._new_target(home)
            self._session.flush()
            self._targets[target.id] = target
        self._is_at(home, target)
        return target

    def _is_at(self, home: Home, target: Target) -> None:
        item = self._items.get((ItemKind.TARGET, home.key))
        if item is None:
            self._remember(ItemKind.TARGET, home.key, target.id, {})
        else:
            item.local_id = target.id

    def prepare(self, activities: Iterable[Home], others: Iterable[Home]) -> None:
        """Make the targets that are missing for what is to come, and for activities the pathways,
        in two statements however many there are."""
        activities = list(activities)
        made: dict[tuple[str, int | None], tuple[Target, list[Home]]] = {}
        for home in {home.key: home for home in [*activities, *others]}.values():
            known = (ItemKind.TARGET, home.key) in self._items or self._taught(home)
            if known or self._teams_own(home):
                continue
            # Two homes without a standard are one target where they are called alike.
            name = home.key if home.standard else home.title
            unit_id = self._units.get(home.topic.id) if home.topic else None
            place = (name, None if home.standard else unit_id)
            if place not in made:
                made[place] = (self._new_target(home, more=len(made)), [])
            made[place][1].append(home)
        self._session.flush()
        for target, homes in made.values():
            self._targets[target.id] = target
            for home in homes:
                self._is_at(home, target)
        targets = [self.target(home) for home in activities]
        missing = {one.id: one for one in targets if one.id not in self._pathways}
        pathways = {target.id: self._new_pathway(target) for target in missing.values()}
        self._session.flush()
        self._pathways.update(pathways)

    def _taught(self, home: Home) -> Target | None:
        kind, _, target_id = home.key.partition(":")
        return self.in_use(int(target_id)) if kind == "target" else None

    def of_unit(self, unit: Unit) -> Target:
        """The target that gathers what belongs to a unit as a whole."""
        for target in self._targets.values():
            if (target.unit_id, target.title) == (unit.id, unit.title) and self.in_use(target.id):
                return target
        target = self._add_target(unit.id, unit.title, None)
        self._session.flush()
        self._targets[target.id] = target
        return target

    def _teams_own(self, home: Home) -> Target | None:
        unit_id = self._units.get(home.topic.id) if home.topic else None
        for target in self._targets.values():
            if target.archived_at is not None:
                continue
            if home.standard is not None:
                if home.standard in target.standards:
                    return target
            elif target.title == home.title and target.unit_id == unit_id:
                return target
        return None

    def _new_target(self, home: Home, more: int = 0) -> Target:
        unit_id = self._units.get(home.topic.id) if home.topic else None
        return self._add_target(unit_id, home.title, home.standard, more)

    def _add_target(
        self, unit_id: int | None, title: str, standard: Standard | None, more: int = 0
    ) -> Target:
        target = Target(
            team_id=self._team_id,
            unit_id=unit_id,
            title=title,
            source=Source.MIRRORED,
            position=1 + more + max((t.position for t in self._targets.values()), default=0),
            standards=[standard] if standard else [],
        )
        self._session.add(target)
        return target

    def pathway(self, target: Target) -> Pathway:
        """The section's pathway of mirrored activities to a target."""
        pathway = self._pathways.get(target.id)
        if pathway is None:
            pathway = self._pathways[target.id] = self._new_pathway(target)
            self._session.flush()
        return pathway

    def _new_pathway(self, target: Target) -> Pathway:
        pathway = Pathway(
            target_id=target.id,
            section_id=self._section_id,
            title=self._pathway_title,
            source=Source.MIRRORED,
        )
        self._session.add(pathway)
        return pathway

    def follow(
        self, row: Activity | Checkpoint, item: MirroredItem, home: Home, title: str
    ) -> bool:
        """Take a row along where the LMS says something new of it and no teacher moved it here;
        returns whether it moved. A rule alone moves nothing that is here already: whoever teaches
        it says what moves with it. Call it before `seen` takes the new title."""
        before = item.seen.get("home", "")
        said = {"topic": home.facts["topic"], "named": home.facts["named"]}
        as_said = {**said, "title": title}.items() <= item.seen.items()
        new = {**item.seen, **said} if as_said else {**item.seen, **home.facts}
        if new != item.seen:
            item.seen = new
        old = self._items.get((ItemKind.TARGET, before))
        if as_said or before == home.key or old is None:
            return False
        if moving.stands_at(self._session, row) != old.local_id:
            return False
        return self.bring(row, self.target(home))

    def bring(self, row: Activity | Checkpoint, target: Target) -> bool:
        """Put an activity or checkpoint under another target, its attempts with it; False where
        it is there already. `settle` then works out the standings."""
        before = moving.stands_at(self._session, row)
        if before == target.id:
            return False
        if isinstance(row, Checkpoint):
            moving.bring_checkpoint(self._session, row, target.id)
        else:
            moving.bring_activity(self._session, row, self.pathway(target))
        self._touched |= {before, target.id}
        return True

    def settle(self) -> None:
        """Work out the standings on all targets that something was brought to or from."""
        self._session.flush()
        for target_id in sorted(self._touched):
            moving.work_out_anew(self._session, target_id)
        self._touched.clear()

    def _mirrored_pathways(self) -> dict[int, Pathway]:
        rows = self._session.scalars(
            select(Pathway).where(
                Pathway.section_id == self._section_id, Pathway.source == Source.MIRRORED
            )
        )
        return {pathway.target_id: pathway for pathway in rows}

    def _remember(
        self, kind: ItemKind, external_id: str, local_id: int, seen: dict[str, str]
    ) -> None:
        item = MirroredItem(
            section_id=self._section_id,
            kind=kind,
            external_id=external_id,
            local_id=local_id,
            seen=seen,
        )
        self._session.add(item)
        self._items[(kind, external_id)] = item
