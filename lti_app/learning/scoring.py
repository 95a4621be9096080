"""Scores: given by a teacher, by items that mark themselves, or mirrored in from the LMS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput
from lti_app.learning import events, mastery
from lti_app.learning.models import Attempt, Checkpoint, Mastery, Score, ScoreSource, Source
from lti_app.people.models import Person

LONGEST_FEEDBACK = 10_000


@dataclass(frozen=True)
class Scored:
    """An attempt was scored, and this is where the student stands now."""

    attempt: Attempt
    checkpoint: Checkpoint
    score: Score
    standing: Mastery


def score(
    session: Session,
    *,
    attempt: Attempt,
    points: float,
    feedback: str,
    scored_by_id: int,
    marks: dict[str, Any] | None = None,
) -> Scored:
    """A teacher scores an attempt; scoring it again keeps the former score beside the new one.

    `marks` says what the points are made of (see `Score.marks`). Raises `BadInput` where `points`
    are not between 0 and the checkpoint's maximum, or the feedback is over-long.
    """
    most = attempt.checkpoint.max_points
    if not math.isfinite(points) or not 0 <= points <= most:
        raise BadInput(
            _l("The points must be between 0 and %(most)s.", most=f"{most:g}"),
            _l("Nothing was saved. Correct the points and save again."),
        )
    if len(feedback) > LONGEST_FEEDBACK:
        raise BadInput(_l("The feedback is too long."), _l("Shorten it and save again."))
    return give(
        session,
        attempt,
        points,
        ScoreSource.TEACHER,
        feedback=feedback.strip(),
        marks=marks,
        scored_by_id=scored_by_id,
    )


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
    mastery.lock_at(session, person_id, checkpoint)
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
    return give(session, attempt, points, ScoreSource.LMS)


def give(
    session: Session,
    attempt: Attempt,
    points: float,
    source: ScoreSource,
    *,
    feedback: str = "",
    marks: dict[str, Any] | None = None,
    scored_by_id: int | None = None,
) -> Scored:
    """Add a score, work out the standing, and tell those who listen, in one transaction."""
    checkpoint = attempt.checkpoint
    standing = mastery.lock_at(session, attempt.person_id, checkpoint)
    given = Score(
        attempt_id=attempt.id,
        points=points,
        max_points=checkpoint.max_points,
        marks=marks or {},
        feedback=feedback,
        source=source,
        scored_by_id=scored_by_id,
        scored_at=now(),
    )
    session.add(given)
    session.flush()
    mastery.refresh(session, standing)
    scored = Scored(attempt, checkpoint, given, standing)
    events.attempt_scored.send(session, scored=scored)
    return scored


def names_of(session: Session, scores: Sequence[Score]) -> dict[int, str]:
    """The names of those who gave scores, by id."""
    wanted = {score.scored_by_id for score in scores} - {None}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return dict(rows.all())
