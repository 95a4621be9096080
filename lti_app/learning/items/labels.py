"""How kinds of items, and the fields of their forms, are called."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words
from lti_app.learning.models import AnswerKind

KINDS: dict[AnswerKind, Words] = {
    AnswerKind.NUMBER: _l("A number"),
    AnswerKind.FRACTION: _l("A fraction"),
    AnswerKind.ONE_CHOICE: _l("One choice"),
    AnswerKind.SEVERAL_CHOICES: _l("Several choices"),
    AnswerKind.ORDER: _l("Put in order"),
    AnswerKind.MATCH: _l("Match"),
    AnswerKind.SHORT_TEXT: _l("A short text"),
}
ABOUT: dict[AnswerKind, Words] = {
    AnswerKind.NUMBER: _l("A whole or decimal number, exactly or nearly."),
    AnswerKind.FRACTION: _l("A fraction or mixed number: every equal form is right."),
    AnswerKind.ONE_CHOICE: _l("One of up to 12 choices is right."),
    AnswerKind.SEVERAL_CHOICES: _l("Any number of up to 12 choices are right."),
    AnswerKind.ORDER: _l("Up to 12 lines, given a place each."),
    AnswerKind.MATCH: _l("What belongs to what, picked from lists."),
    AnswerKind.SHORT_TEXT: _l("A word or two, with all ways of saying it."),
}
LABELS: dict[str, Words] = {
    "prompt": _l("The question"),
    "points": _l("Points"),
    "right": _l("The right answer"),
    "within": _l("Still right if off by at most"),
    "percent": _l("That is percent of the right number"),
    "lowest": _l("Only simplified (lowest terms)"),
    "decimals": _l("A decimal like 1.2 is fine too"),
    "shuffle": _l("Show the choices in another order to each student"),
    "partial": _l("Part of the points for a part that is right"),
    "lines": _l("The lines, as they should stand, one below the other"),
    "others": _l("Other things to pick from that belong to nothing (one a line, may be empty)"),
    "accepted": _l("What is right (one a line)"),
    "any_case": _l("Capital or small letters: all the same"),
    "any_accents": _l("Accents may be missing"),
    "any_spaces": _l("Spaces may be missing or too many"),
    "any_period": _l("A period at the end does not matter"),
}
SWITCHES = frozenset(
    "percent lowest decimals shuffle partial any_case any_accents any_spaces any_period".split()
)
BOTH: tuple[tuple[str, Words], ...] = (("", _l("No")), ("on", _l("Yes")))


def label(name: str) -> Words:
    """How a field of an item's form is called; rows of a list end in `-<row>`, from 0."""
    base, _, row = name.partition("-")
    number = int(row) + 1 if row.isdigit() else 0
    if base == "choice":
        return _l("Choice %(n)s", n=number)
    if base == "right" and row:
        return _l("Choice %(n)s is right", n=number)
    if base in {"left", "pair"}:
        return _l("Pair %(n)s", n=number)
    return LABELS[base]


def is_field(name: str) -> bool:
    """Whether an item's form has a field of this name."""
    base, _, row = name.partition("-")
    return base in LABELS if not row else base in {"choice", "right", "left", "pair"}
