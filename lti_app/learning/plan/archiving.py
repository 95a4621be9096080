"""Targets that are put away, with all their work, and come back."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from lti_app.db import now
from lti_app.errors import NotHere
from lti_app.learning.models import Attempt, Checkpoint, Target, Unit


def archived(session: Session, team_id: int) -> list[Target]:
    """The team's archived targets with their units, the newest first; those that a merge put
    away are among them, and say where their work went (`merged_into_id`)."""
    return list(
        session.scalars(
            select(Target)
            .where(Target.team_id == team_id, Target.archived_at.is_not(None))
            .order_by(Target.archived_at.desc(), Target.id)
            .options(selectinload(Target.unit))
        )
    )


def attempts_kept(session: Session, target_ids: list[int]) -> dict[int, int]:
    """How many attempts each of these targets holds; those without are left out."""
    rows = session.execute(
        select(Checkpoint.target_id, func.count(Attempt.id))
        .join(Attempt, Attempt.checkpoint_id == Checkpoint.id)
        .where(Checkpoint.target_id.in_(target_ids))
        .group_by(Checkpoint.target_id)
    )
    return dict(rows.all())


def archive(session: Session, target: Target) -> None:
    """Put a target away: students and plans no longer see it, nothing of it is lost. Doing it
    twice changes nothing."""
    target.archived_at = target.archived_at or now()
    session.flush()


def bring_back(session: Session, team_id: int, target_id: int) -> Target:
    """Use an archived target again, and its unit with it. Raises `NotHere` for one that is not
    the team's, or whose work went into another one."""
    target = session.scalars(
        select(Target)
        .where(Target.id == target_id, Target.team_id == team_id, Target.merged_into_id.is_(None))
        .with_for_update()
    ).first()
    if target is None:
        raise NotHere
    target.archived_at = None
    if target.unit_id is not None:
        session.get_one(Unit, target.unit_id).archived_at = None
    session.flush()
    return target


def titles(session: Session, target_ids: Iterable[int | None]) -> dict[int, str]:
    """Titles of targets by id."""
    wanted = {target_id for target_id in target_ids if target_id is not None}
    rows = session.execute(select(Target.id, Target.title).where(Target.id.in_(wanted)))
    return dict(rows.all())
