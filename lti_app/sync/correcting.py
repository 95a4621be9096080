"""What a teacher corrects in the matching. Things move at once, with their attempts, and the
correction is kept as a rule on this very coursework, which later mirrors know.
"""

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lms import Topic
from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.learning.models import Activity, Checkpoint, Pathway, Target, Unit
from lti_app.learning.plan import moving, units
from lti_app.learning.plan.needs import lock_plan
from lti_app.sync import leaving_out
from lti_app.sync.homes import Homes
from lti_app.sync.matching_models import MatchingRule, RuleAbout
from lti_app.sync.models import ItemKind, MirroredItem
from lti_app.sync.seen import named_by, title_of, topic_of
from lti_app.sync.titles import shortened
from lti_app.sync.works_in import MIRRORED, PATHWAY_TITLE

Row = Activity | Checkpoint


class Correcting:
    """One teacher's corrections in one section, in one transaction. Mirrors of the team's sections
    and colleagues who correct wait meanwhile."""

    def __init__(self, session: Session, team_id: int, section_id: int, teacher_id: int) -> None:
        lock_plan(session, team_id)
        self.session = session
        self.team_id = team_id
        self.section_id = section_id
        self._teacher_id = teacher_id
        self.items = {
            (ItemKind(item.kind), item.external_id): item
            for item in session.scalars(
                select(MirroredItem)
                .where(MirroredItem.section_id == section_id)
                .order_by(MirroredItem.id)
            )
        }
        self.homes = Homes(session, team_id, section_id, PATHWAY_TITLE, self.items)

    def place(self, typed: str) -> Target:
        """The target that a form names: `target-7`, or `unit-3` for what belongs to a unit as a
        whole. Raises `BadInput` where nothing was picked, `NotHere` where it is not there."""
        kind, _, typed_id = typed.partition("-")
        if kind == "unit":
            return self.homes.of_unit(self.unit(typed_id))
        if kind != "target" or not typed_id.isdecimal():
            raise BadInput(_l("No place was picked."), _l("Pick a target, then move once more."))
        target = self.homes.in_use(int(typed_id[:9]))
        if target is None:
            raise NotHere
        return target

    def unit(self, typed_id: str) -> Unit:
        """A unit of the team in use. Raises `NotHere`."""
        unit_id = units.chosen(self.session, self.team_id, typed_id)
        unit = units.get(self.session, self.team_id, unit_id or 0)
        if unit.archived_at is not None:
            raise NotHere
        return unit

    def picked(
        self, item_ids: Iterable[int], kinds: Sequence[ItemKind] = MIRRORED
    ) -> list[MirroredItem]:
        """The section's items with these ids; what vanished meanwhile is left out. Raises
        `BadInput` where nothing was picked and `NotHere` where nothing is left."""
        wanted = set(item_ids)
        if not wanted:
            raise BadInput(_l("Nothing was picked."), _l("Tick one or more, then try again."))
        found = [item for item in self.items.values() if item.id in wanted and item.kind in kinds]
        if not found:
            raise NotHere
        return found

    def rows(self, items: Iterable[MirroredItem]) -> list[tuple[MirroredItem, Row]]:
        """Items with the activity or checkpoint that each became."""
        known: dict[tuple[ItemKind, int], Row] = {}
        ids: dict[ItemKind, list[int]] = {kind: [] for kind in MIRRORED}
        for item in (items := list(items)):
            ids[ItemKind(item.kind)].append(item.local_id)
        # Their pathways come along: each is asked where it stands.
        for activity, _pathway in self.session.execute(
            select(Activity, Pathway).join(Pathway).where(Activity.id.in_(ids[ItemKind.ACTIVITY]))
        ):
            known[(ItemKind.ACTIVITY, activity.id)] = activity
        for checkpoint in self.session.scalars(
            select(Checkpoint).where(Checkpoint.id.in_(ids[ItemKind.CHECKPOINT]))
        ):
            known[(ItemKind.CHECKPOINT, checkpoint.id)] = checkpoint
        return [(item, known[(ItemKind(item.kind), item.local_id)]) for item in items]

    def move(self, item_ids: Iterable[int], to: Target | None) -> int:
        """Put items under a target (None: each where it is now) for good; returns how many."""
        pairs = self.rows(self.picked(item_ids))
        for item, row in pairs:
            target = to or self.homes.in_use(moving.stands_at(self.session, row))
            if target is None:
                continue
            rule = self.rule(RuleAbout.ITEM, item.external_id, row.title)
            rule.target_id, rule.named = target.id, named_by(item)
            self.homes.bring(row, target)
            self._note_home(item)
        self.homes.settle()
        return len(pairs)

    def leave_out(self, item_ids: Iterable[int]) -> int:
        """Say of items that they are none of ours: hidden here, their attempts kept, and no later
        mirror touches them. Returns how many."""
        pairs = self.rows(self.picked(item_ids))
        for item, row in pairs:
            self.rule(RuleAbout.ITEM, item.external_id, row.title).left_out = True
            row.hidden = True
            leaving_out.mark(
                self.session, self.section_id, self.items, item.external_id, title_of(item)
            )
        self.session.flush()
        return len(pairs)

    def bring_back(self, item_ids: Iterable[int]) -> int:
        """Take left-out items (ids of their marks) in after all; returns how many. What was never
        here comes with the next mirror."""
        marks = self.picked(item_ids, (ItemKind.LEFT_OUT,))
        for mark in marks:
            of_title = self.homes.rules.of_title(title_of(mark))
            if of_title and of_title.left_out:  # it is wanted all the same
                self.rule(RuleAbout.ITEM, mark.external_id, title_of(mark)).left_out = False
            elif rule := self.homes.rules.of_item(mark.external_id):
                rule.left_out = False
                self.forget_if_empty(rule)
            leaving_out.unmark(self.session, self.items, mark)
        back = {mark.external_id for mark in marks}
        there = [
            item
            for item in self.items.values()
            if item.kind in MIRRORED and item.external_id in back and item.gone_at is None
        ]
        for _item, row in self.rows(there):
            row.hidden = False
        self.session.flush()
        return len(marks)

    def rule(self, about: RuleAbout, subject: str, words: str) -> MatchingRule:
        """The section's rule on a subject, from now on this teacher's; a new one says nothing."""
        rule = self.homes.rules.own(about, subject)
        if rule is None:
            rule = MatchingRule(
                section_id=self.section_id,
                about=about,
                subject=subject,
                left_out=False,
                as_activity=False,
                named="",
                taught_at=now(),
            )
            self.session.add(rule)
            self.homes.rules.add(rule)
        rule.words = shortened(words)
        rule.taught_by_id = self._teacher_id
        rule.taught_at = now()
        return rule

    def forget(self, rule: MatchingRule) -> None:
        """Let a rule be gone."""
        self.homes.rules.remove(rule)
        self.session.delete(rule)

    def forget_if_empty(self, rule: MatchingRule) -> None:
        """Let a rule on an item be gone that says nothing any more."""
        if rule.target_id is None and not rule.left_out and not rule.as_activity:
            self.forget(rule)

    def _note_home(self, item: MirroredItem) -> None:
        home = self.homes.home(item.external_id, title_of(item), self.topic(item), None)
        self.homes.target(home)
        item.seen = {**item.seen, **home.facts, "named": named_by(item)}

    def topic(self, item: MirroredItem) -> Topic | None:
        """The topic under which the LMS has an item."""
        found = self.items.get((ItemKind.TOPIC, topic_of(item)))
        return Topic(found.external_id, title_of(found)) if found else None
