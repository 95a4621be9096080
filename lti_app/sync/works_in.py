"""Topics and coursework become units, targets, activities and checkpoints, and follow what changes
in the LMS where no teacher edited them here."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lms import Coursework, Topic
from lti_app.db import now
from lti_app.learning import standards
from lti_app.learning.models import Activity, Checkpoint, Source, Standard
from lti_app.learning.plan.needs import lock_plan
from lti_app.people.models import Section
from lti_app.sync import leaving_out, reports, rubrics_in
from lti_app.sync.coursework import (
    Fields,
    codes_of,
    fields_of,
    follow,
    item_kind,
    parts_of,
)
from lti_app.sync.home import Home
from lti_app.sync.homes import Homes
from lti_app.sync.models import (
    ColumnKind,
    GradebookColumn,
    ItemKind,
    MirroredItem,
)
from lti_app.sync.titles import shortened

PATHWAY_TITLE = "Google Classroom"
MIRRORED = (ItemKind.ACTIVITY, ItemKind.CHECKPOINT)
"""Kinds of items that stand under a target."""


class Run:
    """One run over a course's topics and coursework, in one transaction."""

    def __init__(
        self, session: Session, section_id: int, report_id: int, counts: Counter[str]
    ) -> None:
        self._session = session
        self._section_id = section_id
        self._report_id = report_id
        self._counts = counts
        self._said: set[tuple[str, str]] = set()
        self._made: set[MirroredItem] = set()
        section = session.get_one(Section, section_id)
        lock_plan(session, section.team_id)  # a teacher may correct the matching just now
        self._items = {
            (ItemKind(item.kind), item.external_id): item
            for item in session.scalars(
                select(MirroredItem).where(MirroredItem.section_id == section_id)
            )
        }
        self._rows = self._load_rows()
        self._homes = Homes(session, section.team_id, section_id, PATHWAY_TITLE, self._items)

    def _load_rows(self) -> dict[tuple[ItemKind, int], Activity | Checkpoint]:
        rows: dict[tuple[ItemKind, int], Activity | Checkpoint] = {}
        ids: dict[ItemKind, list[int]] = {ItemKind.ACTIVITY: [], ItemKind.CHECKPOINT: []}
        for (kind, _), item in self._items.items():
            if kind in ids:
                ids[kind].append(item.local_id)
        activities = select(Activity).where(Activity.id.in_(ids[ItemKind.ACTIVITY]))
        for activity in self._session.scalars(activities):
            rows[(ItemKind.ACTIVITY, activity.id)] = activity
        checkpoints = select(Checkpoint).where(Checkpoint.id.in_(ids[ItemKind.CHECKPOINT]))
        for checkpoint in self._session.scalars(checkpoints):
            rows[(ItemKind.CHECKPOINT, checkpoint.id)] = checkpoint
        return rows

    def take(
        self, topics: list[Topic] | None, works: list[Coursework], *, whole: bool = True
    ) -> None:
        """Mirror coursework and hide what is gone: what `works` says so of and, where they are the
        `whole` course, what is not among them. Topics: None for those known already."""
        works = [work for work in works if (ItemKind.OURS, work.id) not in self._items]
        read = {work.id for work in works}
        works = [work for work in works if not work.gone]
        if topics is None:
            topics = self._known_topics()
        else:
            self._homes.units(topics)
        by_id = {topic.id: topic for topic in topics}
        keys = {key for work in works for key in codes_of(work)}
        known = standards.by_code_key(self._session, keys)
        all_parts = [
            (part, kind)
            for work in works
            for kind in [self._kind(work)]
            for part in parts_of(work, kind)
        ]
        wanted = leaving_out.wanted(
            self._session,
            self._section_id,
            self._items,
            self._homes,
            all_parts,
            only=None if whole else read,
        )
        parts = [(part, kind, self._homes.of(part, by_id, known)) for part, kind in wanted]
        self._make([one for one in parts if (one[1], one[0].id) not in self._items])
        for part, kind, home in parts:
            self._take_one(part, kind, home)
        self._homes.settle()
        titles = Counter(work.title.strip().casefold() for work in works)
        here = {part.id.partition("/")[0] for part, *_ in parts}
        for work in works:
            if work.id in here:
                self._notice(work, titles, known)
        self._hide_gone({(kind, part.id) for part, kind in all_parts}, None if whole else read)

    def _kind(self, work: Coursework) -> ItemKind:
        if self._homes.rules.is_activity(work.id):
            return ItemKind.ACTIVITY
        return item_kind(work)

    def rubrics_wanted(self, works: list[Coursework], *, whole: bool) -> list[str]:
        """Ids of coursework among `works` whose rubric is to be read, and of such whose reading
        was broken off."""
        read = {work.id for work in works}
        return [
            external_id
            for (kind, external_id), item in self._items.items()
            if kind == ItemKind.CHECKPOINT
            and item.gone_at is None
            and rubrics_in.is_wanted(item, whole=whole and external_id in read)
        ]

    def _known_topics(self) -> list[Topic]:
        """The topics as they were read last."""
        return [
            Topic(external_id, item.seen.get("title", ""))
            for (kind, external_id), item in self._items.items()
            if kind == ItemKind.TOPIC
        ]

    def _take_one(self, work: Coursework, kind: ItemKind, home: Home) -> None:
        item = self._items[(kind, work.id)]
        if item in self._made:
            self._counts["new"] += 1
            return
        row = self._rows[(kind, item.local_id)]
        fields = fields_of(work, kind)
        changed = self._homes.follow(row, item, home, fields.values["title"])
        if changed:
            self._note("moved", work)
        changed |= self._follow(row, item, fields, work)
        updated = work.updated_at.isoformat() if work.updated_at else ""
        if item.seen.get("updated", "") != updated:
            item.seen = {**item.seen, "updated": updated}
        if item.gone_at is not None:
            item.gone_at = None
            row.hidden = False
            self._note("back", work)
            changed = True
        self._counts["changed" if changed else "unchanged"] += 1

    def _make(self, parts: list[tuple[Coursework, ItemKind, Home]]) -> None:
        """Rows for what is new, in as many statements however many there are."""
        self._homes.prepare(
            [home for _, kind, home in parts if kind == ItemKind.ACTIVITY],
            [home for _, kind, home in parts if kind == ItemKind.CHECKPOINT],
        )
        made = [(*part, self._new_row(*part)) for part in parts]
        self._session.add_all([row for *_, row in made])
        self._session.flush()
        for work, kind, home, row in made:
            updated = work.updated_at.isoformat() if work.updated_at else ""
            item = MirroredItem(
                section_id=self._section_id,
                kind=kind,
                external_id=work.id,
                local_id=row.id,
                seen={**fields_of(work, kind).stored(), **home.facts, "updated": updated},
            )
            self._made.add(item)
            self._items[(kind, work.id)] = item
            self._rows[(kind, row.id)] = row
            if kind == ItemKind.CHECKPOINT:
                self._session.add(
                    GradebookColumn(
                        section_id=self._section_id,
                        checkpoint_id=row.id,
                        kind=ColumnKind.CLASSROOM,
                        external_id=work.id,
                        writable=work.ours,
                    )
                )
        self._session.add_all(self._made)
        self._session.flush()

    def _new_row(self, work: Coursework, kind: ItemKind, home: Home) -> Activity | Checkpoint:
        target = self._homes.target(home)
        values = fields_of(work, kind).values
        if kind == ItemKind.ACTIVITY:
            pathway = self._homes.pathway(target)
            return Activity(pathway_id=pathway.id, source=Source.MIRRORED, **values)
        return Checkpoint(
            target_id=target.id, section_id=self._section_id, source=Source.MIRRORED, **values
        )

    def _follow(
        self, row: Activity | Checkpoint, item: MirroredItem, fields: Fields, work: Coursework
    ) -> bool:
        """Take over fields that changed in the LMS, where no teacher edited them here."""
        changed, kept = follow(row, item, fields)
        if kept:
            self._note("kept_edit", work)
        return changed

    def _hide_gone(self, present: set[tuple[ItemKind, str]], only: set[str] | None) -> None:
        """Hide what is not `present`, of the coursework `only` where it is given."""
        for (kind, external_id), item in self._items.items():
            if kind not in MIRRORED:
                continue
            if only is not None and external_id.partition("/")[0] not in only:
                continue
            if (kind, external_id) in present or item.gone_at is not None:
                continue
            row = self._rows[(kind, item.local_id)]
            row.hidden = True
            item.gone_at = now()
            self._counts["gone"] += 1
            reports.note(self._session, self._report_id, "gone", row.title)

    def _notice(self, work: Coursework, titles: Counter[str], known: dict[str, Standard]) -> None:
        if not work.title.strip():
            self._note("no_title", work)
        elif shortened(work.title) != " ".join(work.title.split()):
            self._note("title_shortened", work)
        if titles[work.title.strip().casefold()] > 1:
            self._note("same_title", work)
        if not work.max_points and not work.is_material:
            self._note("no_points", work)
        if not any(code in known for code in codes_of(work)):
            self._note("no_code", work)

    def _note(self, code: str, work: Coursework) -> None:
        said = (code, shortened(work.title) or work.id)
        if said not in self._said:
            self._said.add(said)
            reports.note(self._session, self._report_id, *said)
