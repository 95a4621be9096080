"""Work that moves from one target to another: what has to wait meanwhile, and the standings."""

from collections.abc import Sequence

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from lti_app.learning import mastery, recalculate
from lti_app.learning.models import (
    Activity,
    ActivityDone,
    Attempt,
    Checkpoint,
    Mastery,
    Pathway,
    PathwayChoice,
)
from lti_app.learning.ways import order


def lock_work(session: Session, target_ids: Sequence[int]) -> None:
    """Let answers and scores on these targets wait until commit.

    Checkpoints first, as `mastery.lock_at` does; they also hold up students without a standing.
    """
    for model in (Checkpoint, Mastery):
        session.execute(
            select(model.id)
            .where(model.target_id.in_(target_ids))
            .order_by(model.id)
            .with_for_update()
        )


def stands_at(session: Session, row: Activity | Checkpoint) -> int:
    """Id of the target that an activity or checkpoint is under."""
    if isinstance(row, Checkpoint):
        return row.target_id
    return session.get_one(Pathway, row.pathway_id).target_id


def bring_activity(session: Session, activity: Activity, pathway: Pathway) -> None:
    """Put an activity at the end of another pathway, which may be another target's; what students
    marked stays with it. The caller then works out the standings on both (`work_out_anew`)."""
    lock_work(session, sorted({stands_at(session, activity), pathway.target_id}))
    order.take_out(session, activity)
    activity.pathway_id = pathway.id
    last = select(func.max(Activity.position)).where(Activity.pathway_id == pathway.id)
    activity.position = 1 + (session.scalar(last) or 0)


def bring_checkpoint(session: Session, checkpoint: Checkpoint, target_id: int) -> None:
    """Put a checkpoint under another target, its attempts with it. The caller then works out the
    standings on both (`work_out_anew`)."""
    lock_work(session, sorted({checkpoint.target_id, target_id}))
    checkpoint.target_id = target_id


def work_out_anew(session: Session, target_id: int) -> None:
    """Everyone's standing on a target, after its pathways or checkpoints changed hands: also of
    those who only picked a pathway, marked an activity or wait for their first score."""
    scored = select(Mastery.person_id).where(
        Mastery.target_id == target_id, Mastery.percent.is_not(None)
    )
    begun = union(
        select(PathwayChoice.person_id).where(PathwayChoice.target_id == target_id),
        select(ActivityDone.person_id)
        .join(Activity, ActivityDone.activity_id == Activity.id)
        .join(Pathway, Activity.pathway_id == Pathway.id)
        .where(Pathway.target_id == target_id),
        select(Attempt.person_id)
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .where(Checkpoint.target_id == target_id),
        select(Mastery.person_id).where(Mastery.target_id == target_id),
    ).subquery()
    for person_id in session.scalars(
        select(begun.c.person_id)
        .where(begun.c.person_id.not_in(scored))
        .order_by(begun.c.person_id)
    ).all():
        mastery.refresh(session, mastery.lock(session, person_id, target_id))
    session.flush()
    recalculate.refresh_target(session, target_id)
