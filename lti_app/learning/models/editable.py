"""What several people may change at once."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column


class Editable:
    """A row that a team edits together; see `learning/editing.py`."""

    version: Mapped[int] = mapped_column(default=1)
    """One more with every edit by a person: an edit of an older version is a conflict."""
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    edited_at: Mapped[datetime | None]
