"""The mirror: a course's topics, coursework and grades become units, targets, activities,
checkpoints and attempts. Running it again changes only what changed, and keeps teachers' edits.
"""

from collections import Counter
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lms import CourseSource, Coursework, LmsError, LmsRefused, Topic
from lti_app.db import Database, now
from lti_app.learning import standards
from lti_app.learning.models import Activity, Checkpoint, Pathway, Source, Standard
from lti_app.people.models import Section
from lti_app.sync import reports
from lti_app.sync.coursework import Fields, codes_of, fields_of, item_kind, plain
from lti_app.sync.grades_in import take_grades
from lti_app.sync.homes import Home, Homes, shortened
from lti_app.sync.models import (
    ColumnKind,
    GradebookColumn,
    ItemKind,
    MirroredItem,
)

SUBMISSIONS_AT_ONCE = 200
PATHWAY_TITLE = "Google Classroom"


def mirror_course(
    database: Database, district_id: int, section_id: int, source: CourseSource
) -> int:
    """Mirror one course into a section; returns the id of the report.

    What the LMS answers is read with no transaction open. Where it stops answering, or the
    course is gone, the report says so and nothing is changed (grades already taken stay taken).
    """
    with database.transaction(district_id=district_id) as session:
        report_id = reports.begin(session, section_id, "mirror").id
    counts: Counter[str] = Counter()
    failed = ""
    try:
        if source.course().archived:
            raise LmsRefused("course_archived")
        topics = list(source.topics())
        # A page that shifts while it is read can bring one thing twice.
        works = list({work.id: work for work in source.coursework()}.values())
        with database.transaction(district_id=district_id) as session:
            _Run(session, section_id, report_id, counts).take(topics, works)
        unknown: set[str] = set()
        submissions = source.submissions()
        while some := list(islice(submissions, SUBMISSIONS_AT_ONCE)):
            with database.transaction(district_id=district_id) as session:
                counts["grades"] += take_grades(session, section_id, some, unknown)
        if unknown:
            with database.transaction(district_id=district_id) as session:
                reports.note(session, report_id, "unknown_student", str(len(unknown)))
    except LmsError as error:
        failed = error.code
        raise
    except Exception:
        failed = "crashed"
        raise
    finally:
        with database.transaction(district_id=district_id) as session:
            reports.finish(session, report_id, dict(counts), failed)
    return report_id


class _Run:
    """One run over a course's topics and coursework, in one transaction."""

    def __init__(
        self, session: Session, section_id: int, report_id: int, counts: Counter[str]
    ) -> None:
        self._session = session
        self._section_id = section_id
        self._report_id = report_id
        self._counts = counts
        self._said: set[tuple[str, str]] = set()
        self._items = {
            (ItemKind(item.kind), item.external_id): item
            for item in session.scalars(
                select(MirroredItem).where(MirroredItem.section_id == section_id)
            )
        }
        self._rows = self._load_rows()
        section = session.get_one(Section, section_id)
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

    def take(self, topics: list[Topic], works: list[Coursework]) -> None:
        """Mirror everything the course holds now, and hide what it no longer holds."""
        works = [work for work in works if (ItemKind.OURS, work.id) not in self._items]
        self._homes.units(topics)
        by_id = {topic.id: topic for topic in topics}
        keys = {key for work in works for key in codes_of(work)}
        known = standards.by_code_key(self._session, keys)
        titles = Counter(work.title.strip().casefold() for work in works)
        for work in works:
            self._take_one(work, item_kind(work), self._homes.of(work, by_id, known))
            self._notice(work, titles, known)
        self._hide_gone({(item_kind(work), work.id) for work in works})

    def _take_one(self, work: Coursework, kind: ItemKind, home: Home) -> None:
        fields = fields_of(work, kind)
        item = self._items.get((kind, work.id))
        if item is None:
            row = self._make(work, kind, home, fields)
            item = MirroredItem(
                section_id=self._section_id,
                kind=kind,
                external_id=work.id,
                local_id=row.id,
                seen={**fields.stored(), "home": home.key},
            )
            self._session.add(item)
            self._items[(kind, work.id)] = item
            self._rows[(kind, row.id)] = row
            self._counts["new"] += 1
            return
        row = self._rows[(kind, item.local_id)]
        changed = self._follow(row, item, fields, work)
        changed |= self._move(row, item, home, work)
        if item.gone_at is not None:
            item.gone_at = None
            row.hidden = False
            self._note("back", work)
            changed = True
        self._counts["changed" if changed else "unchanged"] += 1

    def _make(
        self, work: Coursework, kind: ItemKind, home: Home, fields: Fields
    ) -> Activity | Checkpoint:
        target = self._homes.target(home)
        row: Activity | Checkpoint
        if kind == ItemKind.ACTIVITY:
            row = Activity(
                pathway_id=self._homes.pathway(target).id, source=Source.MIRRORED, **fields.values
            )
        else:
            row = Checkpoint(
                target_id=target.id,
                section_id=self._section_id,
                source=Source.MIRRORED,
                **fields.values,
            )
        self._session.add(row)
        self._session.flush()
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
        return row

    def _follow(
        self, row: Activity | Checkpoint, item: MirroredItem, fields: Fields, work: Coursework
    ) -> bool:
        """Take over fields that changed in the LMS, where no teacher edited them here."""
        stored = fields.stored()
        changed = False
        for name, value in fields.values.items():
            if stored[name] == item.seen.get(name):
                continue
            if plain(getattr(row, name)) == item.seen.get(name):
                setattr(row, name, value)
                changed = True
            else:
                self._note("kept_edit", work)
        if any(item.seen.get(name) != value for name, value in stored.items()):
            item.seen = {**item.seen, **stored}
        return changed

    def _move(
        self, row: Activity | Checkpoint, item: MirroredItem, home: Home, work: Coursework
    ) -> bool:
        """Follow to another target, where no teacher moved it here."""
        before = item.seen.get("home", "")
        if before == home.key:
            return False
        old = self._items.get((ItemKind.TARGET, before))
        item.seen = {**item.seen, "home": home.key}
        if isinstance(row, Activity):
            stands_at = self._session.get_one(Pathway, row.pathway_id).target_id
        else:
            stands_at = row.target_id
        if old is None or stands_at != old.local_id:
            return False
        target = self._homes.target(home)
        if isinstance(row, Activity):
            row.pathway_id = self._homes.pathway(target).id
        else:
            row.target_id = target.id
        self._note("moved", work)
        return True

    def _hide_gone(self, present: set[tuple[ItemKind, str]]) -> None:
        for (kind, external_id), item in self._items.items():
            if kind not in (ItemKind.ACTIVITY, ItemKind.CHECKPOINT):
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
