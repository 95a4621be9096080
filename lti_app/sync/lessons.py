"""What was taught about the matching, in words; and what could be taught after something moved."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import Words
from lti_app.learning.models import Standard, Target, Unit
from lti_app.sync.matching_models import MatchingRule, RuleAbout
from lti_app.sync.matching_rules import Rules, begins_with, folded, shared_stem
from lti_app.sync.models import MirroredItem
from lti_app.sync.placing import Placed
from lti_app.sync.seen import title_of, topic_of

ABOUT: dict[RuleAbout, Words] = {
    RuleAbout.ITEM: _l("“%(words)s”"),
    RuleAbout.TITLE: _l("Titles that begin with “%(words)s”"),
    RuleAbout.TOPIC: _l("The topic “%(words)s”"),
}


@dataclass(frozen=True)
class Offer:
    """Others that could go where one thing was just put."""

    about: RuleAbout
    subject: str
    """Beginning of their titles; or id of the topic's item."""
    words: str
    target: Target
    count: int


@dataclass(frozen=True)
class Taught:
    """A rule and what it says."""

    rule: MatchingRule
    about: Words
    says: Words


def in_words(
    session: Session, rules: Rules, targets: dict[int, Target], of_unit: dict[int, Unit]
) -> list[Taught]:
    """All rules in words; those on titles and topics first."""
    meant = {rule.standard_id for rule in rules.all} - {None}
    rows = session.execute(select(Standard.id, Standard.code).where(Standard.id.in_(meant)))
    code_of = dict(rows.all()) if meant else {}
    found = []
    for rule in sorted(rules.all, key=lambda rule: rule.about == RuleAbout.ITEM):
        says: list[Words] = []
        if rule.left_out:
            says.append(_l("left out"))
        elif rule.standard_id is not None:
            says.append(code_of[rule.standard_id])
        if rule.unit_id is not None:
            says.append(of_unit[rule.unit_id].title)
        if rule.target_id is not None and not rule.left_out:
            says.append(targets[rule.target_id].title)
        if rule.as_activity:
            says.append(_l("an activity"))
        about = str(ABOUT[rule.about]) % {"words": rule.words}
        found.append(Taught(rule, about, ", ".join(str(one) for one in says) or _l("taken in")))
    return found


def offers_after(
    placed: list[Placed],
    topics: list[MirroredItem],
    rules: Rules,
    targets: dict[int, Target],
    after: int,
) -> list[Offer]:
    """What could go where the item `after` was put: others whose title begins alike, and the
    others of its topic, as far as they name no standard and no teacher has placed them."""
    moved = next((one for one in placed if one.item.id == after), None)
    rule = rules.of_item(moved.item.external_id) if moved else None
    if moved is None or rule is None or rule.target_id is None:
        return []
    target = targets[moved.target_id]
    others = [one for one in placed if one.unsure and one.target_id != target.id]
    offers = []
    stem = shared_stem(title_of(moved.item), (title_of(one.item) for one in others))
    if stem:
        alike = [one for one in others if begins_with(title_of(one.item), folded(stem))]
        offers.append(Offer(RuleAbout.TITLE, stem, stem, target, len(alike)))
    topic = next((one for one in topics if one.external_id == topic_of(moved.item)), None)
    of_topic = [one for one in others if topic and topic_of(one.item) == topic.external_id]
    if topic is not None and of_topic:
        words = title_of(topic)
        offers.append(Offer(RuleAbout.TOPIC, str(topic.id), words, target, len(of_topic)))
    return offers
