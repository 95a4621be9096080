"""Answers to items: reading them from a form, and marking them. Nothing here touches a database.

A form names an answer `item-<id>`; order and match have one field for each line,
`item-<id>-<index>`. `asked` repeats the ids that were asked, so that an answer to questions that
were changed meanwhile is not marked by the new ones.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from lti_app.errors import BadInput, Words
from lti_app.learning.items import kinds, numbers, texts
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
from lti_app.learning.models import Checkpoint, CheckpointItem

LONGEST_ANSWER = 200
"""Characters of a short text."""

Form = MultiDict[str, str]


def live(checkpoint: Checkpoint) -> list[CheckpointItem]:
    """The items that are asked now, in order."""
    return [item for item in checkpoint.items if item.retired_at is None]


def read_answers(items: Sequence[CheckpointItem], form: Form) -> dict[str, Any]:
    """The answers in a form: item id as text → answer (`kinds` says its shape), None where it was
    left empty.

    Raises `BadInput`, naming the question by its number, for something that can be no answer
    (letters where a number is asked for), and where other questions were asked than `items`.
    """
    if _others_were_asked(items, form):
        raise BadInput(
            _l("The questions changed while you were answering."),
            _l("Open the checkpoint again: your teacher has mended it."),
        )
    found: dict[str, Any] = {}
    for number, item in enumerate(items, start=1):
        try:
            key = kinds.of_json(item.kind, item.key)
            found[str(item.id)] = _READ[type(key)](key, f"item-{item.id}", form)
        except Unusable as unusable:
            raise BadInput(
                _l("Question %(n)s: %(what)s", n=number, what=unusable.what), unusable.advice
            ) from None
    return found


def _others_were_asked(items: Sequence[CheckpointItem], form: Form) -> bool:
    asked = form.getlist("asked")
    if not asked and any(name.startswith("item-") for name in form):
        return False
    return asked != [str(item.id) for item in items]


def mark(items: Sequence[CheckpointItem], answers: Mapping[str, Any]) -> dict[str, float]:
    """Item id as text → points earned, 0 to the item's, rounded to hundredths.

    An answer that is missing, or not of the shape that `read_answers` gives, earns nothing.
    """
    return {str(item.id): _points(item, answers.get(str(item.id))) for item in items}


def most_points(items: Sequence[CheckpointItem]) -> float:
    """What the items give together."""
    return round(sum(item.points for item in items), 4)


def _points(item: CheckpointItem, answer: Any) -> float:
    share = share_of(kinds.of_json(item.kind, item.key), answer)
    return item.points if share == 1 else min(round(item.points * share, 2), item.points)


def share_of(key: Key, answer: Any) -> float:
    """How much of a key's points an answer earns, 0 to 1."""
    if answer is None:
        return 0.0
    try:
        return _SHARE[type(key)](key, answer)
    except (TypeError, ValueError, IndexError, AttributeError):
        return 0.0


class Unusable(Exception):
    """Something was typed that can be no answer."""

    def __init__(self, what: Words, advice: Words) -> None:
        super().__init__()
        self.what = what
        self.advice = advice


def _text(form: Form, name: str) -> str | None:
    typed = form.get(name, "").replace("\0", "").strip()
    if len(typed) > LONGEST_ANSWER:
        raise Unusable(_l("Your answer is too long."), _l("A few words are enough."))
    return typed or None


def _read_number(key: NumberKey, name: str, form: Form) -> str | None:
    typed = _text(form, name)
    if typed is None:
        return None
    try:
        numbers.readings(typed)
    except numbers.NotANumber:
        raise Unusable(
            _l("that is not a number."), _l("Write only the number, like 12 or 3.5.")
        ) from None
    return typed


def _read_fraction(key: FractionKey, name: str, form: Form) -> str | None:
    typed = _text(form, name)
    if typed is None:
        return None
    try:
        found = numbers.written(typed)
    except numbers.OverZero:
        raise Unusable(
            _l("nothing can be divided by 0."), _l("Look at the bottom number of your fraction.")
        ) from None
    except numbers.NotANumber:
        raise Unusable(
            _l("that is not a fraction."), _l("Write it like 6/5 or like 1 1/5.")
        ) from None
    if found.form is numbers.Form.DECIMAL and not key.decimals:
        raise Unusable(_l("a fraction is asked for here."), _l("Write it like 6/5 or like 1 1/5."))
    return typed


def _index(typed: str, size: int) -> int:
    """One of the choices that the page offered."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 4 and int(typed) < size):
        raise Unusable(_l("pick one that is there."), _l("Open the checkpoint again."))
    return int(typed)


def _read_one(key: OneChoiceKey, name: str, form: Form) -> int | None:
    picked = form.get(name, "")
    return _index(picked, len(key.choices)) if picked else None


def _read_several(key: SeveralChoicesKey, name: str, form: Form) -> list[int] | None:
    picked = {_index(one, len(key.choices)) for one in form.getlist(name)}
    return sorted(picked) or None


def _read_order(key: OrderKey, name: str, form: Form) -> list[int] | None:
    """Each entry's field says its place, 1 for the first."""
    size = len(key.entries)
    places = [form.get(f"{name}-{entry}", "") for entry in range(size)]
    if not any(places):
        return None
    if not all(places):
        raise Unusable(_l("some have no place yet."), _l("Give each one a place: 1 for the first."))
    entry_at = {_index(place, size + 1): entry for entry, place in enumerate(places)}
    if sorted(entry_at) != list(range(1, size + 1)):
        raise Unusable(
            _l("two of them have the same place."), _l("Give each one a place of its own.")
        )
    return [entry_at[place] for place in sorted(entry_at)]


def _read_match(key: MatchKey, name: str, form: Form) -> list[int | None] | None:
    picked = [form.get(f"{name}-{line}", "") for line in range(len(key.left))]
    if not any(picked):
        return None
    return [_index(one, len(key.options)) if one else None for one in picked]


def _read_text(key: ShortTextKey, name: str, form: Form) -> str | None:
    return _text(form, name)


def _share_number(key: NumberKey, answer: Any) -> float:
    return float(any(abs(one - key.right) <= key.distance for one in numbers.readings(answer)))


def _share_fraction(key: FractionKey, answer: Any) -> float:
    found = numbers.written(answer)
    if found.form is numbers.Form.DECIMAL and not key.decimals:
        return 0.0
    return float(found.value == key.right and (found.lowest or not key.lowest))


def _share_one(key: OneChoiceKey, answer: Any) -> float:
    return float(not isinstance(answer, bool) and answer == key.right)


def _share_several(key: SeveralChoicesKey, answer: Any) -> float:
    picked, right = set(answer), set(key.right)
    if picked == right:
        return 1.0
    if not key.partial or not right:
        return 0.0
    return max(0.0, (len(picked & right) - len(picked - right)) / len(right))


def _share_order(key: OrderKey, answer: Any) -> float:
    return _in_place(list(answer), key.right, partial=key.partial)


def _share_match(key: MatchKey, answer: Any) -> float:
    return _in_place(list(answer), key.right, partial=key.partial)


def _in_place(answer: list[Any], right: Sequence[int], *, partial: bool) -> float:
    fitting = sum(given == wanted for given, wanted in zip(answer, right, strict=True))
    return fitting / len(right) if partial or fitting == len(right) else 0.0


def _share_text(key: ShortTextKey, answer: Any) -> float:
    given = texts.plain(answer, key)
    return float(any(given == texts.plain(one, key) for one in key.accepted))


_READ: dict[type[Key], Callable[[Any, str, Form], Any]] = {
    NumberKey: _read_number,
    FractionKey: _read_fraction,
    OneChoiceKey: _read_one,
    SeveralChoicesKey: _read_several,
    OrderKey: _read_order,
    MatchKey: _read_match,
    ShortTextKey: _read_text,
}
_SHARE: dict[type[Key], Callable[[Any, Any], float]] = {
    NumberKey: _share_number,
    FractionKey: _share_fraction,
    OneChoiceKey: _share_one,
    SeveralChoicesKey: _share_several,
    OrderKey: _share_order,
    MatchKey: _share_match,
    ShortTextKey: _share_text,
}
