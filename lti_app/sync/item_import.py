"""Taking questions over from a QTI file into a checkpoint, with a report of what was not."""

from dataclasses import dataclass, field
from fractions import Fraction

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from integrations.qti.package import read
from integrations.qti.questions import Choice, LeftOut, Match, NotQti, Number, Order, Question
from lti_app.errors import BadInput, Words
from lti_app.learning.items import writing
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
from lti_app.learning.items.writing import Draft
from lti_app.learning.models import Checkpoint

WHY: dict[str, Words] = {
    "no_interaction": _l("it asks nothing"),
    "several_interactions": _l("it asks several things at once"),
    "unknown_interaction": _l("a kind of question that does not mark itself here"),
    "no_right_answer": _l("it does not say what is right"),
    "picture": _l("it needs a picture or a recording"),
    "no_words": _l("it has no words"),
    "not_understood": _l("it says something we do not understand"),
    "older_qti": _l("it is of an older version (QTI 1.2); export it as QTI 2.1 or 3"),
    "not_an_item": _l("it is no question"),
    "here_already": _l("it is in this checkpoint already"),
}
NOT_QTI: dict[str, Words] = {
    "not_xml": _l("It can't be read as a QTI item or package."),
    "too_large": _l("It is too large."),
    "too_many": _l("It holds too many files."),
    "empty": _l("There is no question in it."),
}


@dataclass
class Report:
    """What was taken over, and what was not."""

    taken: list[str] = field(default_factory=list)
    """Titles, or the beginning of the question."""
    left_out: list[tuple[str, Words]] = field(default_factory=list)
    """The same, with the reason."""


def take_over(session: Session, checkpoint: Checkpoint, raw: bytes) -> Report:
    """Add a QTI file's questions to a checkpoint; taken over again, none is doubled.

    Raises `BadInput` where the file is no QTI at all; then nothing is changed.
    """
    try:
        found = read(raw)
    except NotQti as error:
        raise BadInput(
            _l("The file was not taken over."),
            NOT_QTI.get(error.code, NOT_QTI["not_xml"]),
        ) from error
    known = {
        item.external_id
        for item in writing.asked_now(writing.of_checkpoint(session, checkpoint.id))
        if item.external_id
    }
    report = Report()
    for one in found:
        name = one.title or one.identifier
        if isinstance(one, LeftOut):
            report.left_out.append((name, WHY.get(one.why, WHY["not_understood"])))
        elif one.identifier and one.identifier in known:
            report.left_out.append((name, WHY["here_already"]))
        else:
            _add(session, checkpoint, one, report)
            known.add(one.identifier)
    return report


def _add(session: Session, checkpoint: Checkpoint, question: Question, report: Report) -> None:
    name = question.title or question.prompt[:80]
    draft = Draft(
        prompt=question.prompt,
        points=question.points,
        key=_key(question),
        external_id=question.identifier or None,
    )
    try:
        with session.begin_nested():
            writing.add(session, checkpoint, [draft])
    except BadInput as error:
        report.left_out.append((name, error.message))
    else:
        report.taken.append(name)


def _key(question: Question) -> Key:
    answer = question.answer
    if isinstance(answer, Choice):
        if answer.several:
            return SeveralChoicesKey(answer.choices, answer.right, shuffle=answer.shuffle)
        return OneChoiceKey(answer.choices, answer.right[0], shuffle=answer.shuffle)
    if isinstance(answer, Number):
        return NumberKey(answer.right, answer.within, answer.percent)
    if isinstance(answer, Order):
        return OrderKey.in_order(answer.entries)
    if isinstance(answer, Match):
        return MatchKey.of_pairs(answer.pairs, answer.others)
    value = _fraction(answer.accepted)
    if value is not None:
        return FractionKey(value)
    return ShortTextKey(answer.accepted, any_case=not answer.case_sensitive)


def _fraction(accepted: tuple[str, ...]) -> Fraction | None:
    """The value where a text stands for a fraction, each accepted one for the same: every equal
    form is right then."""
    try:
        values = {Fraction(text.strip()) for text in accepted if "/" in text}
    except (ValueError, ZeroDivisionError):
        return None
    return values.pop() if len(values) == 1 and all("/" in text for text in accepted) else None
