"""Items as pages show them: what is offered in which order, and what was answered, in words."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words
from lti_app.learning.items import kinds, marking, numbers
from lti_app.learning.items.kinds import (
    FractionKey,
    Key,
    MatchKey,
    NumberKey,
    OneChoiceKey,
    OrderKey,
    SeveralChoicesKey,
    ShortTextKey,
)
from lti_app.learning.models import CheckpointItem


@dataclass(frozen=True)
class Asked:
    """An item as it is asked; an index names a choice wherever it stands."""

    kind: str
    choices: Sequence[tuple[int, str]] = ()
    """One of them, several of them, to be put in order, or to be matched with."""
    left: Sequence[tuple[int, str]] = ()
    """What choices are matched to."""
    advice: Words = ""


def asked(item: CheckpointItem, seed: object = "") -> Asked:
    """What to show of an item; the same seed (the student and the attempt's number) always gives
    the same order, so nothing of it is kept."""
    key = kinds.of_json(item.kind, item.key)
    if isinstance(key, OneChoiceKey | SeveralChoicesKey):
        shown = _shuffled(item, key.choices, seed) if key.shuffle else list(enumerate(key.choices))
        return Asked(item.kind, shown, advice=_ADVICE.get(type(key), ""))
    if isinstance(key, OrderKey):
        return Asked(item.kind, _shuffled(item, key.entries, seed), advice=_ADVICE[OrderKey])
    if isinstance(key, MatchKey):
        options = _shuffled(item, key.options, seed)
        return Asked(item.kind, options, list(enumerate(key.left)), _ADVICE[MatchKey])
    if isinstance(key, FractionKey) and key.lowest:
        return Asked(item.kind, advice=_l("Write it like 2/3 or like 1 2/3, simplified."))
    return Asked(item.kind, advice=_ADVICE.get(type(key), ""))


_ADVICE: dict[type[Key], Words] = {
    FractionKey: _l("Write it like 2/3 or like 1 2/3."),
    SeveralChoicesKey: _l("Pick all that are right."),
    OrderKey: _l("Give each one a place: 1 for the first."),
    MatchKey: _l("Pick what belongs to each."),
}


def _shuffled(item: CheckpointItem, texts: Sequence[str], seed: object) -> list[tuple[int, str]]:
    pairs = list(enumerate(texts))
    random.Random(f"{item.id}/{seed}").shuffle(pairs)  # noqa: S311 - no secret, only fair
    return pairs


@dataclass(frozen=True)
class Told:
    """An answer in words."""

    lines: Sequence[str]
    """Nothing: it was left empty."""
    numbered: bool = False
    hint: Words = ""
    right: Sequence[str] = ()
    """What would have been right."""


def told(item: CheckpointItem, answer: Any) -> Told:
    """What was answered to an item, and what is right."""
    key = kinds.of_json(item.kind, item.key)
    try:
        lines = _lines(key, answer)
    except (TypeError, ValueError, IndexError):
        lines = []
    return Told(lines, isinstance(key, OrderKey), _hint(key, answer), right_in_words(key))


def _lines(key: Key, answer: Any) -> list[str]:
    if answer is None:
        return []
    if isinstance(key, OneChoiceKey):
        return [key.choices[answer]]
    if isinstance(key, SeveralChoicesKey):
        return [key.choices[one] for one in answer]
    if isinstance(key, OrderKey):
        return [key.entries[one] for one in answer]
    if isinstance(key, MatchKey):
        return [
            f"{left} → {'–' if one is None else key.options[one]}"
            for left, one in zip(key.left, answer, strict=True)
        ]
    return [str(answer)]


def _hint(key: Key, answer: Any) -> Words:
    """Equal, but not simplified: a word that helps and tells nothing else."""
    if not isinstance(key, FractionKey) or not key.lowest or marking.share_of(key, answer) == 1:
        return ""
    try:
        equal = numbers.written(answer).value == key.right
    except (numbers.NotANumber, TypeError):
        return ""
    return _l("The value is right. Now simplify the fraction.") if equal else ""


def right_in_words(key: Key) -> list[str]:
    """What is right, a line each."""
    if isinstance(key, NumberKey):
        about = (
            f" ± {numbers.as_decimal(key.within)}{' %' if key.percent else ''}"
            if key.within
            else ""
        )
        return [numbers.as_decimal(key.right) + about]
    if isinstance(key, FractionKey):
        return [str(key.right)]
    if isinstance(key, OneChoiceKey):
        return [key.choices[key.right]]
    if isinstance(key, SeveralChoicesKey):
        return [key.choices[one] for one in key.right]
    if isinstance(key, OrderKey):
        return [key.entries[one] for one in key.right]
    if isinstance(key, ShortTextKey):
        return list(key.accepted)
    return [f"{left} → {key.options[one]}" for left, one in zip(key.left, key.right, strict=True)]
