"""One QTI item (`assessmentItem`, `qti-assessment-item`) as a question."""

from fractions import Fraction

from integrations.qti.questions import (
    Answer,
    Choice,
    LeftOut,
    Match,
    Number,
    Order,
    Question,
    Text,
)
from integrations.qti.tree import Node, words

INTERACTIONS = (
    "choiceInteraction",
    "textEntryInteraction",
    "orderInteraction",
    "matchInteraction",
)
PICTURES = ("img", "object", "audio", "video", "picture", "svg")


class _Unclear(Exception):
    """The item can't be taken over; the argument is `LeftOut.why`."""


def question_of(item: Node) -> Question | LeftOut:
    """An item as a question, or why it is left out."""
    identifier = item.attributes.get("identifier", "")[:255]
    title = item.attributes.get("title", "")[:300]
    try:
        if item.name == "questestinterop":
            raise _Unclear("older_qti")
        if item.name != "assessmentItem":
            raise _Unclear("not_an_item")
        return _question(item, identifier, title)
    except _Unclear as error:
        return LeftOut(identifier, title, str(error))
    except (ValueError, KeyError, ZeroDivisionError, OverflowError):
        return LeftOut(identifier, title, "not_understood")


def _question(item: Node, identifier: str, title: str) -> Question:
    body = item.first("itemBody")
    found = list(body.all(*INTERACTIONS)) if body is not None else []
    other = [
        node
        for node in (_everything(body) if body is not None else [])
        if node.name.endswith("Interaction") and node.name not in INTERACTIONS
    ]
    if body is None or not (found or other):
        raise _Unclear("no_interaction")
    if other:
        raise _Unclear("unknown_interaction")
    if len(found) > 1:
        raise _Unclear("several_interactions")
    if next(body.all(*PICTURES), None) is not None:
        raise _Unclear("picture")
    interaction = found[0]
    prompt = " ".join(part for part in (words(body, INTERACTIONS), _prompt(interaction)) if part)
    if not prompt:
        raise _Unclear("no_words")
    declared = next(
        (
            node
            for node in item.all("responseDeclaration")
            if node.attributes.get("identifier") == interaction.attributes["responseIdentifier"]
        ),
        None,
    )
    if declared is None:
        raise _Unclear("no_right_answer")
    answer = _ANSWERS[interaction.name](item, interaction, declared)
    return Question(identifier, title, prompt, _points(item), answer)


def _everything(node: Node) -> list[Node]:
    return [one for child in node.children for one in (child, *_everything(child))]


def _prompt(interaction: Node) -> str:
    found = interaction.first("prompt")
    return words(found) if found is not None else ""


def _right(declared: Node) -> list[str]:
    """The right response's values; else the keys that a mapping gives points for."""
    correct = declared.first("correctResponse")
    values = [words(value) for value in correct.all("value")] if correct is not None else []
    if not values:
        values = [
            entry.attributes["mapKey"]
            for entry in declared.all("mapEntry")
            if float(entry.attributes.get("mappedValue", "0")) > 0
        ]
    if not values:
        raise _Unclear("no_right_answer")
    return values


def _choice(_item: Node, interaction: Node, declared: Node) -> Answer:
    choices = list(interaction.all("simpleChoice"))
    place = {choice.attributes["identifier"]: n for n, choice in enumerate(choices)}
    right = sorted({place[value] for value in _right(declared)})
    several = declared.attributes.get("cardinality") == "multiple"
    if not several and len(right) != 1:
        raise _Unclear("no_right_answer")
    return Choice(
        choices=tuple(words(choice) for choice in choices),
        right=tuple(right),
        several=several,
        shuffle=interaction.attributes.get("shuffle", "false") == "true",
    )


def _text_entry(item: Node, _interaction: Node, declared: Node) -> Answer:
    accepted = _right(declared)
    accepted += [
        entry.attributes["mapKey"]
        for entry in declared.all("mapEntry")
        if float(entry.attributes.get("mappedValue", "0")) > 0
        and entry.attributes["mapKey"] not in accepted
    ]
    if declared.attributes.get("baseType") in {"float", "integer"}:
        if len(accepted) > 1:
            raise _Unclear("not_understood")
        within, percent = _tolerance(item)
        return Number(Fraction(accepted[0].strip()), within, percent)
    sensitive = any(
        entry.attributes.get("caseSensitive", "false") == "true"
        for entry in declared.all("mapEntry")
    )
    return Text(tuple(accepted), sensitive)


def _tolerance(item: Node) -> tuple[Fraction, bool]:
    """How far off is right (`equal`), and whether that is in percent."""
    equal = item.first("equal")
    if equal is None:
        return Fraction(0), False
    mode = equal.attributes.get("toleranceMode", "exact")
    if mode == "exact":
        return Fraction(0), False
    both = {Fraction(one) for one in equal.attributes["tolerance"].split()}
    if len(both) != 1 or mode not in {"absolute", "relative"}:
        raise _Unclear("not_understood")
    return both.pop(), mode == "relative"


def _order(_item: Node, interaction: Node, declared: Node) -> Answer:
    texts = {
        choice.attributes["identifier"]: words(choice) for choice in interaction.all("simpleChoice")
    }
    right = _right(declared)
    if sorted(right) != sorted(texts):
        raise _Unclear("not_understood")
    return Order(tuple(texts[value] for value in right))


def _match(_item: Node, interaction: Node, declared: Node) -> Answer:
    sets = list(interaction.all("simpleMatchSet"))
    if len(sets) != 2:
        raise _Unclear("not_understood")
    left, options = (
        {
            choice.attributes["identifier"]: words(choice)
            for choice in one.all("simpleAssociableChoice")
        }
        for one in sets
    )
    of_left = dict(value.split() for value in _right(declared))
    if set(of_left) != set(left):
        raise _Unclear("not_understood")
    used = set(of_left.values())
    return Match(
        pairs=tuple((left[one], options[of_left[one]]) for one in left),
        others=tuple(text for one, text in options.items() if one not in used),
    )


_ANSWERS = {
    "choiceInteraction": _choice,
    "textEntryInteraction": _text_entry,
    "orderInteraction": _order,
    "matchInteraction": _match,
}


def _points(item: Node) -> float:
    """`MAXSCORE` where the item declares one, else 1."""
    for declared in item.all("outcomeDeclaration"):
        if declared.attributes.get("identifier") == "MAXSCORE":
            value = declared.first("value")
            if value is not None and float(words(value)) > 0:
                return float(words(value))
    return 1.0
