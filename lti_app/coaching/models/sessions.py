"""Coaching sessions, invitations, walk-ins, bookings, notices."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.coaching.models.gaps import Gap
from lti_app.coaching.models.words import CancelReason, InvitationState, NoticeKind, SessionKind
from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models import Checkpoint, Target
from lti_app.people.models import Person

coaching_session_targets = Table(
    "coaching_session_targets",
    Base.metadata,
    Column("coaching_session_id", ForeignKey("coaching_sessions.id"), primary_key=True),
    Column("target_id", ForeignKey("targets.id"), primary_key=True),
)

invitation_gaps = Table(
    "invitation_gaps",
    Base.metadata,
    Column("invitation_id", ForeignKey("invitations.id"), primary_key=True),
    Column("gap_id", ForeignKey("gaps.id"), primary_key=True),
)


class CoachingSession(DistrictScoped, Base):
    """Time with a teacher on some targets."""

    __tablename__ = "coaching_sessions"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ck_coaching_sessions_time"),
        Index("ix_coaching_sessions_team_starts", "team_id", "starts_at"),
        Index("ix_coaching_sessions_settled_ends", "settled_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    teacher_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[SessionKind] = mapped_column(String(16))
    room: Mapped[str] = mapped_column(String(100), default="")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    places: Mapped[int | None]
    """How many the teacher plans for; None: no limit. It never refuses anyone."""
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[CancelReason | None] = mapped_column(String(16))
    sequence: Mapped[int] = mapped_column(default=0)
    """One more with every change of time, room or teacher (RFC 5545 §3.8.7.4)."""
    changed_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    """When, after its end, it was noted who had missed it; or when it was called off."""
    note: Mapped[str] = mapped_column(Text, default="")
    """The teacher's, for the team."""
    exit_checkpoint_id: Mapped[int | None] = mapped_column(ForeignKey("checkpoints.id"))
    """The one-minute check at its end; None: the next checkpoint decides."""
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_sessions.id"))
    """The full one that this one offers again."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    teacher: Mapped[Person] = relationship()
    targets: Mapped[list[Target]] = relationship(secondary=coaching_session_targets)
    exit_checkpoint: Mapped[Checkpoint | None] = relationship()
    invitations: Mapped[list["Invitation"]] = relationship(back_populates="coaching_session")
    walk_ins: Mapped[list["WalkIn"]] = relationship(back_populates="coaching_session")


class Invitation(DistrictScoped, Base):
    """A student is asked to a coaching session, with the gaps behind it."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("coaching_session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    coaching_session_id: Mapped[int] = mapped_column(ForeignKey("coaching_sessions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    state: Mapped[InvitationState] = mapped_column(String(16), default=InvitationState.INVITED)
    word: Mapped[str] = mapped_column(Text, default="")
    """What the student says with the answer."""
    invited_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    marked_at: Mapped[datetime | None]
    """When attendance was taken: a mark that was made earlier and arrives later does not count."""

    coaching_session: Mapped[CoachingSession] = relationship(back_populates="invitations")
    person: Mapped[Person] = relationship()
    gaps: Mapped[list[Gap]] = relationship(secondary=invitation_gaps)


class WalkIn(DistrictScoped, Base):
    """A student who comes without an invitation, and is just as welcome."""

    __tablename__ = "walk_ins"
    __table_args__ = (UniqueConstraint("coaching_session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    coaching_session_id: Mapped[int] = mapped_column(ForeignKey("coaching_sessions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    joined_at: Mapped[datetime] = mapped_column(default=now)
    here: Mapped[bool | None]
    """None: said that they come; nobody has marked yet whether they did."""
    marked_at: Mapped[datetime | None]

    coaching_session: Mapped[CoachingSession] = relationship(back_populates="walk_ins")
    person: Mapped[Person] = relationship()


class Booking(DistrictScoped, Base):
    """A person (student or teacher) is taken for five minutes.

    The primary key is what keeps anyone from being booked twice, whoever writes at once.
    """

    __tablename__ = "bookings"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    tick: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Number of the five minutes since 1970 (UTC)."""
    coaching_session_id: Mapped[int] = mapped_column(ForeignKey("coaching_sessions.id"), index=True)


class Notice(DistrictScoped, Base):
    """Something changed about a coaching session that this person counts on."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_person_read", "person_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    coaching_session_id: Mapped[int] = mapped_column(ForeignKey("coaching_sessions.id"))
    kind: Mapped[NoticeKind] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]

    coaching_session: Mapped[CoachingSession] = relationship()
