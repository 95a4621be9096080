"""The kinds of items: what each offers, what is right, and how both are kept as JSON.

`CheckpointItem.key` holds `of_json`'s input, `Attempt.answers[item id]` what the table says;
None is an item left empty.

| kind            | key                                                      | answer              |
|-----------------|----------------------------------------------------------|---------------------|
| number          | right, within (texts), percent                           | as typed: `"1,5"`   |
| fraction        | right (`"6/5"`), lowest, decimals                        | as typed: `"1 1/5"` |
| one_choice      | choices, right (index), shuffle                          | index               |
| several_choices | choices, right (indexes), shuffle, partial               | indexes, ascending  |
| order           | entries, right (indexes in the right order), partial     | indexes as ordered  |
| match           | left, options, right (option of each left), partial      | index or None each  |
| short_text      | accepted, any_case, any_accents, any_spaces, any_period  | as typed            |

Entries and options are kept in an order of their own, so that their indexes, which stand in the
page, tell nobody what is right.

**Part of the points** (`partial`; without it an item gives all or nothing):
several choices: (right ones picked − wrong ones picked) ÷ right ones, never below 0;
order: entries that stand in their place ÷ entries; match: right pairs ÷ pairs.

**The most points of a checkpoint** are those of its live items and those a teacher gives: the
rubric's, else the points set for the work that is asked for (typed, link, file). A checkpoint
that asks for no work has only its items' points.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, ClassVar, TypeAlias

from lti_app.learning.models import AnswerKind


@dataclass(frozen=True)
class NumberKey:
    """A decimal number, `within` a distance of the right one (its ends included)."""

    kind: ClassVar = AnswerKind.NUMBER
    right: Fraction
    within: Fraction = Fraction(0)
    percent: bool = False
    """`within` is percent of the right number, else the same unit as the number."""

    @property
    def distance(self) -> Fraction:
        """How far off is still right."""
        return abs(self.right) * self.within / 100 if self.percent else self.within


@dataclass(frozen=True)
class FractionKey:
    """A fraction or mixed number, in any form of the same value."""

    kind: ClassVar = AnswerKind.FRACTION
    right: Fraction
    lowest: bool = False
    """Only a fraction that can't be simplified is right."""
    decimals: bool = False
    """`1.2` may stand for `6/5`."""


@dataclass(frozen=True)
class OneChoiceKey:
    """One of several."""

    kind: ClassVar = AnswerKind.ONE_CHOICE
    choices: tuple[str, ...]
    right: int
    shuffle: bool = True


@dataclass(frozen=True)
class SeveralChoicesKey:
    """All that are right."""

    kind: ClassVar = AnswerKind.SEVERAL_CHOICES
    choices: tuple[str, ...]
    right: tuple[int, ...]
    shuffle: bool = True
    partial: bool = True


@dataclass(frozen=True)
class OrderKey:
    """Entries to put in order."""

    kind: ClassVar = AnswerKind.ORDER
    entries: tuple[str, ...]
    right: tuple[int, ...]
    partial: bool = True

    @classmethod
    def in_order(cls, entries: Sequence[str], *, partial: bool = True) -> "OrderKey":
        """From entries as they should stand."""
        kept = mixed(entries)
        return cls(kept, tuple(kept.index(entry) for entry in entries), partial)


@dataclass(frozen=True)
class MatchKey:
    """What belongs to what; an option may belong to several, or to none."""

    kind: ClassVar = AnswerKind.MATCH
    left: tuple[str, ...]
    options: tuple[str, ...]
    right: tuple[int, ...]
    partial: bool = True

    @classmethod
    def of_pairs(
        cls, pairs: Sequence[tuple[str, str]], others: Sequence[str] = (), *, partial: bool = True
    ) -> "MatchKey":
        """From pairs, and options that belong to nothing."""
        options = mixed([*(right for _, right in pairs), *others])
        return cls(
            tuple(left for left, _ in pairs),
            options,
            tuple(options.index(right) for _, right in pairs),
            partial,
        )


@dataclass(frozen=True)
class ShortTextKey:
    """A word or a few; what is forgiven is said by the four switches."""

    kind: ClassVar = AnswerKind.SHORT_TEXT
    accepted: tuple[str, ...]
    any_case: bool = True
    any_accents: bool = True
    any_spaces: bool = True
    any_period: bool = True


Key: TypeAlias = (
    NumberKey | FractionKey | OneChoiceKey | SeveralChoicesKey | OrderKey | MatchKey | ShortTextKey
)
CLASSES: dict[AnswerKind, type[Key]] = {
    AnswerKind.NUMBER: NumberKey,
    AnswerKind.FRACTION: FractionKey,
    AnswerKind.ONE_CHOICE: OneChoiceKey,
    AnswerKind.SEVERAL_CHOICES: SeveralChoicesKey,
    AnswerKind.ORDER: OrderKey,
    AnswerKind.MATCH: MatchKey,
    AnswerKind.SHORT_TEXT: ShortTextKey,
}


def mixed(texts: Sequence[str]) -> tuple[str, ...]:
    """Each text once, in an order that says nothing about them and is always the same."""
    return tuple(sorted(set(texts), key=lambda text: hashlib.sha256(text.encode()).digest()))


def to_json(key: Key) -> dict[str, Any]:
    """A key as `CheckpointItem.key` holds it."""
    return {
        name: str(value)
        if isinstance(value, Fraction)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in asdict(key).items()
    }


def of_json(kind: AnswerKind | str, kept: Mapping[str, Any]) -> Key:
    """The key of an item of this kind. Raises `KeyError`, `TypeError` or `ValueError` for JSON
    that `to_json` did not write."""
    made = CLASSES[AnswerKind(kind)]
    read: dict[str, Callable[[Any], Any]] = {"right": Fraction, "within": Fraction}
    values: dict[str, Any] = {}
    for name in made.__dataclass_fields__:
        if name not in kept:
            continue
        value = kept[name]
        if isinstance(value, list):
            value = tuple(value)
        elif isinstance(value, str) and name in read:
            value = read[name](value)
        values[name] = value
    return made(**values)
