"""Where students stand, and how they came there."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models.words import Level


class Mastery(DistrictScoped, Base):
    """A student's standing on a target, worked out from attempts by the target's rule."""

    __tablename__ = "mastery"
    __table_args__ = (UniqueConstraint("person_id", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    percent: Mapped[float | None]
    level: Mapped[Level] = mapped_column(String(16), default=Level.NOT_STARTED)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class MasteryChange(DistrictScoped, Base):
    """A student came to another level. Only ever added to."""

    __tablename__ = "mastery_changes"
    __table_args__ = (Index("ix_mastery_changes_person_at", "person_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    level: Mapped[Level] = mapped_column(String(16))
    percent: Mapped[float | None]
    by_rule: Mapped[bool] = mapped_column(default=False)
    """The rule was changed, not the work."""
    at: Mapped[datetime] = mapped_column(default=now)
