"""Where mirrored coursework belongs: the target it serves, by standard code, else by topic."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from integrations.lms import Coursework, Topic
from lti_app.learning import standards
from lti_app.learning.models import Activity, Pathway, Source, Standard, Target, Unit
from lti_app.learning.targets import LONGEST_TITLE
from lti_app.sync.models import ItemKind, MirroredItem

SHORTEST_CLAUSE = 25
"""Letters; a bracket that comes sooner belongs to the clause, as in *the product (a/b) × q*."""

VERBS = frozenset(
    (
        "add analyze apply ask build calculate choose classify compare compose compute convert "
        "count decide demonstrate describe design determine develop display distinguish divide "
        "draw estimate evaluate explain express find fluently form generate graph identify "
        "integrate interpret introduce know link locate make measure multiply order partition "
        "perform produce provide quote read recall recognize relate report represent review round "
        "show solve subtract summarize tell understand use verify write"
    ).split()
)
"""With what the statements of standards begin that say what a student can do."""


def shortened(title: str) -> str:
    """A title in one line that fits; empty titles stay empty."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def as_target(statement: str) -> str:
    """A standard's statement as a first wording of a target: *I can …*, without what it adds in
    brackets or further clauses; as it stands where it does not begin with a verb."""
    line = re.split(r",? (?:e\.g\.|i\.e\.)", " ".join(statement.split()))[0].rstrip(".")
    ends = [at for at, mark in enumerate(line) if mark in "(.;:" and at >= SHORTEST_CLAUSE]
    clause = line[: ends[0]].rstrip() if ends else line
    if clause.partition(" ")[0].rstrip(",").lower() in VERBS:
        return f"I can {clause[:1].lower()}{clause[1:]}."
    return clause


@dataclass(frozen=True)
class Home:
    """The key of a target among a section's mirrored items, and what to call a new one."""

    key: str
    """`standard:<code key>`, `topic:<topic id>` or `topic:`."""
    standard: Standard | None
    topic: Topic | None

    @property
    def title(self) -> str:
        """Title of the target when it has to be made; a teacher may say it better."""
        if self.standard is not None:
            return shortened(as_target(self.standard.statement))
        return shortened(self.topic.title if self.topic else "") or "Other work"


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
        self._units: dict[str, int] = {
            external_id: item.local_id
            for (kind, external_id), item in items.items()
            if kind == ItemKind.TOPIC
        }
        self._targets_of_pathways: dict[int, int] = {}
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
                unit = known.get(title) or Unit(
                    team_id=self._team_id, title=title, position=position, source=Source.MIRRORED
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
        for key in standards.codes_in(f"{work.title}\n{work.description}"):
            if key in known:
                return Home(f"standard:{key}", known[key], topic)
        return Home(f"topic:{topic.id if topic else ''}", None, topic)

    def target(self, home: Home) -> Target:
        """The target at home there: the one it had before, the team's own, or a new one."""
        item = self._items.get((ItemKind.TARGET, home.key))
        if item is not None:
            found = self._targets[item.local_id]
            if found.merged_into_id is not None:
                found = self._targets[found.merged_into_id]
                item.local_id = found.id
            if found.archived_at is None:
                return found
        target = self._teams_own(home)
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
            if (ItemKind.TARGET, home.key) in self._items or self._teams_own(home):
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
        target = Target(
            team_id=self._team_id,
            unit_id=self._units.get(home.topic.id) if home.topic else None,
            title=home.title,
            source=Source.MIRRORED,
            position=1 + more + max((t.position for t in self._targets.values()), default=0),
            standards=[home.standard] if home.standard else [],
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

    def stands_at(self, activity: Activity) -> int:
        """Id of the target that an activity leads to now."""
        if activity.pathway_id not in self._targets_of_pathways:
            rows = self._session.execute(
                select(Pathway.id, Pathway.target_id)
                .join(Target)
                .where(Target.team_id == self._team_id)
            )
            self._targets_of_pathways = dict(rows.all())
        return self._targets_of_pathways[activity.pathway_id]

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
