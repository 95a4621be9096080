"""Attachments in Classroom that stand for something of ours."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.db import Base, DistrictScoped


class AddOnAttachment(DistrictScoped, Base):
    """One of our things attached to a post in Classroom, once to each post."""

    __tablename__ = "add_on_attachments"
    __table_args__ = (
        # Named: what the convention makes of the columns is too long for PostgreSQL.
        UniqueConstraint(
            "district_id",
            "course_id",
            "item_id",
            "place",
            name="uq_add_on_attachments_place_in_post",
        ),
        UniqueConstraint(
            "district_id",
            "course_id",
            "item_id",
            "attachment_id",
            name="uq_add_on_attachments_id_in_post",
        ),
        Index("ix_add_on_attachments_of_section", "section_id", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    course_id: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str] = mapped_column(String(64))
    item_type: Mapped[str] = mapped_column(String(32))
    attachment_id: Mapped[str | None] = mapped_column(String(64))
    """None: it is being attached just now."""
    place: Mapped[str] = mapped_column(String(40))
    """As in its address; in a copied course it names the original."""
    checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoints.id"), index=True)
    """The checkpoint it stands for here; None: it is none, or not here."""
    attached_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """The teacher in whose name grades are written first."""
    attaching_until: Mapped[datetime | None]
    """A request is attaching it; one that died loses it then."""
    settle_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a worker looks at it in Classroom (`addon/copies.py`); None: it need not, or can't."""
    settle_tries: Mapped[int] = mapped_column(default=0)
    checked_at: Mapped[datetime | None]
    """Since when we have it from Classroom itself; None: only from an address somebody opened."""
    gone_at: Mapped[datetime | None]
    """Since when Classroom does not have it any more."""
    told_title: Mapped[str | None] = mapped_column(String(500))
    told_points: Mapped[float | None]
    told_due_at: Mapped[datetime | None]
    """What Classroom has of its checkpoint (`addon/following.py`)."""
