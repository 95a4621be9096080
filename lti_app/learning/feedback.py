"""The feedback bank: sentences that a team keeps at hand while it scores."""

from collections.abc import Collection, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_app.errors import BadInput, NotHere
from lti_app.learning.models import FeedbackPhrase
from lti_app.people.models import Team

LONGEST_PHRASE = 1000
MOST_PHRASES = 200


def of_team(session: Session, team_id: int) -> list[FeedbackPhrase]:
    """A team's phrases, the most used first."""
    return list(
        session.scalars(
            select(FeedbackPhrase)
            .where(FeedbackPhrase.team_id == team_id)
            .order_by(FeedbackPhrase.used.desc(), FeedbackPhrase.id)
        )
    )


def add(session: Session, team_id: int, text: str, written_by_id: int) -> None:
    """Keep a phrase; one that is there already stays the only one. Raises `BadInput` for an empty
    or over-long one, and for one too many."""
    text = _usable(text)
    _lock(session, team_id)
    known = of_team(session, team_id)
    if any(phrase.text == text for phrase in known):
        return
    if len(known) >= MOST_PHRASES:
        raise BadInput(
            _l("There are %(n)s phrases already.", n=MOST_PHRASES),
            _l("Remove some that nobody uses, then add this one."),
        )
    session.add(FeedbackPhrase(team_id=team_id, text=text, written_by_id=written_by_id))
    session.flush()


def edit(session: Session, team_id: int, phrase_id: int, text: str) -> None:
    """Write a phrase anew. Raises `BadInput` as `add`, `NotHere` for another team's."""
    _lock(session, team_id)
    known = {phrase.id: phrase for phrase in of_team(session, team_id)}
    if phrase_id not in known:
        raise NotHere
    text = _usable(text)
    if any(phrase.text == text for phrase in known.values() if phrase.id != phrase_id):
        session.delete(known[phrase_id])
    else:
        known[phrase_id].text = text


def remove(session: Session, team_id: int, phrase_id: int) -> None:
    """Take a phrase out; what was written with it stays. One that is gone is no harm."""
    session.execute(
        delete(FeedbackPhrase).where(
            FeedbackPhrase.id == phrase_id, FeedbackPhrase.team_id == team_id
        )
    )


def compose(
    session: Session, team_id: int, written: str, picked: Collection[int], before: str = ""
) -> str:
    """Feedback as written, with the picked phrases added that are not in it yet.

    Every phrase that is in it, and was not in the feedback `before`, counts as used once more.
    """
    phrases = of_team(session, team_id)
    feedback = written.replace("\0", "").replace("\r\n", "\n").strip()
    for phrase in phrases:
        if phrase.id in picked and phrase.text not in feedback:
            feedback = f"{feedback}\n{phrase.text}".strip()
    _count(session, [one.id for one in phrases if one.text in feedback and one.text not in before])
    return feedback


def _count(session: Session, phrase_ids: Sequence[int]) -> None:
    if phrase_ids:
        of_these = FeedbackPhrase.id.in_(phrase_ids)
        # Always in one order: two teachers who save at once must not wait for each other.
        session.execute(
            select(FeedbackPhrase.id).where(of_these).order_by(FeedbackPhrase.id).with_for_update()
        ).all()
        session.execute(
            update(FeedbackPhrase)
            .where(of_these)
            .values(used=FeedbackPhrase.used + 1)
            .execution_options(synchronize_session=False)
        )


def _lock(session: Session, team_id: int) -> None:
    session.execute(select(Team.id).where(Team.id == team_id).with_for_update()).one()


def _usable(text: str) -> str:
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise BadInput(_l("The phrase is empty."), _l("Write a sentence, then save it."))
    if len(text) > LONGEST_PHRASE:
        raise BadInput(
            _l("The phrase is too long."),
            _l("Keep it under %(n)s letters and save again.", n=LONGEST_PHRASE),
        )
    return text
