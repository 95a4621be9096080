"""One piece of coursework, where it is here, and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import Words
from lti_app.learning import standards
from lti_app.learning.models import Activity, Checkpoint, Pathway, Target
from lti_app.sync.matching_rules import Rules, folded
from lti_app.sync.models import ItemKind, MirroredItem
from lti_app.sync.seen import named_by, title_of, topic_of


@dataclass(frozen=True)
class Placed:
    """One piece of coursework and where it is here."""

    item: MirroredItem
    row: Activity | Checkpoint
    target_id: int
    why: Words
    """In a short phrase."""
    unsure: bool
    """The mirror had nothing but a topic, or not even that, to go by."""
    hint: str = ""
    """Code of a standard that Classroom names since the teacher put it here."""

    @property
    def kind(self) -> str:
        """A kind of activity, or `checkpoint`."""
        return self.row.kind if isinstance(self.row, Activity) else ItemKind.CHECKPOINT

    def is_called(self, find: str) -> bool:
        """Whether its title, here or in Classroom, holds these words."""
        return any(folded(find) in folded(title) for title in (self.row.title, title_of(self.item)))

    @property
    def needs_look(self) -> bool:
        """Whether a teacher should say something."""
        return self.unsure or bool(self.hint)


class Placing:
    """Says of each thing why it is where it is."""

    def __init__(
        self,
        session: Session,
        items: Iterable[MirroredItem],
        rules: Rules,
        targets: dict[int, Target],
        viewer_id: int,
    ) -> None:
        self._session = session
        self._rules = rules
        self._targets = targets
        self._viewer_id = viewer_id
        by_kind = {(item.kind, item.external_id): item for item in items}
        self._homes = {
            external_id: item.local_id
            for (kind, external_id), item in by_kind.items()
            if kind == ItemKind.TARGET
        }
        self._topics = {
            external_id: title_of(item)
            for (kind, external_id), item in by_kind.items()
            if kind == ItemKind.TOPIC
        }
        keys = {named_by(item) for item in by_kind.values()} | {
            key.removeprefix("standard:") for key in self._homes if key.startswith("standard:")
        }
        self._codes = {
            key: standard.code
            for key, standard in standards.by_code_key(session, keys - {""}).items()
        }

    def all(self, section_id: int) -> list[Placed]:
        """Every activity and checkpoint that came from the course, in the course's order."""
        found: list[tuple[MirroredItem, Activity | Checkpoint, int]] = []
        of_section = MirroredItem.section_id == section_id
        for item, activity, target_id in self._session.execute(
            select(MirroredItem, Activity, Pathway.target_id)
            .join(Activity, MirroredItem.local_id == Activity.id)
            .join(Pathway, Activity.pathway_id == Pathway.id)
            .where(of_section, MirroredItem.kind == ItemKind.ACTIVITY)
        ):
            found.append((item, activity, target_id))
        for item, checkpoint in self._session.execute(
            select(MirroredItem, Checkpoint)
            .join(Checkpoint, MirroredItem.local_id == Checkpoint.id)
            .where(of_section, MirroredItem.kind == ItemKind.CHECKPOINT)
        ):
            found.append((item, checkpoint, checkpoint.target_id))
        found.sort(key=lambda one: one[0].id)
        return [self._one(*one) for one in found]

    def _one(self, item: MirroredItem, row: Activity | Checkpoint, target_id: int) -> Placed:
        named = named_by(item)
        rule = self._rules.of_item(item.external_id)
        if rule is not None and rule.target_id is not None:
            why = (
                _l("you put it here")
                if rule.taught_by_id == self._viewer_id
                else _l("a teacher put it here")
            )
            hint = self._codes.get(named, "") if named not in ("", rule.named) else ""
            return Placed(item, row, target_id, why, unsure=False, hint=hint)
        home = item.seen.get("home", "")
        if self._merged(self._homes.get(home)) != self._merged(target_id):
            return Placed(item, row, target_id, _l("put here among the targets"), unsure=False)
        topic = self._topics.get(topic_of(item), "")
        kind, _, key = home.partition(":")
        why, unsure = self._in_words(kind, key, title_of(item), topic)
        return Placed(item, row, target_id, why, unsure)

    def _in_words(self, kind: str, key: str, title: str, topic: str) -> tuple[Words, bool]:
        taught = self._rules.of_title(title)
        if taught and ((kind == "target" and taught.target_id) or taught.standard_id):
            return _l("its title begins with “%(stem)s”", stem=taught.words), False
        if kind == "standard":
            return _l("names %(code)s", code=self._codes.get(key, key)), False
        if kind == "target":
            return _l("all of the topic %(topic)s goes here", topic=topic), False
        if topic:
            return _l("no code; topic %(topic)s", topic=topic), True
        return _l("no code and no topic"), True

    def _merged(self, target_id: int | None) -> int | None:
        target = self._targets.get(target_id or 0)
        return target.merged_into_id or target.id if target else None
