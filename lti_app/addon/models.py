"""What the add-on remembers: an iframe that is open, and whose work is whose."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.db import Base, DistrictScoped, EncryptedText


class AddOnVisit(DistrictScoped, Base):
    """A teacher has an iframe open in which something is attached, upgraded or reviewed."""

    __tablename__ = "add_on_visits"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    """Random."""
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    view: Mapped[str] = mapped_column(String(16))
    """`discovery`, `upgrade` or `review`."""
    course_id: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str] = mapped_column(String(64))
    item_type: Mapped[str] = mapped_column(String(32))
    attachment_id: Mapped[str] = mapped_column(String(64), default="")
    add_on_token: Mapped[str] = mapped_column(EncryptedText, default="")
    submission_id: Mapped[str] = mapped_column(String(255), default="")
    url_to_upgrade: Mapped[str] = mapped_column(String(2000), default="")
    place: Mapped[str] = mapped_column(String(40), default="")
    """What the attachment stands for, as in its address."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AddOnSubmission(DistrictScoped, Base):
    """Classroom's id of a student's work on one attachment."""

    __tablename__ = "add_on_submissions"
    __table_args__ = (
        UniqueConstraint(
            "district_id",
            "course_id",
            "item_id",
            "attachment_id",
            "person_id",
            name="uq_add_on_submissions_of_person",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str] = mapped_column(String(64))
    attachment_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    submission_id: Mapped[str] = mapped_column(String(255))
