"""Reminders on their way out: what is told to which system about a coaching session."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.coaching.models import CoachingSession
from lti_app.db import Base, DistrictScoped, EncryptedText, now
from lti_app.sync.leases import Outbound


class Channel(enum.StrEnum):
    """Where something is told."""

    CLASSROOM_ANNOUNCEMENT = "classroom_announcement"
    CANVAS_CONVERSATION = "canvas_conversation"
    GOOGLE_EVENT = "google_event"
    TEACHER_EMAIL = "teacher_email"


class Message(DistrictScoped, Outbound, Base):
    """The outbox of reminders: what one system must be told about one coaching session.

    One row for each channel, session and addressee: the session's newest state replaces an older
    one that was not sent yet. What is said is read from the session when it is sent.
    """

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_due", "state", "due_at"),)

    key: Mapped[str] = mapped_column(String(100), unique=True)
    """`<channel>:<coaching session>:<section or person>`."""
    channel: Mapped[Channel] = mapped_column(String(32))
    coaching_session_id: Mapped[int] = mapped_column(ForeignKey("coaching_sessions.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    """Whose course is told, or through whose platform somebody is written to."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """Who is written to, or whose calendar it is."""
    external_id: Mapped[str] = mapped_column(String(255), default="")
    """What the other system calls it, to change it later; empty: it was not told yet."""

    coaching_session: Mapped[CoachingSession] = relationship()


class CanvasAccess(DistrictScoped, Base):
    """A token for a Canvas platform's own API, with which students are written to."""

    __tablename__ = "canvas_access"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), primary_key=True)
    api_url: Mapped[str] = mapped_column(String(2000))
    token: Mapped[str] = mapped_column(EncryptedText)
    granted_at: Mapped[datetime] = mapped_column(default=now)


class TeacherAddress(DistrictScoped, Base):
    """The e-mail address that a teacher typed to be reminded at."""

    __tablename__ = "teacher_addresses"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    address: Mapped[str] = mapped_column(EncryptedText)
