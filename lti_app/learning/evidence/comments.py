"""A teacher's remarks beside places in a student's evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_app.errors import BadInput
from lti_app.learning import sheets
from lti_app.learning.models import Attempt, EvidenceComment

LONGEST_COMMENT = 2000
LONGEST_QUOTE = 500


def places_of(attempt: Attempt) -> list[str]:
    """What there is to remark on, named as `EvidenceComment.place`."""
    names = [f"item:{item.id}" for item in sheets.items_asked(attempt)]
    names += ["text"] if attempt.evidence else []
    names += ["link"] if attempt.link else []
    return names + [f"file:{file.id}" for file in attempt.files]


def by_place(attempt: Attempt) -> dict[str, list[EvidenceComment]]:
    """An attempt's remarks by where they stand."""
    found: dict[str, list[EvidenceComment]] = {}
    for comment in attempt.comments:
        found.setdefault(comment.place, []).append(comment)
    return found


def save(session: Session, attempt: Attempt, form: Mapping[str, str], written_by_id: int) -> int:
    """Keep the remarks of a form (`comment-<place>`, `quote-<place>`); returns how many are new.

    The same remark sent twice is kept once. Raises `BadInput` for an over-long one.
    """
    known = {(one.place, one.quote, one.text) for one in attempt.comments}
    new = 0
    for name in places_of(attempt):
        text = _tidy(form.get(f"comment-{name}", ""))
        quote = _tidy(form.get(f"quote-{name}", ""))[:LONGEST_QUOTE]
        if not text or (name, quote, text) in known:
            continue
        if len(text) > LONGEST_COMMENT:
            raise BadInput(_l("This comment is too long."), _l("Shorten it and save again."))
        session.add(
            EvidenceComment(
                attempt_id=attempt.id,
                place=name,
                quote=quote,
                text=text,
                written_by_id=written_by_id,
            )
        )
        new += 1
    return new


def remove(session: Session, attempt: Attempt, comment_ids: Sequence[int]) -> None:
    """Take remarks of an attempt away; those that are gone already are no harm."""
    session.execute(
        delete(EvidenceComment).where(
            EvidenceComment.attempt_id == attempt.id, EvidenceComment.id.in_(comment_ids)
        )
    )


def _tidy(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").strip()


@dataclass(frozen=True)
class Piece:
    """A stretch of a student's words; `number` of the remark it is quoted in, from 1, or 0."""

    text: str
    number: int = 0


def pieces(text: str, quotes: Sequence[str]) -> list[Piece]:
    """A student's words cut at what remarks quote, first come first marked; quotes that are not
    there, or would overlap, mark nothing."""
    cuts: list[tuple[int, int, int]] = []
    for number, quote in enumerate(quotes, start=1):
        begin = text.find(quote) if quote else -1
        end = begin + len(quote)
        if begin >= 0 and all(end <= first or begin >= last for first, last, _ in cuts):
            cuts.append((begin, end, number))
    found, at = [], 0
    for begin, end, number in sorted(cuts):
        found += [Piece(text[at:begin]), Piece(text[begin:end], number)]
        at = end
    found.append(Piece(text[at:]))
    return [piece for piece in found if piece.text]
