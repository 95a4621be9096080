"""A teacher's iframe in which something is attached, upgraded or reviewed, for an hour."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.addon.models import AddOnVisit
from lti_app.db import now
from lti_app.errors import NotHere
from lti_app.people.viewer import Viewer


def get(session: Session, viewer: Viewer, visit_id: str) -> AddOnVisit:
    """The viewer's own visit. Raises `NotHere` for another's, and for one that is over."""
    found = session.scalars(
        select(AddOnVisit).where(
            AddOnVisit.id == visit_id,
            AddOnVisit.person_id == viewer.person_id,
            AddOnVisit.section_id == viewer.section_id,
            AddOnVisit.expires_at > now(),
        )
    ).first()
    if found is None:
        raise NotHere
    return found
