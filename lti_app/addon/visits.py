"""A teacher's iframe in which something is attached, upgraded or reviewed, for an hour."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.addon.models import AddOnVisit
from lti_app.addon.openings import Opening
from lti_app.db import now
from lti_app.errors import NotHere
from lti_app.people.viewer import Viewer

LASTS = timedelta(hours=1)


def begin(session: Session, section_id: int, person_id: int, opening: Opening) -> AddOnVisit:
    """Remember what is opened, so that no page has to trust an address again."""
    session.execute(delete(AddOnVisit).where(AddOnVisit.expires_at < now()))
    visit = AddOnVisit(
        id=secrets.token_urlsafe(32),
        person_id=person_id,
        section_id=section_id,
        view=opening.view,
        course_id=opening.course_id,
        item_id=opening.item_id,
        item_type=opening.item_type,
        attachment_id=opening.attachment_id,
        add_on_token=opening.add_on_token,
        submission_id=opening.submission_id,
        url_to_upgrade=opening.url_to_upgrade,
        place=str(opening.place or ""),
        expires_at=now() + LASTS,
    )
    session.add(visit)
    session.flush()
    return visit


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
