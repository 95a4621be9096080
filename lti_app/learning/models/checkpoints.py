"""Checkpoints and what a student is asked in them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models.editable import Editable
from lti_app.learning.models.words import AnswerKind, Source

if TYPE_CHECKING:
    from lti_app.learning.models.targets import Target


class Checkpoint(DistrictScoped, Editable, Base):
    """A way to show that a target is met."""

    __tablename__ = "checkpoints"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    """As in `Pathway.section_id`."""
    title: Mapped[str] = mapped_column(String(500))
    question: Mapped[str] = mapped_column(Text, default="")
    """What the student is asked to do or answer."""
    url: Mapped[str | None] = mapped_column(String(2000))
    """Where it is answered, for a mirrored one; None: it is answered here."""
    max_points: Mapped[float]
    """Of the whole: what its items give, and what a teacher gives."""
    rubric: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    """None: scored by points. Else `[{"title": str, "levels": [{"words": str, "points": float},
    …]}, …]`, each criterion's levels lowest first; `max_points` is the sum of their highest."""
    looks_for: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    """A rubric of the LMS that scores nothing here, in the same form without points: what counts,
    to be read."""
    takes_text: Mapped[bool] = mapped_column(default=True)
    """Typed work is asked for; this and the next two need a teacher's eyes."""
    takes_link: Mapped[bool] = mapped_column(default=False)
    takes_files: Mapped[bool] = mapped_column(default=False)
    most_attempts: Mapped[int | None]
    """None: as often as they like."""
    wait_hours: Mapped[int] = mapped_column(default=0)
    """From the last attempt to the next."""
    needs_activity: Mapped[bool] = mapped_column(default=False)
    """A next attempt asks for an activity done since the last one."""
    due_at: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    hidden: Mapped[bool] = mapped_column(default=False)

    target: Mapped["Target"] = relationship(back_populates="checkpoints")
    items: Mapped[list["CheckpointItem"]] = relationship(
        back_populates="checkpoint", order_by="CheckpointItem.position, CheckpointItem.id"
    )


class CheckpointItem(DistrictScoped, Base):
    """A question of a checkpoint that marks itself. Never changed once answered: an edit retires
    it and adds a new one, so that old answers stay beside what was asked."""

    __tablename__ = "checkpoint_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"), index=True)
    kind: Mapped[AnswerKind] = mapped_column(String(32))
    prompt: Mapped[str] = mapped_column(Text)
    key: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What is offered and what is right; its shape goes by `kind`, see `items/kinds.py`."""
    points: Mapped[float] = mapped_column(default=1.0)
    position: Mapped[int] = mapped_column(default=0)
    external_id: Mapped[str | None] = mapped_column(String(255))
    """Identifier in the QTI package it came from."""
    retired_at: Mapped[datetime | None]

    checkpoint: Mapped[Checkpoint] = relationship(back_populates="items")


class RetakePermit(DistrictScoped, Base):
    """A teacher lets a student try once more, whatever the checkpoint's rules say."""

    __tablename__ = "retake_permits"
    __table_args__ = (UniqueConstraint("checkpoint_id", "person_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    number: Mapped[int]
    """The attempt it allows."""
    given_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    given_at: Mapped[datetime] = mapped_column(default=now)
