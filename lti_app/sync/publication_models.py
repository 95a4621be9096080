"""Pathways and checkpoints given in a section's Classroom course, as coursework of ours."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped
from lti_app.learning.models import Checkpoint, Pathway
from lti_app.sync.leases import Outbound


class Wanted(enum.StrEnum):
    """What the teacher wants of it in Classroom."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    TAKEN_BACK = "taken_back"


class Publication(DistrictScoped, Outbound, Base):
    """What must stand in Classroom for one checkpoint or pathway in one section.

    The teacher's page writes here what is wanted; a worker makes it so (`publishing.py`). Title,
    points and due date follow what they were taken from, until somebody says otherwise.
    """

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("section_id", "checkpoint_id"),
        UniqueConstraint("section_id", "pathway_id"),
        Index("ix_publications_due", "state", "due_at"),
    )

    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoints.id"), index=True)
    pathway_id: Mapped[int | None] = mapped_column(ForeignKey("pathways.id"), index=True)
    """One of the two."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    wanted: Mapped[Wanted] = mapped_column(String(16))
    publish_at: Mapped[datetime | None]
    """When it comes out, where it is scheduled."""
    topic_id: Mapped[str] = mapped_column(String(255), default="")
    """Classroom's id; empty: under no topic."""
    topic_name: Mapped[str] = mapped_column(String(100), default="")
    """A topic to be found or made under this name first."""
    points: Mapped[int | None]
    """None: the checkpoint's own."""
    follows_due: Mapped[bool] = mapped_column(default=True)
    """It is due when the checkpoint is; else `hand_in_by`, which may be never."""
    hand_in_by: Mapped[datetime | None]
    for_all: Mapped[bool] = mapped_column(default=True)
    """False: for `students` only."""
    insists: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What the teacher set here since it was last told: it is told also where somebody changed it
    in Classroom. Names as in `publishing.FIELDS`."""
    theirs: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What somebody changed in Classroom, and stays so."""

    external_id: Mapped[str] = mapped_column(String(255), default="")
    """Classroom's id of the coursework; empty: there is none that we know of."""
    told_title: Mapped[str | None] = mapped_column(String(500))
    told_points: Mapped[float | None]
    told_due: Mapped[datetime | None]
    told_topic: Mapped[str] = mapped_column(String(255), default="")
    """As they were wanted when it was last told; a difference to what is wanted now is told."""
    came_out_at: Mapped[datetime | None]
    """When students could see it, as far as we know; None: not yet."""
    looked_at: Mapped[datetime | None]
    """When we last saw it in Classroom."""
    had_column: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The checkpoint's gradebook column before this one took its place."""

    checkpoint: Mapped[Checkpoint | None] = relationship()
    pathway: Mapped[Pathway | None] = relationship()
    students: Mapped[list["PublicationStudent"]] = relationship(
        cascade="all, delete-orphan", order_by="PublicationStudent.person_id"
    )


class PublicationStudent(DistrictScoped, Base):
    """A student to whom coursework is given that is not for everyone."""

    __tablename__ = "publication_students"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True, index=True)
