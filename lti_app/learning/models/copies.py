"""What was copied from what, when a course was copied to a new year."""

import enum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.db import Base, DistrictScoped


class CopyKind(enum.StrEnum):
    """What a link can open and a copied course brings along."""

    TARGET = "target"
    PATHWAY = "pathway"
    CHECKPOINT = "checkpoint"


class CopiedRow(DistrictScoped, Base):
    """A team's copy of a target, pathway or checkpoint, so that a link made for the original
    opens the copy."""

    __tablename__ = "copied_rows"
    __table_args__ = (
        UniqueConstraint("team_id", "kind", "from_id"),
        Index("ix_copied_rows_to", "kind", "to_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    """Whose the copy is."""
    kind: Mapped[CopyKind] = mapped_column(String(16))
    from_id: Mapped[int]
    to_id: Mapped[int]
