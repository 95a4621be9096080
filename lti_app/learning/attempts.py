"""Attempts: a student's goes at a checkpoint. How they are scored: `scoring.py`; which of them
wait for a score: `waiting.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.errors import BadInput, NotHere, Words
from lti_app.learning import mastery, retakes, scoring, sheets, targets
from lti_app.learning.events import moved
from lti_app.learning.evidence import files
from lti_app.learning.items import marking
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    ScoreSource,
)
from lti_app.learning.scoring import Scored, score
from lti_app.learning.waiting import ToScore, count_waiting, waiting_for_score, waiting_in_team
from lti_app.people.models import Section

__all__ = [
    "LONGEST_EVIDENCE",
    "Scored",
    "ToScore",
    "count_waiting",
    "in_team",
    "of_student",
    "score",
    "standings",
    "submit",
    "waiting_for_score",
    "waiting_in_team",
]

LONGEST_EVIDENCE = 10_000
"""Characters of typed work; a child's page of handwriting has about 1,500."""


def submit(
    session: Session,
    *,
    checkpoint: Checkpoint,
    person_id: int,
    section_id: int,
    number: int,
    evidence: str = "",
    link: str = "",
    answers: Mapping[str, Any] | None = None,
    kept: Sequence[files.Kept] = (),
) -> Attempt:
    """Keep a student's answer as attempt `number` (the one the page offered: 1, 2, 3 …).

    `answers` are those of the items (`marking.read_answers`), `kept` the files that are in the
    store already. Where nothing needs a teacher's eyes, the items' points are its score at once.
    Sending the same answer twice keeps it once. Raises `BadInput` for an empty or over-long
    answer, a number that is not the next one, a try that is not open yet, and a checkpoint that
    is answered in the LMS.
    """
    answers = dict(answers or {})
    evidence = evidence.replace("\0", "").strip()
    url = targets.web_address(link)
    _check(checkpoint, evidence, url, answers, kept)
    standing = mastery.lock_at(session, person_id, checkpoint)
    before = of_student(session, person_id, checkpoint.id)
    for one in before:
        if one.number == number:
            if _is_the_same(one, evidence, url, answers, kept):
                return one
            raise BadInput(
                _l("You have sent an answer already."),
                _l("Go back to the checkpoint to see it, then try again if you want."),
            )
    following = retakes.next_try(session, checkpoint, person_id, before)
    if number != following.number:
        raise BadInput(_l("This page is old."), _l("Open the checkpoint again and send it there."))
    if not following.is_open:
        raise BadInput(
            _l("You can't try again yet."), _l("Open the checkpoint: it says what comes first.")
        )
    attempt = Attempt(
        checkpoint_id=checkpoint.id,
        person_id=person_id,
        section_id=section_id,
        number=number,
        evidence=evidence,
        link=url,
        answers=answers,
    )
    session.add(attempt)
    session.flush()
    files.add(session, attempt.id, kept)
    moved.send(session, person_id=person_id, target_id=checkpoint.target_id, section_id=section_id)
    if sheets.needs_a_teacher(checkpoint):
        session.flush()
        mastery.refresh(session, standing)
    else:
        _mark(session, attempt)
    return attempt


def _check(
    checkpoint: Checkpoint,
    evidence: str,
    url: str | None,
    answers: Mapping[str, Any],
    kept: Sequence[files.Kept],
) -> None:
    if checkpoint.url:
        raise BadInput(
            _l("This checkpoint is answered in your class."),
            _l("Use the button that opens it there."),
        )
    if len(evidence) > LONGEST_EVIDENCE:
        raise BadInput(
            _l("Your answer is too long."),
            _l("Keep it under %(n)s letters and send it again.", n=LONGEST_EVIDENCE),
        )
    if kept and not checkpoint.takes_files:
        raise BadInput(
            _l("This checkpoint takes no photos or files."), _l("Answer it as it asks you to.")
        )
    answered = any(answer is not None for answer in answers.values())
    if not (evidence or url or answered or kept) and not is_shown_in_class(checkpoint):
        raise BadInput(_l("Your answer is empty."), _missing(checkpoint))


def is_shown_in_class(checkpoint: Checkpoint) -> bool:
    """Nothing is asked for here: the student shows it to the teacher and says so."""
    return not (
        checkpoint.takes_text
        or checkpoint.takes_link
        or checkpoint.takes_files
        or marking.live(checkpoint)
    )


def _missing(checkpoint: Checkpoint) -> Words:
    if checkpoint.takes_text:
        return _l("Write your answer, then send it.")
    if checkpoint.takes_files:
        return _l("Add a photo or a file, then send it.")
    if checkpoint.takes_link:
        return _l("Put in the link to your work, then send it.")
    return _l("Answer the questions, then send them.")


def _is_the_same(
    attempt: Attempt,
    evidence: str,
    url: str | None,
    answers: dict[str, Any],
    kept: Sequence[files.Kept],
) -> bool:
    return (attempt.evidence, attempt.link, attempt.answers) == (evidence, url, answers) and {
        file.digest for file in attempt.files
    } == {file.digest for file in kept}


def _mark(session: Session, attempt: Attempt) -> None:
    """The items' points are the attempt's score."""
    sheet = sheets.sheet_of(attempt)
    points = min(round(sum(sheet.marked.values()), 4), sheet.most)
    scoring.give(session, attempt, points, ScoreSource.MARKER, marks={"items": sheet.marked})


def of_student(session: Session, person_id: int, checkpoint_id: int) -> list[Attempt]:
    """A student's attempts at a checkpoint with scores, files and remarks, newest first."""
    return list(
        session.scalars(
            select(Attempt)
            .where(Attempt.person_id == person_id, Attempt.checkpoint_id == checkpoint_id)
            .order_by(Attempt.number.desc())
            .options(selectinload(Attempt.files), selectinload(Attempt.comments))
        )
    )


def in_team(session: Session, team_id: int, attempt_id: int, *, lock: bool = False) -> Attempt:
    """One attempt of the team's sections; `lock` it to score it. Raises `NotHere`."""
    wanted = (
        select(Attempt)
        .join(Section, Attempt.section_id == Section.id)
        .where(Attempt.id == attempt_id, Section.team_id == team_id)
    )
    if lock:
        wanted = wanted.with_for_update(of=Attempt).execution_options(populate_existing=True)
    attempt = session.scalars(wanted).first()
    if attempt is None:
        raise NotHere
    return attempt


def standings(
    session: Session, person_ids: list[int], target_ids: list[int]
) -> dict[tuple[int, int], Level]:
    """Levels by (person, target), in one query; those never begun are left out."""
    rows = session.execute(
        select(Mastery.person_id, Mastery.target_id, Mastery.level).where(
            Mastery.person_id.in_(person_ids), Mastery.target_id.in_(target_ids)
        )
    )
    return {(person, target): Level(level) for person, target, level in rows}
