"""Working out standings anew, after a rule changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning import mastery
from lti_app.learning.models import Mastery


def refresh_target(session: Session, target_id: int) -> None:
    """Work out everyone's standing on a target anew."""
    standings = session.scalars(
        select(Mastery).where(Mastery.target_id == target_id).order_by(Mastery.id).with_for_update()
    )
    for standing in standings.all():
        mastery.refresh(session, standing)
