"""A student on a pathway: picking one, being given one, marking activities as done."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing, now
from lti_app.errors import NotHere
from lti_app.learning import mastery
from lti_app.learning.events import moved
from lti_app.learning.models import Activity, ActivityDone, Pathway, PathwayChoice, PathwayWalk
from lti_app.learning.ways import steps


def choose(session: Session, person_id: int, pathway: Pathway) -> None:
    """The student goes this way from now on; activities done on another way stay done.

    Raises `NotHere` for a hidden pathway. Whether they *may* is said in `choice/offers.py`.
    """
    _go(session, person_id, pathway, assigned_by_id=None)


def assign(
    session: Session, person_ids: Collection[int], pathway: Pathway, *, assigned_by_id: int
) -> None:
    """A teacher gives students this way. Raises `NotHere` for a hidden pathway."""
    for person_id in sorted(person_ids):
        _go(session, person_id, pathway, assigned_by_id=assigned_by_id)


def _go(session: Session, person_id: int, pathway: Pathway, *, assigned_by_id: int | None) -> None:
    if pathway.hidden:
        raise NotHere
    standing = mastery.lock(session, person_id, pathway.target_id)
    insert_if_missing(
        session,
        PathwayChoice,
        person_id=person_id,
        target_id=pathway.target_id,
        pathway_id=pathway.id,
        assigned_by_id=assigned_by_id,
        chosen_at=now(),
    )
    choice = session.scalars(
        select(PathwayChoice)
        .where(PathwayChoice.person_id == person_id, PathwayChoice.target_id == pathway.target_id)
        .execution_options(populate_existing=True)
    ).one()
    if choice.pathway_id != pathway.id:
        choice.pathway_id = pathway.id
        choice.assigned_by_id = assigned_by_id
        choice.chosen_at = now()
    _begin(session, person_id, pathway.id)
    session.flush()
    mastery.refresh(session, standing)
    moved.send(session, person_id=person_id, target_id=pathway.target_id, section_id=None)


def _begin(session: Session, person_id: int, pathway_id: int) -> None:
    insert_if_missing(
        session, PathwayWalk, person_id=person_id, pathway_id=pathway_id, begun_at=now()
    )


def mark(session: Session, person_id: int, activity: Activity, *, done: bool) -> None:
    """Mark an activity as done, or as not done after all. Doing it twice changes nothing.

    A student who is on no way yet is on this one from now on. Raises `NotHere` for a hidden
    activity, and for one of a way that is another student's own and not theirs.
    """
    pathway = activity.pathway
    if activity.hidden or pathway.hidden:
        raise NotHere
    standing = mastery.lock(session, person_id, pathway.target_id)
    on = session.scalar(
        select(PathwayChoice.pathway_id).where(
            PathwayChoice.person_id == person_id, PathwayChoice.target_id == pathway.target_id
        )
    )
    if pathway.person_id not in (None, person_id) and on != pathway.id:
        raise NotHere
    if on is None:
        _go(session, person_id, pathway, assigned_by_id=None)
    if done:
        insert_if_missing(
            session, ActivityDone, person_id=person_id, activity_id=activity.id, done_at=now()
        )
        _finish(session, person_id, pathway)
        moved.send(session, person_id=person_id, target_id=pathway.target_id, section_id=None)
    else:
        session.execute(
            delete(ActivityDone).where(
                ActivityDone.person_id == person_id, ActivityDone.activity_id == activity.id
            )
        )
    mastery.refresh(session, standing)


def _finish(session: Session, person_id: int, pathway: Pathway) -> None:
    """Note when the last step was done for the first time; undoing one later changes nothing."""
    walk = session.scalars(
        select(PathwayWalk).where(
            PathwayWalk.person_id == person_id, PathwayWalk.pathway_id == pathway.id
        )
    ).first()
    if walk is None or walk.finished_at is not None:
        return
    ids = [activity.id for activity in pathway.activities]
    done = session.scalars(
        select(ActivityDone.activity_id).where(
            ActivityDone.person_id == person_id, ActivityDone.activity_id.in_(ids)
        )
    )
    if steps.finished(pathway.activities, done):
        walk.finished_at = now()


@dataclass(frozen=True)
class Progress:
    """What a student has picked and done, over all targets."""

    choice_of: dict[int, PathwayChoice]
    """Target id → the choice made for it."""
    done: frozenset[int]
    """Ids of activities marked as done."""

    @property
    def pathway_of(self) -> dict[int, int]:
        """Target id → the pathway picked for it."""
        return {target_id: choice.pathway_id for target_id, choice in self.choice_of.items()}


def progress(session: Session, person_id: int) -> Progress:
    """A student's picks and done activities, in two queries."""
    chosen = session.scalars(select(PathwayChoice).where(PathwayChoice.person_id == person_id))
    done = session.scalars(
        select(ActivityDone.activity_id).where(ActivityDone.person_id == person_id)
    )
    return Progress({choice.target_id: choice for choice in chosen}, frozenset(done))
