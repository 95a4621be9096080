"""A student on a pathway: picking one, marking activities as done."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.errors import NotHere
from lti_app.learning import mastery
from lti_app.learning.models import Activity, ActivityDone, Pathway, PathwayChoice


def choose(session: Session, person_id: int, pathway: Pathway) -> None:
    """The student goes this way from now on; activities done on another way stay done.

    Raises `NotHere` for a hidden pathway.
    """
    if pathway.hidden:
        raise NotHere
    standing = mastery.lock(session, person_id, pathway.target_id)
    insert_if_missing(
        session,
        PathwayChoice,
        person_id=person_id,
        target_id=pathway.target_id,
        pathway_id=pathway.id,
        chosen_at=now(),
    )
    choice = session.scalars(
        select(PathwayChoice).where(
            PathwayChoice.person_id == person_id, PathwayChoice.target_id == pathway.target_id
        )
    ).one()
    if choice.pathway_id != pathway.id:
        choice.pathway_id = pathway.id
        choice.chosen_at = now()
    session.flush()
    mastery.refresh(session, standing)


def mark(session: Session, person_id: int, activity: Activity, *, done: bool) -> None:
    """Mark an activity as done, or as not done after all. Doing it twice changes nothing.

    Raises `NotHere` for a hidden activity.
    """
    if activity.hidden or activity.pathway.hidden:
        raise NotHere
    standing = mastery.lock(session, person_id, activity.pathway.target_id)
    if done:
        insert_if_missing(
            session, ActivityDone, person_id=person_id, activity_id=activity.id, done_at=now()
        )
    else:
        session.execute(
            delete(ActivityDone).where(
                ActivityDone.person_id == person_id, ActivityDone.activity_id == activity.id
            )
        )
    mastery.refresh(session, standing)


@dataclass(frozen=True)
class Progress:
    """What a student has picked and done, over all targets."""

    pathway_of: dict[int, int]
    """Target id → the pathway picked for it."""
    done: frozenset[int]
    """Ids of activities marked as done."""


def progress(session: Session, person_id: int) -> Progress:
    """A student's picks and done activities, in two queries."""
    chosen = session.execute(
        select(PathwayChoice.target_id, PathwayChoice.pathway_id).where(
            PathwayChoice.person_id == person_id
        )
    )
    done = session.scalars(
        select(ActivityDone.activity_id).where(ActivityDone.person_id == person_id)
    )
    return Progress(dict(chosen.all()), frozenset(done))
