"""Scores: given by a teacher or by items that mark themselves (by the LMS: `mirrored.py`)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import BadInput
from lti_app.learning import events, mastery
from lti_app.learning.models import Attempt, Checkpoint, Mastery, Score, ScoreSource
from lti_app.people.models import Person

LONGEST_FEEDBACK = 10_000


@dataclass(frozen=True)
class Scored:
    """An attempt was scored, and this is where the student stands now."""

    attempt: Attempt
    checkpoint: Checkpoint
    score: Score
    standing: Mastery

    @property
    def pair(self) -> tuple[int, int]:
        """The student's id and the target's."""
        return self.standing.person_id, self.standing.target_id


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
    events.attempts_scored.send(session, scored=[scored])
    return scored


def names_of(session: Session, scores: Sequence[Score]) -> dict[int, str]:
    """The names of those who gave scores, by id."""
    wanted = {score.scored_by_id for score in scores} - {None}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return dict(rows.all())
