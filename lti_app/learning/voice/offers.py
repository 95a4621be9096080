"""What a student may pick as a goal for the week."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning.models import Checkpoint, Level, Mastery, Target, Unit


def targets_to_meet(
    session: Session, person_id: int, team_id: int, section_id: int
) -> list[Target]:
    """The team's targets that this student has not met and can show here, in order; one query."""
    met = select(Mastery.target_id).where(
        Mastery.person_id == person_id, Mastery.level.in_((Level.MET, Level.BEYOND))
    )
    shown = select(Checkpoint.target_id).where(
        ~Checkpoint.hidden,
        Checkpoint.section_id.is_(None) | (Checkpoint.section_id == section_id),
    )
    return list(
        session.scalars(
            select(Target)
            .outerjoin(Unit, Target.unit_id == Unit.id)
            .where(
                Target.team_id == team_id,
                Target.archived_at.is_(None),
                Target.id.not_in(met),
                Target.id.in_(shown),
            )
            .order_by(Unit.position.nulls_last(), Unit.id, Target.position, Target.id)
        )
    )
