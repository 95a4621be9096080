"""Reflection: a student looks back on an attempt or on the week. Read by teachers, never public.

Answering once more adds a row and the newest stands, as with scores: nothing that a teacher may
have read disappears.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_app.errors import BadInput, NotHere
from lti_app.learning.models import Attempt, Checkpoint, Reflection
from lti_app.learning.voice.turns import take_turn
from lti_app.learning.voice.words import AFTER_CHECKPOINT, OF_THE_WEEK, Prompt, cleaned
from lti_app.people.models import Enrolment, Person, Role

LONGEST_ANSWER = 1000


@dataclass
class Answer:
    """What a student answered to a prompt."""

    prompt: str
    text: str
    at: datetime
    earlier: list[str] = field(default_factory=list)
    """What stood before, newest first."""


@dataclass
class LookBack:
    """A student's answers about one attempt, or about one week."""

    person_id: int
    name: str
    week: date
    attempt_id: int | None
    """None: about the week."""
    attempt_number: int | None
    checkpoint_id: int | None
    checkpoint_title: str | None
    target_id: int | None
    answers: list[Answer]

    @property
    def at(self) -> datetime:
        """When the newest answer was written."""
        return max(answer.at for answer in self.answers)


def write(
    session: Session,
    *,
    person_id: int,
    section_id: int,
    week: date,
    answers: Mapping[Prompt, str],
    attempt_id: int | None = None,
) -> int:
    """Keep answers about an attempt, or about the week; returns how many were new or changed.

    What was left empty, and what stands there already, changes nothing. Raises `NotHere` for
    someone else's attempt, and `BadInput` where nothing was answered or an answer is over-long.
    """
    if attempt_id is not None:
        section_id = _section_of(session, person_id, attempt_id)
    prompts = OF_THE_WEEK if attempt_id is None else AFTER_CHECKPOINT
    texts = {
        prompt: cleaned(typed, LONGEST_ANSWER)
        for prompt, typed in answers.items()
        if prompt in prompts
    }
    if not any(texts.values()):
        raise BadInput(_l("You have not written anything yet."), _l("Answer one question."))
    take_turn(session, person_id, section_id)
    stands = standing(session, person_id, section_id, week=week, attempt_id=attempt_id)
    new = {
        prompt: text for prompt, text in texts.items() if text and text != stands.get(prompt.value)
    }
    session.add_all(
        Reflection(
            person_id=person_id,
            section_id=section_id,
            attempt_id=attempt_id,
            week=week,
            prompt=prompt,
            text=text,
        )
        for prompt, text in new.items()
    )
    session.flush()
    return len(new)


def _section_of(session: Session, person_id: int, attempt_id: int) -> int:
    """Where an attempt of the student was sent: there it is looked back on too."""
    found = session.scalar(
        select(Attempt.section_id).where(Attempt.id == attempt_id, Attempt.person_id == person_id)
    )
    if found is None:
        raise NotHere
    return found


def standing(
    session: Session,
    person_id: int,
    section_id: int,
    *,
    week: date | None = None,
    attempt_id: int | None = None,
) -> dict[str, str]:
    """The answers that stand by prompt: about an attempt, or without one about a week."""
    about = (
        Reflection.attempt_id == attempt_id
        if attempt_id is not None
        else Reflection.attempt_id.is_(None) & (Reflection.week == week)
    )
    rows = session.execute(
        select(Reflection.prompt, Reflection.text)
        .where(Reflection.person_id == person_id, Reflection.section_id == section_id, about)
        .order_by(Reflection.id)
    )
    return dict(rows.all())


def of_student(
    session: Session, person_id: int, section_id: int, since: datetime | None = None
) -> list[LookBack]:
    """All that a student wrote in a section (since a moment), newest first, in one query."""
    question = _all(section_id).where(Reflection.person_id == person_id)
    if since is not None:
        question = question.where(Reflection.at >= since)
    return _grouped(session.execute(question))


def of_section(session: Session, section_id: int, since: datetime) -> list[LookBack]:
    """What the section's present students wrote since a moment, newest first, in one query."""
    return _grouped(
        session.execute(
            _all(section_id)
            .join(
                Enrolment,
                (Enrolment.person_id == Reflection.person_id)
                & (Enrolment.section_id == Reflection.section_id),
            )
            .where(Reflection.at >= since, Enrolment.active, Enrolment.role == Role.STUDENT)
        )
    )


def _all(section_id: int) -> Select[Reflection, str, int, int, str, int]:
    return (
        select(
            Reflection,
            Person.name,
            Attempt.number,
            Checkpoint.id,
            Checkpoint.title,
            Checkpoint.target_id,
        )
        .join(Person, Reflection.person_id == Person.id)
        .outerjoin(Attempt, Reflection.attempt_id == Attempt.id)
        .outerjoin(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .where(Reflection.section_id == section_id)
        .order_by(Reflection.id.desc())
    )


def _grouped(rows: Iterable[tuple[Reflection, str, int, int, str, int]]) -> list[LookBack]:
    """Newest first; of each prompt the newest answer stands."""
    found: dict[tuple[int, int | None, date | None], LookBack] = {}
    for row, name, number, checkpoint_id, title, target_id in rows:
        about = (row.person_id, row.attempt_id, None if row.attempt_id else row.week)
        look = found.setdefault(
            about,
            LookBack(
                row.person_id,
                name,
                row.week,
                row.attempt_id,
                number,
                checkpoint_id,
                title,
                target_id,
                [],
            ),
        )
        same = next((one for one in look.answers if one.prompt == row.prompt), None)
        if same is None:
            look.answers.append(Answer(row.prompt, row.text, row.at))
        else:
            same.earlier.append(row.text)
    order = list(Prompt)
    for look in found.values():
        look.answers.sort(key=lambda one: order.index(Prompt(one.prompt)))
    return list(found.values())
