"""Copied courses that a platform told us of: one that was opened before the word came gets its
plan now; one that comes later finds its origins at its first launch (`launch/copies.py`)."""

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from lti_app.db import Database, now
from lti_app.launch.copies import bring_from_earlier
from lti_app.launch.models import AnnouncedCopy, UsedNotice
from lti_app.learning.models import Target
from lti_app.people.models import Section

AT_ONCE = 20


def settle_due(database: Database) -> None:
    """Look at every announced copy once, each in a transaction of its own."""
    with database.session(writes=False) as session:
        waiting = session.execute(
            select(AnnouncedCopy.id, AnnouncedCopy.district_id)
            .where(AnnouncedCopy.settled_at.is_(None))
            .order_by(AnnouncedCopy.id)
            .limit(AT_ONCE)
        ).all()
    for copy_id, district_id in waiting:
        with database.transaction(district_id=district_id) as session:
            copy = session.get_one(AnnouncedCopy, copy_id, with_for_update=True)
            if copy.settled_at is None:
                _settle(session, copy)
    if waiting:
        with database.transaction() as session:
            session.execute(delete(UsedNotice).where(UsedNotice.expires_at < now()))


def _settle(session: Session, copy: AnnouncedCopy) -> None:
    copy.settled_at = now()
    section = session.scalar(
        select(Section).where(
            Section.source == copy.source, Section.external_id == copy.external_id
        )
    )
    if section is None:
        return
    # Content may also be imported into a course that plans already: that plan is its teacher's.
    if not session.scalar(select(exists().where(Target.team_id == section.team_id))):
        bring_from_earlier(session, section)
