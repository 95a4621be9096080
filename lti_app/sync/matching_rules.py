"""Looking up what teachers taught about coursework: the most specific rule, the nearest first."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.people.models import Section
from lti_app.sync.matching_models import MatchingRule, RuleAbout

SHORTEST_WORD = 6
"""Letters; a single word of a title says something only where it is as long as *Warm-up*."""


def folded(title: str) -> str:
    """A title as rules compare it: one line, without the difference of capitals."""
    return " ".join(title.split()).casefold()[:300]


def begins_with(title: str, stem: str) -> bool:
    """Whether a title begins with a (folded) stem, and not in the middle of a word."""
    line = folded(title)
    return line.startswith(stem) and not line[len(stem) : len(stem) + 1].isalnum()


def shared_stem(title: str, others: Iterable[str]) -> str:
    """The longest beginning of a title, in whole words, that another title has too; empty where
    there is none that says something: two words, one long word, or the whole title."""
    words = title.split()
    lines = [folded(other) for other in others]
    for count in range(len(words), 0, -1):
        stem = " ".join(words[:count])
        says_something = count == len(words) or count > 1 or len(stem) >= SHORTEST_WORD
        if says_something and any(begins_with(line, folded(stem)) for line in lines):
            return stem
    return ""


class Rules:
    """The rules that hold in one section: its own before those of the team's other sections, and
    among those the newest."""

    def __init__(self, rules: Iterable[MatchingRule], section_id: int) -> None:
        self._section_id = section_id
        self.all = list(rules)
        self._arrange()

    def _arrange(self) -> None:
        self.all.sort(
            key=lambda rule: (rule.section_id != self._section_id, -rule.taught_at.timestamp())
        )
        # The longer beginning says more of a title.
        self._titles = sorted(
            (rule for rule in self.all if rule.about == RuleAbout.TITLE),
            key=lambda rule: -len(rule.subject),
        )
        self._own = {
            (rule.about, rule.subject): rule
            for rule in self.all
            if rule.section_id == self._section_id
        }

    @classmethod
    def load(cls, session: Session, team_id: int, section_id: int) -> "Rules":
        """The rules of a section and of its team, in one query."""
        found = session.scalars(
            select(MatchingRule)
            .join(Section, MatchingRule.section_id == Section.id)
            .where(
                Section.team_id == team_id,
                (MatchingRule.about != RuleAbout.ITEM) | (MatchingRule.section_id == section_id),
            )
            .order_by(MatchingRule.id)
        )
        return cls(found, section_id)

    def add(self, rule: MatchingRule) -> None:
        """Let a new rule count from now on."""
        self.all.append(rule)
        self._arrange()

    def remove(self, rule: MatchingRule) -> None:
        """Let a rule count no longer."""
        self.all.remove(rule)
        self._arrange()

    def own(self, about: RuleAbout, subject: str) -> MatchingRule | None:
        """The rule that this very section was taught."""
        return self._own.get((about, subject))

    def of_item(self, external_id: str) -> MatchingRule | None:
        """What was said of this very coursework."""
        return self.own(RuleAbout.ITEM, external_id)

    def is_activity(self, external_id: str) -> bool:
        """Whether this coursework is an activity although it has points."""
        rule = self.of_item(external_id)
        return rule is not None and rule.as_activity

    def of_title(self, title: str) -> MatchingRule | None:
        """What was said of titles that begin like this one."""
        return next((rule for rule in self._titles if begins_with(title, rule.subject)), None)

    def targets_of_topic(self, title: str) -> list[MatchingRule]:
        """What was said of where a topic's coursework belongs."""
        return [rule for rule in self._of_topic(title) if rule.target_id is not None]

    def unit_of_topic(self, title: str) -> int | None:
        """The unit that a topic was said to be."""
        units = [rule.unit_id for rule in self._of_topic(title) if rule.unit_id is not None]
        return units[0] if units else None

    def _of_topic(self, title: str) -> list[MatchingRule]:
        return [
            rule
            for rule in self.all
            if rule.about == RuleAbout.TOPIC and rule.subject == folded(title)
        ]
