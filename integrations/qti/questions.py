"""What is understood of a QTI item, in our own plain words."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True)
class Choice:
    """Pick one, or all that are right."""

    choices: tuple[str, ...]
    right: tuple[int, ...]
    several: bool
    shuffle: bool


@dataclass(frozen=True)
class Number:
    """A number, right within a distance."""

    right: Fraction
    within: Fraction
    percent: bool
    """`within` is percent of the right number."""


@dataclass(frozen=True)
class Text:
    """One of several texts."""

    accepted: tuple[str, ...]
    case_sensitive: bool


@dataclass(frozen=True)
class Order:
    """Entries as they should stand."""

    entries: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """What belongs to what, and what belongs to nothing."""

    pairs: tuple[tuple[str, str], ...]
    others: tuple[str, ...]


Answer: TypeAlias = Choice | Number | Text | Order | Match


@dataclass(frozen=True)
class Question:
    """An item that was understood."""

    identifier: str
    title: str
    prompt: str
    points: float
    answer: Answer


@dataclass(frozen=True)
class LeftOut:
    """An item that was not; `why` is one stable word."""

    identifier: str
    title: str
    why: str
    """`no_interaction`, `several_interactions`, `unknown_interaction`, `no_right_answer`,
    `picture`, `no_words`, `not_understood`, `older_qti`, `not_an_item`."""


class NotQti(ValueError):
    """Neither an item nor a package; `code` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        """`not_xml`, `too_large`, `too_many`, `empty`."""
