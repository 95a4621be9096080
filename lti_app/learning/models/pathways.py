"""Pathways, their activities, and students on their way."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models.editable import Editable
from lti_app.learning.models.words import ActivityKind, Source

if TYPE_CHECKING:
    from lti_app.learning.models.targets import Target


class Pathway(DistrictScoped, Editable, Base):
    """A named way to a target: an ordered list of activities."""

    __tablename__ = "pathways"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    """Only for this section (its links open only for its students); None: for the whole team."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """Only for this student, who proposed it; None: for all."""
    title: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    hidden: Mapped[bool] = mapped_column(default=False)
    offered: Mapped[bool] = mapped_column(default=True)
    """Seen by students of choice level `shared`; one that is not is there for `open` only, or
    to be assigned."""
    shared_at: Mapped[datetime | None]
    """Since when other teams of the district may copy it."""
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("pathways.id"))

    target: Mapped["Target"] = relationship(back_populates="pathways")
    activities: Mapped[list["Activity"]] = relationship(
        back_populates="pathway", order_by="Activity.position, Activity.id"
    )


class Activity(DistrictScoped, Editable, Base):
    """One step of a pathway, or another way to do that step."""

    __tablename__ = "activities"

    id: Mapped[int] = mapped_column(primary_key=True)
    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathways.id"), index=True)
    alternative_to_id: Mapped[int | None] = mapped_column(ForeignKey("activities.id"))
    """The activity that begins the step this one is another way to do; doing one of them is
    enough."""
    title: Mapped[str] = mapped_column(String(500))
    kind: Mapped[ActivityKind] = mapped_column(String(16), default=ActivityKind.OTHER)
    url: Mapped[str | None] = mapped_column(String(2000))
    link_title: Mapped[str] = mapped_column(String(500), default="")
    """What the linked page calls itself."""
    link_frames: Mapped[bool | None]
    """Whether the linked site lets itself be shown inside our page; None: nobody has looked."""
    link_seen_at: Mapped[datetime | None]
    """When the linked page was read."""
    link_due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a worker should read the linked page; None: nothing is to be read (any more)."""
    link_tries: Mapped[int] = mapped_column(default=0)
    """How often reading it was begun, since the link was written."""
    minutes: Mapped[int | None]
    materials: Mapped[str] = mapped_column(String(300), default="")
    """What has to be on the table: "fraction strips, scissors"."""
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    hidden: Mapped[bool] = mapped_column(default=False)

    pathway: Mapped[Pathway] = relationship(back_populates="activities")


class PathwayChoice(DistrictScoped, Base):
    """The pathway a student goes for a target now; the newest choice counts."""

    __tablename__ = "pathway_choices"
    __table_args__ = (UniqueConstraint("person_id", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathways.id"), index=True)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """The teacher who picked it; None: the student did."""
    chosen_at: Mapped[datetime] = mapped_column(default=now)


class PathwayWalk(DistrictScoped, Base):
    """A student went on a pathway; kept when another is chosen later."""

    __tablename__ = "pathway_walks"
    __table_args__ = (UniqueConstraint("person_id", "pathway_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathways.id"), index=True)
    begun_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    """When the last of its steps was done."""


class ActivityDone(DistrictScoped, Base):
    """A student marked an activity as done."""

    __tablename__ = "activities_done"
    __table_args__ = (
        UniqueConstraint("person_id", "activity_id"),
        Index("ix_activities_done_person_at", "person_id", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"), index=True)
    done_at: Mapped[datetime] = mapped_column(default=now)
