"""A course that is a copy: what its platform said of where it comes from, and the plan with it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.launch.models import AnnouncedCopy
from lti_app.people.events import section_copied
from lti_app.people.models import Section

MOST_HISTORY = 50


def bring_from_earlier(session: Session, section: Section, history: Sequence[str] = ()) -> None:
    """What was planned in the newest of a new section's ancestors comes along.

    `history` is what the launch said, newest first; what was announced in notices comes after it.
    """
    ids = [*history, *_announced(session, section)][: 2 * MOST_HISTORY]
    if not ids:
        return
    known = dict(
        session.execute(
            select(Section.external_id, Section.id).where(
                Section.source == section.source, Section.external_id.in_(ids)
            )
        ).all()
    )
    ancestor = next((known[one] for one in ids if one in known), None)
    if ancestor is not None and ancestor != section.id:
        section_copied.send(session, from_section_id=ancestor, into_section_id=section.id)


def _announced(session: Session, section: Section) -> list[str]:
    """Ids of the courses that were copied into this one, the last copied first."""
    rows = session.scalars(
        select(AnnouncedCopy.origin_ids)
        .where(
            AnnouncedCopy.source == section.source,
            AnnouncedCopy.external_id == section.external_id,
        )
        .order_by(AnnouncedCopy.id.desc())
        .limit(MOST_HISTORY)
    )
    return [one for ids in rows for one in ids]
