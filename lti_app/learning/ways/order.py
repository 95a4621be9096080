"""The order of a target's pathways, of a pathway's steps, and of the ways to do a step.

Whoever changes a pathway's structure locks the pathway first: two teachers at once come one after
the other, and the second sees what the first did.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_app.errors import NotHere
from lti_app.learning.models import Activity, Pathway, Target
from lti_app.learning.plan.ordering import NewOrder
from lti_app.learning.ways import steps
from lti_app.learning.ways.steps import Step


def order_pathways(session: Session, target: Target, section_id: int, new_order: NewOrder) -> None:
    """Put the pathways that a section sees on a target in a new order. Those of other sections
    stay in theirs."""
    session.execute(select(Target.id).where(Target.id == target.id).with_for_update())
    rows = session.scalars(
        select(Pathway)
        .where(
            Pathway.target_id == target.id,
            or_(Pathway.section_id.is_(None), Pathway.section_id == section_id),
        )
        .order_by(Pathway.position, Pathway.id)
        .execution_options(populate_existing=True)
    ).all()
    row_of = {row.id: row for row in rows}
    for position, row_id in enumerate(new_order(list(row_of)), start=1):
        row_of[row_id].position = position
    session.flush()


def order_steps(session: Session, pathway: Pathway, new_order: NewOrder) -> None:
    """Put the steps of a pathway in a new order; a step is known by its first activity."""
    step_of = {step.activity.id: step for step in locked_steps(session, pathway.id)}
    place([step_of[step_id] for step_id in new_order(list(step_of))])
    session.flush()


def order_alternatives(
    session: Session, pathway: Pathway, step_id: int, new_order: NewOrder
) -> None:
    """Put the other ways to do a step in a new order. Raises `NotHere` where there is no such
    step."""
    found = locked_steps(session, pathway.id)
    step = _step(found, step_id)
    row_of = {row.id: row for row in step.alternatives}
    step.alternatives = [row_of[row_id] for row_id in new_order(list(row_of))]
    place(found)
    session.flush()


def put_into_step(session: Session, activity: Activity, step_id: int | None) -> None:
    """Make an activity another way to do a step, or (None) a step of its own, right after the one
    it was in. The other ways to do its old step stay together.

    Raises `NotHere` where there is no such step in its pathway.
    """
    found = locked_steps(session, activity.pathway_id)
    old = next(step for step in found if activity in step.activities)
    new = old if step_id is None else _step_with(found, step_id)
    if (step_id is None and old.activity is activity) or (step_id is not None and new is old):
        return
    rest = [one for one in old.activities if one is not activity]
    at = found.index(old)
    found[at : at + 1] = [Step(rest[0], rest[1:])] if rest else []
    if step_id is None:
        found.insert(at + 1, Step(activity))
    else:
        into = _step_with(found, step_id)
        into.alternatives.append(activity)
    place(found)
    session.flush()


def take_out(session: Session, activity: Activity) -> None:
    """Take an activity out of its step before it is deleted; the other ways to do the step stay."""
    found = locked_steps(session, activity.pathway_id)
    kept = []
    for step in found:
        rest = [one for one in step.activities if one is not activity]
        if rest:
            kept.append(Step(rest[0], rest[1:]))
    place(kept)
    activity.alternative_to_id = None
    session.flush()


def locked_steps(session: Session, pathway_id: int) -> list[Step]:
    """The steps of a pathway as they are now; they stay so until commit."""
    session.execute(select(Pathway.id).where(Pathway.id == pathway_id).with_for_update())
    rows = session.scalars(
        select(Activity)
        .where(Activity.pathway_id == pathway_id)
        .order_by(Activity.position, Activity.id)
        .execution_options(populate_existing=True)
    )
    return steps.all_of(rows)


def place(in_order: Sequence[Step]) -> None:
    """Number the activities of a pathway through, step by step."""
    position = 0
    for step in in_order:
        for activity in step.activities:
            position += 1
            first_id = None if activity is step.activity else step.activity.id
            if activity.position != position:
                activity.position = position
            if activity.alternative_to_id != first_id:
                activity.alternative_to_id = first_id


def _step(found: Sequence[Step], step_id: int) -> Step:
    for step in found:
        if step.activity.id == step_id:
            return step
    raise NotHere


def _step_with(found: Sequence[Step], activity_id: int) -> Step:
    for step in found:
        if any(one.id == activity_id for one in step.activities):
            return step
    raise NotHere
