"""When a student may try a checkpoint again, and what to do until then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.learning.models import (
    Activity,
    ActivityDone,
    Attempt,
    Checkpoint,
    Pathway,
    PathwayChoice,
    RetakePermit,
)


@dataclass(frozen=True)
class NextTry:
    """A student's next attempt at a checkpoint: what stands before it."""

    number: int
    waits_for_score: bool = False
    """The last one is still with the teacher."""
    used_up: bool = False
    """There were as many as the checkpoint allows."""
    opens_at: datetime | None = None
    """Not before this moment."""
    needs_step: bool = False
    """An activity must be done first."""
    left: int | None = None
    """How many tries are left, this one too; None: no limit."""

    @property
    def is_open(self) -> bool:
        """The student may try now."""
        return not (self.waits_for_score or self.used_up or self.opens_at or self.needs_step)


def next_try(
    session: Session, checkpoint: Checkpoint, person_id: int, attempts: Sequence[Attempt]
) -> NextTry:
    """The next attempt of a student, after `attempts` (all of theirs, newest first).

    A teacher's permit opens it whatever the rules say. In at most three queries.
    """
    if not attempts:
        return NextTry(1, left=checkpoint.most_attempts)
    last = attempts[0]
    number = last.number + 1
    if _is_permitted(session, checkpoint.id, person_id, number):
        return NextTry(number)
    most = checkpoint.most_attempts
    if most is not None and len(attempts) >= most:
        return NextTry(number, used_up=True, waits_for_score=not last.scores, left=0)
    opens_at = last.submitted_at + timedelta(hours=checkpoint.wait_hours)
    return NextTry(
        number,
        waits_for_score=not last.scores,
        opens_at=opens_at if opens_at > now() else None,
        needs_step=checkpoint.needs_activity
        and _step_is_missing(session, checkpoint.target_id, person_id, last.submitted_at),
        left=None if most is None else most - len(attempts),
    )


def _is_permitted(session: Session, checkpoint_id: int, person_id: int, number: int) -> bool:
    found = session.scalar(
        select(RetakePermit.id).where(
            RetakePermit.checkpoint_id == checkpoint_id,
            RetakePermit.person_id == person_id,
            RetakePermit.number == number,
        )
    )
    return found is not None


def _step_is_missing(session: Session, target_id: int, person_id: int, since: datetime) -> bool:
    """No activity was done since, and there is one left to do: who has done them all, on the way
    that was picked, is not held back."""
    rows = session.execute(
        select(ActivityDone.done_at, PathwayChoice.pathway_id, Pathway.id)
        .select_from(Activity)
        .join(Pathway, Activity.pathway_id == Pathway.id)
        .outerjoin(
            ActivityDone,
            (ActivityDone.activity_id == Activity.id) & (ActivityDone.person_id == person_id),
        )
        .outerjoin(
            PathwayChoice,
            (PathwayChoice.target_id == Pathway.target_id) & (PathwayChoice.person_id == person_id),
        )
        .where(
            Pathway.target_id == target_id,
            ~Pathway.hidden,
            ~Activity.hidden,
            or_(Pathway.person_id.is_(None), Pathway.person_id == person_id),
        )
    ).all()
    if any(done_at is not None and done_at > since for done_at, _, _ in rows):
        return False
    return any(
        done_at is None for done_at, chosen, pathway_id in rows if chosen in {None, pathway_id}
    )


def permit(
    session: Session, *, checkpoint_id: int, person_id: int, number: int, given_by_id: int
) -> None:
    """A teacher lets a student make attempt `number`; twice changes nothing."""
    insert_if_missing(
        session,
        RetakePermit,
        checkpoint_id=checkpoint_id,
        person_id=person_id,
        number=number,
        given_by_id=given_by_id,
        given_at=now(),
    )
