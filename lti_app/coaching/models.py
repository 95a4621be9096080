"""Gaps, coaching sessions, invitations, walk-ins."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models import Target
from lti_app.people.models import Person


class GapReason(enum.StrEnum):
    """Why a student needs help now."""

    BELOW_THE_LINE = "below_the_line"
    ASKED_FOR_HELP = "asked_for_help"


class GapState(enum.StrEnum):
    """Life of a gap; attending alone does not close it."""

    OPEN = "open"
    INVITED = "invited"
    ATTENDED = "attended"
    CLOSED = "closed"


class SessionKind(enum.StrEnum):
    """Kind of a coaching session."""

    ONE_TO_ONE = "one_to_one"
    SMALL_GROUP = "small_group"
    SEMINAR = "seminar"


class InvitationState(enum.StrEnum):
    """A student's answer to an invitation, and what came of it."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    OTHER_TIME = "other_time"
    DECLINED = "declined"
    ATTENDED = "attended"
    MISSED = "missed"


class Gap(DistrictScoped, Base):
    """A target where a student needs help now, with the evidence for it."""

    __tablename__ = "gaps"
    __table_args__ = (
        # One gap at a time for a student and target, however many reasons it gathers.
        Index(
            "uq_gaps_person_target_not_closed",
            "person_id",
            "target_id",
            unique=True,
            sqlite_where=text("state != 'closed'"),
            postgresql_where=text("state != 'closed'"),
        ),
        Index("ix_gaps_section_state", "section_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    reason: Mapped[GapReason] = mapped_column(String(32))
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What was seen, oldest first: `{reason, at, attempt_id?, percent?, note?}`."""
    state: Mapped[GapState] = mapped_column(String(16), default=GapState.OPEN)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """The teacher who closed it; None: a later attempt met the target."""

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    target: Mapped[Target] = relationship()


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
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ck_coaching_sessions_time"),)

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
    created_at: Mapped[datetime] = mapped_column(default=now)

    teacher: Mapped[Person] = relationship()
    targets: Mapped[list[Target]] = relationship(secondary=coaching_session_targets)
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

    coaching_session: Mapped[CoachingSession] = relationship(back_populates="walk_ins")
    person: Mapped[Person] = relationship()
