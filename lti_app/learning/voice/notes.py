"""Student voice: what works and what should change, said by students, read by teachers."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import BadInput, Clash, Conflict, NotHere
from lti_app.learning.models import VoiceNote
from lti_app.learning.voice.turns import take_turn
from lti_app.learning.voice.words import cleaned
from lti_app.people.models import Enrolment, Person, Role, Section

LONGEST_NOTE = 1000
"""Characters of each of the two questions, and of an answer."""
PAGEFUL = 50


def say(
    session: Session, *, person_id: int, section_id: int, works: str, change: str, page: str = ""
) -> VoiceNote:
    """A student says what works and what should change; `page` is the endpoint they said it on.

    The same words sent twice are kept once. Raises `BadInput` where both are empty or one is
    over-long.
    """
    works, change = cleaned(works, LONGEST_NOTE), cleaned(change, LONGEST_NOTE)
    if not (works or change):
        raise BadInput(_l("You have not written anything yet."), _l("Write a word or two."))
    take_turn(session, person_id, section_id)
    last = session.scalars(_of(person_id, section_id).limit(1)).first()
    if last is not None and (last.works, last.change) == (works, change) and not last.answered_at:
        return last
    note = VoiceNote(
        person_id=person_id, section_id=section_id, works=works, change=change, page=page[:100]
    )
    session.add(note)
    session.flush()
    return note


def _of(person_id: int, section_id: int) -> Select[VoiceNote]:
    return (
        select(VoiceNote)
        .where(VoiceNote.person_id == person_id, VoiceNote.section_id == section_id)
        .order_by(VoiceNote.id.desc())
    )


@dataclass(frozen=True)
class Said:
    """A student's words with the teacher who answered."""

    note: VoiceNote
    teacher: str
    """Empty: nobody has answered."""

    @property
    def is_new(self) -> bool:
        """Whether it has an answer that the student has not read."""
        return self.note.answered_at is not None and self.note.seen_at is None


def mine(session: Session, person_id: int, section_id: int) -> list[Said]:
    """A student's own words, newest first."""
    rows = session.execute(
        _of(person_id, section_id)
        .add_columns(Person.name)
        .outerjoin(Person, VoiceNote.answered_by_id == Person.id)
        .limit(4 * PAGEFUL)
    )
    return [Said(note, name or "") for note, name in rows]


def unread_answers(session: Session, person_id: int, section_id: int) -> int:
    """How many answers the student has not read."""
    found = session.scalar(select(func.count(VoiceNote.id)).where(*_unread(person_id, section_id)))
    return found or 0


def mark_read(session: Session, person_id: int, section_id: int) -> None:
    """The student has read the answers."""
    session.execute(update(VoiceNote).where(*_unread(person_id, section_id)).values(seen_at=now()))


def _unread(person_id: int, section_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        VoiceNote.person_id == person_id,
        VoiceNote.section_id == section_id,
        VoiceNote.answered_at.is_not(None),
        VoiceNote.seen_at.is_(None),
    )


def take_back(session: Session, *, person_id: int, section_id: int, note_id: int) -> None:
    """The student takes back their words: nothing of them is kept, nor of the answer.

    Raises `NotHere` for someone else's words.
    """
    note = session.scalars(
        _of(person_id, section_id).where(VoiceNote.id == note_id).with_for_update()
    ).first()
    if note is None:
        raise NotHere
    session.delete(note)
    session.flush()


@dataclass(frozen=True)
class Heard:
    """A student's words as teachers see them."""

    note: VoiceNote
    student: str
    section: str

    @property
    def version(self) -> int:
        """Which answer a form was opened with: 0 for none."""
        return version_of(self.note)


def of_team(
    session: Session,
    team_id: int,
    *,
    section_id: int | None = None,
    done: bool = False,
    before_id: int | None = None,
) -> list[Heard]:
    """A pageful of what the team's present students said, newest first; open or done ones, in
    all sections or one; `before_id` goes on after a former pageful."""
    question = _by_present_students(team_id, section_id).where(
        VoiceNote.done_at.is_not(None) if done else VoiceNote.done_at.is_(None)
    )
    if before_id is not None:
        question = question.where(VoiceNote.id < before_id)
    rows = session.execute(question.order_by(VoiceNote.id.desc()).limit(PAGEFUL))
    return [Heard(*row) for row in rows]


def _by_present_students(team_id: int, section_id: int | None) -> Select[VoiceNote, str, str]:
    question = (
        select(VoiceNote, Person.name, Section.title)
        .join(Section, VoiceNote.section_id == Section.id)
        .join(Person, VoiceNote.person_id == Person.id)
        .join(
            Enrolment,
            (Enrolment.person_id == VoiceNote.person_id)
            & (Enrolment.section_id == VoiceNote.section_id),
        )
        .where(Section.team_id == team_id, Enrolment.active, Enrolment.role == Role.STUDENT)
    )
    return question if section_id is None else question.where(VoiceNote.section_id == section_id)


def waiting(session: Session, team_id: int, section_id: int | None = None) -> int:
    """How many are not done yet."""
    found = _by_present_students(team_id, section_id).where(VoiceNote.done_at.is_(None))
    return session.scalar(found.with_only_columns(func.count(VoiceNote.id))) or 0


def answer(
    session: Session, *, team_id: int, note_id: int, teacher_id: int, text: str, version: int
) -> VoiceNote:
    """A teacher answers; answering once more replaces the answer, and the student is told again.

    `version` is the note's as the form was opened with. Raises `NotHere` for another team's, or
    where the student took it back, `BadInput` for an empty or over-long answer, and `Conflict`
    where another teacher answered meanwhile.
    """
    note = _locked(session, team_id, note_id)
    text = cleaned(text, LONGEST_NOTE)
    if not text:
        raise BadInput(_l("The answer is empty."), _l("Write a word or two and send it again."))
    if note.answer == text:
        return note
    if version_of(note) != version:
        other = session.get(Person, note.answered_by_id) if note.answered_by_id else None
        raise Conflict(
            other.name if other else "",
            version_of(note),
            [Clash("answer", _l("Answer"), note.answer, text)],
        )
    note.answer = text
    note.answered_by_id = teacher_id
    note.answered_at = now()
    note.seen_at = None
    session.flush()
    return note


def version_of(note: VoiceNote) -> int:
    """Microseconds since 1970 of the answer that stands; 0 for none."""
    if note.answered_at is None:
        return 0
    since = note.answered_at - datetime(1970, 1, 1, tzinfo=UTC)
    return round(since.total_seconds() * 1_000_000)


def set_done(session: Session, *, team_id: int, note_id: int, done: bool) -> None:
    """Put words away as done, or take them up again; twice changes nothing. Raises `NotHere`."""
    note = _locked(session, team_id, note_id)
    if done != (note.done_at is not None):
        note.done_at = now() if done else None
    session.flush()


def _locked(session: Session, team_id: int, note_id: int) -> VoiceNote:
    note = session.scalars(
        select(VoiceNote)
        .join(Section, VoiceNote.section_id == Section.id)
        .where(VoiceNote.id == note_id, Section.team_id == team_id)
        .with_for_update(of=VoiceNote)
    ).first()
    if note is None:
        raise NotHere
    return note
