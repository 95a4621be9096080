"""What the add-on remembers: an iframe that is open, a ticket into it, whose work is whose."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.db import Base, DistrictScoped, EncryptedText


class AddOnTicket(DistrictScoped, Base):
    """Somebody signed in in a window of their own: lets the iframe that opened it in, once."""

    __tablename__ = "add_on_tickets"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the key that the window handed to its opener."""
    channel: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what only the iframe's own page knows."""
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    landing: Mapped[str] = mapped_column(Text)
    """The path where the iframe goes on."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


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
            # The names of all columns together are too long for a name.
            name="uq_add_on_submissions_of_person",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str] = mapped_column(String(64))
    attachment_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    submission_id: Mapped[str] = mapped_column(String(255))


class AddOnToken(DistrictScoped, Base):
    """A student's access token until it ends, an hour at most: with it Classroom can be asked
    once more who looks. What would give another one is never kept of a child."""

    __tablename__ = "add_on_tokens"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    access_token: Mapped[str] = mapped_column(EncryptedText)
    expires_at: Mapped[datetime] = mapped_column(index=True)
