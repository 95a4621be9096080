"""The form of an item: what was typed as a draft, and an item as what its form shows."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput, Clash, Words
from lti_app.learning import typed
from lti_app.learning.items import kinds, numbers
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
from lti_app.learning.items.labels import BOTH, SWITCHES, is_field, label
from lti_app.learning.items.writing import Draft
from lti_app.learning.models import AnswerKind, CheckpointItem

Form = Mapping[str, str]
MOST_ROWS = 12
"""Choices, entries, pairs, accepted texts."""
LONGEST_ROW = 300


def draft_of(kind: AnswerKind, form: Form) -> Draft:
    """What was typed. Raises `BadInput`, saying what to mend."""
    return Draft(
        prompt=form.get("prompt", ""),
        points=typed.number(form.get("points", "")),
        key=_KEYS[kind](form),
    )


def blank(kind: AnswerKind) -> dict[str, str]:
    """What the form of a new item shows."""
    keys: dict[AnswerKind, Key] = {
        AnswerKind.NUMBER: NumberKey(Fraction(0)),
        AnswerKind.FRACTION: FractionKey(Fraction(0)),
        AnswerKind.ONE_CHOICE: OneChoiceKey((), 0),
        AnswerKind.SEVERAL_CHOICES: SeveralChoicesKey((), ()),
        AnswerKind.ORDER: OrderKey((), ()),
        AnswerKind.MATCH: MatchKey((), (), ()),
        AnswerKind.SHORT_TEXT: ShortTextKey(()),
    }
    return (
        _fields(keys[kind])
        | {"prompt": "", "points": "1"}
        | ({"right": ""} if kind is not AnswerKind.SEVERAL_CHOICES else {})
    )


def fields_of(item: CheckpointItem) -> dict[str, str]:
    """What the form of an item shows: field name → text; a switch is `on` or empty."""
    shown = {"prompt": item.prompt, "points": f"{item.points:g}"}
    return shown | _fields(kinds.of_json(item.kind, item.key))


def clashes(item: CheckpointItem | None, form: Form) -> list[Clash]:
    """What the item says now (None: it was taken out) and what was typed, where they differ."""
    kind = AnswerKind(item.kind) if item is not None else None
    theirs = fields_of(item) if item is not None else {}
    names = dict.fromkeys([*theirs, *(name for name in form if is_field(name))])
    return [
        Clash(name, label(name), theirs.get(name, ""), form.get(name, ""), _options(name, kind))
        for name in names
        if theirs.get(name, "").split() != form.get(name, "").split()
    ]


def _options(name: str, kind: AnswerKind | None) -> tuple[tuple[str, Words], ...]:
    if name in SWITCHES or name.startswith("right-"):
        return BOTH
    if name == "right" and kind is AnswerKind.ONE_CHOICE:
        return tuple((str(row), label(f"choice-{row}")) for row in range(MOST_ROWS))
    return ()


def _fields(key: Key) -> dict[str, str]:
    shown: dict[str, str] = {
        name: "on" if getattr(key, name) else ""
        for name in key.__dataclass_fields__
        if name in SWITCHES
    }
    if isinstance(key, NumberKey):
        within = numbers.as_decimal(key.within) if key.within else ""
        return shown | {"right": numbers.as_decimal(key.right), "within": within}
    if isinstance(key, FractionKey):
        return shown | {"right": str(key.right)}
    if isinstance(key, OneChoiceKey):
        return shown | _rows("choice", key.choices) | {"right": str(key.right)}
    if isinstance(key, SeveralChoicesKey):
        right = {f"right-{row}": "on" for row in key.right}
        return shown | _rows("choice", key.choices) | right
    if isinstance(key, OrderKey):
        return shown | {"lines": "\n".join(key.entries[one] for one in key.right)}
    if isinstance(key, MatchKey):
        others = [option for row, option in enumerate(key.options) if row not in key.right]
        pairs = _rows("pair", [key.options[one] for one in key.right])
        return shown | _rows("left", key.left) | pairs | {"others": "\n".join(others)}
    return shown | {"accepted": "\n".join(key.accepted)}


def _rows(name: str, texts: Iterable[str]) -> dict[str, str]:
    return {f"{name}-{row}": text for row, text in enumerate(texts)}


def _on(form: Form, name: str) -> bool:
    return form.get(name) == "on"


def _line(text: str) -> str:
    line = " ".join(text.replace("\0", "").split())
    if len(line) > LONGEST_ROW:
        raise BadInput(
            _l("One of the lines is too long."),
            _l("Keep it under %(n)s letters and save again.", n=LONGEST_ROW),
        )
    return line


def _lines(form: Form, name: str) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_line, form.get(name, "").splitlines()))))


def enough(rows: list[str], least: int, what: Words) -> tuple[str, ...]:
    """The rows, where there are neither too few nor too many. Raises `BadInput`."""
    if not least <= len(rows) <= MOST_ROWS:
        raise BadInput(
            what,
            _l("Write %(least)s to %(most)s and save again.", least=least, most=MOST_ROWS),
        )
    return tuple(rows)


def _number(form: Form) -> Key:
    return NumberKey(
        _exact(form.get("right", "")),
        _exact(form.get("within", "").strip() or "0", least=0),
        _on(form, "percent"),
    )


def _exact(text: str, least: int | None = None) -> Fraction:
    try:
        found = numbers.readings(text)[0]
    except numbers.NotANumber:
        found = None
    if found is None or (least is not None and found < least):
        raise BadInput(
            _l("The right answer is no number yet."),
            _l("Write numbers like 12 or 3.5; how far off is still right can't be below 0."),
        )
    return found


def _fraction(form: Form) -> Key:
    try:
        right = numbers.written(form.get("right", "")).value
    except numbers.NotANumber:
        raise BadInput(
            _l("The right answer is no fraction yet."), _l("Write it like 6/5 or like 1 1/5.")
        ) from None
    return FractionKey(right, _on(form, "lowest"), _on(form, "decimals"))


def _choices(form: Form) -> tuple[tuple[str, ...], list[int]]:
    """The choices, and the row in the form of each: empty rows are left out."""
    texts = {row: _line(form.get(f"choice-{row}", "")) for row in range(MOST_ROWS)}
    kept = [row for row, text in texts.items() if text]
    choices = enough([texts[row] for row in kept], 2, _l("There are too few choices."))
    if len(set(choices)) != len(choices):
        raise BadInput(_l("Two choices say the same."), _l("Change one of them and save again."))
    return choices, kept


def _one_choice(form: Form) -> Key:
    choices, rows = _choices(form)
    right = form.get("right", "")
    if not right.isdigit() or int(right) not in rows:
        raise BadInput(
            _l("No choice is marked as right."), _l("Mark the right one and save again.")
        )
    return OneChoiceKey(choices, rows.index(int(right)), _on(form, "shuffle"))


def _several_choices(form: Form) -> Key:
    choices, rows = _choices(form)
    right = tuple(at for at, row in enumerate(rows) if _on(form, f"right-{row}"))
    if not right:
        raise BadInput(
            _l("No choice is marked as right."), _l("Mark the right ones and save again.")
        )
    return SeveralChoicesKey(choices, right, _on(form, "shuffle"), _on(form, "partial"))


def _order(form: Form) -> Key:
    lines = enough(_lines(form, "lines"), 2, _l("There are too few or too many lines."))
    return OrderKey.in_order(lines, partial=_on(form, "partial"))


def _match(form: Form) -> Key:
    pairs = []
    for row in range(MOST_ROWS):
        left, right = (_line(form.get(f"{name}-{row}", "")) for name in ("left", "pair"))
        if bool(left) != bool(right):
            raise BadInput(
                _l("Pair %(n)s is only half there.", n=row + 1),
                _l("Write both sides, or leave both empty."),
            )
        if left:
            pairs.append((left, right))
    enough([left for left, _ in pairs], 2, _l("There are too few pairs."))
    others = [one for one in _lines(form, "others") if one not in {right for _, right in pairs}]
    enough([*pairs_options(pairs), *others], 2, _l("There is too little or too much to pick from."))
    return MatchKey.of_pairs(pairs, others, partial=_on(form, "partial"))


def pairs_options(pairs: list[tuple[str, str]]) -> list[str]:
    """The right sides, each once."""
    return list(dict.fromkeys(right for _, right in pairs))


def _short_text(form: Form) -> Key:
    accepted = enough(_lines(form, "accepted"), 1, _l("What is right is missing."))
    switches = {name: _on(form, name) for name in SWITCHES if name.startswith("any_")}
    return ShortTextKey(accepted, **switches)


_KEYS: dict[AnswerKind, Callable[[Form], Key]] = {
    AnswerKind.NUMBER: _number,
    AnswerKind.FRACTION: _fraction,
    AnswerKind.ONE_CHOICE: _one_choice,
    AnswerKind.SEVERAL_CHOICES: _several_choices,
    AnswerKind.ORDER: _order,
    AnswerKind.MATCH: _match,
    AnswerKind.SHORT_TEXT: _short_text,
}
