"""Coursework that stands for something written here: published by us, or carrying our attachment.

The mirror leaves it alone, for it would come back as a second checkpoint.
"""

from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing
from lti_app.sync.models import ItemKind, MirroredItem


def claim(session: Session, section_id: int, coursework_id: str, local_id: int) -> None:
    """Note that coursework stands for a checkpoint or pathway of ours (its id). Harmless twice."""
    insert_if_missing(
        session,
        MirroredItem,
        section_id=section_id,
        kind=ItemKind.OURS,
        external_id=coursework_id,
        local_id=local_id,
        seen={},
    )
