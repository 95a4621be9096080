"""What Google tells us of a section's Classroom course, feed by feed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from integrations.classroom.registrations import Feed
from lti_app.db import Base, DistrictScoped
from lti_app.sync.leases import Outbound


class ClassroomFeed(DistrictScoped, Outbound, Base):
    """A feed of a connected course, on behalf of the teacher it is read with.

    It is due (`Outbound.due_at`) when it is to be registered, made to last longer or ended at
    Google; a worker does that (`registering.py`). `reason` says why it is not told just now.
    """

    __tablename__ = "classroom_feeds"
    __table_args__ = (
        UniqueConstraint("section_id", "feed", "teacher_id", "course_id"),
        Index("ix_classroom_feeds_due", "state", "due_at"),
    )

    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    teacher_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    course_id: Mapped[str] = mapped_column(String(255))
    feed: Mapped[Feed] = mapped_column(String(32))
    wanted: Mapped[bool] = mapped_column(default=True)
    """False: it is ended at Google, and then the row goes."""
    topic: Mapped[str] = mapped_column(String(400), default="")
    """The one it was registered with last."""
    registration_id: Mapped[str] = mapped_column(String(255), default="", index=True)
    """Google's; empty: none that we know of."""
    expires_at: Mapped[datetime | None]
    """When Google ends it, unless it is made to last longer."""

    pushes: Mapped[int] = mapped_column(default=0)
    """How many pushes came."""
    pushed_at: Mapped[datetime | None] = mapped_column(index=True)
    look_due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When to look because of pushes; a worker that sets out puts it off first. None: nothing
    came since the last look."""
