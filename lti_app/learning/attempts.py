"""Attempts: a student's goes at a checkpoint, and the scores given to them."""

import math
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput, NotHere
from lti_app.learning import events, mastery
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    Score,
    Source,
    Target,
)
from lti_app.people.models import Enrolment, Person, Role

LONGEST_EVIDENCE = 10_000
"""Characters of typed work; a child's page of handwriting has about 1,500."""


@dataclass(frozen=True)
class Scored:
    """An attempt was scored, and this is where the student stands now."""

    attempt: Attempt
    checkpoint: Checkpoint
    score: Score
    standing: Mastery


def submit(
    session: Session,
    *,
    checkpoint: Checkpoint,
    person_id: int,
    section_id: int,
    number: int,
    evidence: str,
) -> Attempt:
    """Keep a student's answer as attempt `number` (the one the page offered: 1, 2, 3 …).

    Sending the same answer twice keeps it once. Raises `BadInput` for an empty or over-long
    answer, a number that is not the next one, and a checkpoint that is answered in the LMS.
    """
    evidence = evidence.strip()
    if checkpoint.url:
        raise BadInput(
            _l("This checkpoint is answered in your class."),
            _l("Use the button that opens it there."),
        )
    if not evidence:
        raise BadInput(_l("Your answer is empty."), _l("Write your answer, then send it."))
    if len(evidence) > LONGEST_EVIDENCE:
        raise BadInput(
            _l("Your answer is too long."),
            _l("Keep it under %(n)s letters and send it again.", n=LONGEST_EVIDENCE),
        )
    standing = mastery.lock(session, person_id, checkpoint.target_id)
    last = session.scalars(
        select(Attempt)
        .where(Attempt.checkpoint_id == checkpoint.id, Attempt.person_id == person_id)
        .order_by(Attempt.number.desc())
        .limit(1)
    ).first()
    if last is not None and last.number >= number:
        if last.evidence == evidence:
            return last
        raise BadInput(
            _l("You have sent an answer already."),
            _l("Go back to the checkpoint to see it, then try again if you want."),
        )
    if number != (last.number if last else 0) + 1:
        raise BadInput(_l("This page is old."), _l("Open the checkpoint again and send it there."))
    attempt = Attempt(
        checkpoint_id=checkpoint.id,
        person_id=person_id,
        section_id=section_id,
        number=number,
        evidence=evidence,
    )
    session.add(attempt)
    session.flush()
    mastery.refresh(session, standing)
    return attempt


def score(
    session: Session, *, attempt: Attempt, points: float, feedback: str, scored_by_id: int
) -> Scored:
    """A teacher scores an attempt; scoring it again keeps the former score beside the new one.

    Raises `BadInput` where `points` are not between 0 and the checkpoint's maximum, or the
    feedback is over-long.
    """
    checkpoint = attempt.checkpoint
    if not math.isfinite(points) or not 0 <= points <= checkpoint.max_points:
        raise BadInput(
            _l("The points must be between 0 and %(most)s.", most=f"{checkpoint.max_points:g}"),
            _l("Nothing was saved. Correct the points and save again."),
        )
    if len(feedback) > LONGEST_EVIDENCE:
        raise BadInput(_l("The feedback is too long."), _l("Shorten it and save again."))
    return _give(session, attempt, points, feedback.strip(), scored_by_id, now())


def mirror(
    session: Session,
    *,
    checkpoint: Checkpoint,
    person_id: int,
    section_id: int,
    external_id: str,
    points: float,
    submitted_at: datetime,
) -> Scored | None:
    """Take over a grade given in the LMS as an attempt; None where it is known already.

    `external_id` names the submission and its turn-in: a new turn-in is a new attempt, a new
    grade on the same one a new score of it.
    """
    mastery.lock(session, person_id, checkpoint.target_id)
    number = session.scalar(
        select(func.coalesce(func.max(Attempt.number), 0)).where(
            Attempt.checkpoint_id == checkpoint.id, Attempt.person_id == person_id
        )
    )
    insert_if_missing(
        session,
        Attempt,
        checkpoint_id=checkpoint.id,
        person_id=person_id,
        section_id=section_id,
        number=(number or 0) + 1,
        evidence="",
        submitted_at=submitted_at,
        source=Source.MIRRORED,
        external_id=external_id,
    )
    attempt = session.scalars(select(Attempt).where(Attempt.external_id == external_id)).one()
    if attempt.score is not None and attempt.score.points == points:
        return None
    return _give(session, attempt, points, "", None, now())


def _give(
    session: Session,
    attempt: Attempt,
    points: float,
    feedback: str,
    scored_by_id: int | None,
    at: datetime,
) -> Scored:
    checkpoint = attempt.checkpoint
    standing = mastery.lock(session, attempt.person_id, checkpoint.target_id)
    given = Score(
        attempt_id=attempt.id,
        points=points,
        max_points=checkpoint.max_points,
        feedback=feedback,
        scored_by_id=scored_by_id,
        scored_at=at,
    )
    session.add(given)
    session.flush()
    mastery.refresh(session, standing)
    scored = Scored(attempt, checkpoint, given, standing)
    events.attempt_scored.send(session, scored=scored)
    return scored


def of_student(session: Session, person_id: int, checkpoint_id: int) -> list[Attempt]:
    """A student's attempts at a checkpoint with their scores, newest first."""
    return list(
        session.scalars(
            select(Attempt)
            .where(Attempt.person_id == person_id, Attempt.checkpoint_id == checkpoint_id)
            .order_by(Attempt.number.desc())
        )
    )


def in_section(session: Session, section_id: int, attempt_id: int) -> Attempt:
    """One attempt of the section, locked for scoring. Raises `NotHere`."""
    attempt = session.scalars(
        select(Attempt)
        .where(Attempt.id == attempt_id, Attempt.section_id == section_id)
        .with_for_update()
    ).first()
    if attempt is None:
        raise NotHere
    return attempt


@dataclass(frozen=True)
class ToScore:
    """One row of the marking queue."""

    attempt: Attempt
    checkpoint: Checkpoint
    target: Target
    student: Person


def waiting_for_score(session: Session, section_id: int, limit: int = 100) -> list[ToScore]:
    """Attempts of the section's present students that nobody has scored, oldest first."""
    rows = session.execute(
        select(Attempt, Checkpoint, Target, Person)
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .join(Target, Checkpoint.target_id == Target.id)
        .join(Person, Attempt.person_id == Person.id)
        .join(
            Enrolment,
            (Enrolment.person_id == Person.id) & (Enrolment.section_id == Attempt.section_id),
        )
        .where(
            Attempt.section_id == section_id,
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
            ~select(Score.id).where(Score.attempt_id == Attempt.id).exists(),
        )
        .order_by(Attempt.submitted_at, Attempt.id)
        .limit(limit)
    )
    return [ToScore(*row) for row in rows]


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
