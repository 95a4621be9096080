"""When a team has personalization time, and when there is no school."""

from datetime import date, datetime, time

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    String,
    Table,
    Time,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.coaching.models.words import CancelReason
from lti_app.db import Base, DistrictScoped, EncryptedText, now
from lti_app.people.models import Person, Section

block_sections = Table(
    "block_sections",
    Base.metadata,
    Column("block_id", ForeignKey("blocks.id"), primary_key=True),
    Column("section_id", ForeignKey("sections.id"), primary_key=True),
)


class Block(DistrictScoped, Base):
    """A stretch of personalization time in the day's timetable, for some of a team's sections."""

    __tablename__ = "blocks"
    __table_args__ = (CheckConstraint("ends > starts", name="ck_blocks_time"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    weekdays: Mapped[int]
    """Bits: 1 Monday, 2 Tuesday, 4 Wednesday, 8 Thursday, 16 Friday."""
    starts: Mapped[time] = mapped_column(Time)
    """By the district's clock, at a full five minutes."""
    ends: Mapped[time] = mapped_column(Time)

    sections: Mapped[list[Section]] = relationship(secondary=block_sections)
    teachers: Mapped[list["BlockTeacher"]] = relationship(cascade="all, delete-orphan")


class BlockTeacher(DistrictScoped, Base):
    """A teacher who holds coaching sessions in a block, and where."""

    __tablename__ = "block_teachers"

    block_id: Mapped[int] = mapped_column(ForeignKey("blocks.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    room: Mapped[str] = mapped_column(String(100), default="")

    person: Mapped[Person] = relationship()


class BlockOff(DistrictScoped, Base):
    """A block that falls away on one day: fire drill, assembly, field trip."""

    __tablename__ = "blocks_off"

    block_id: Mapped[int] = mapped_column(ForeignKey("blocks.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    reason: Mapped[CancelReason] = mapped_column(String(16), default=CancelReason.BLOCK)


class TeacherAway(DistrictScoped, Base):
    """A teacher who is not there on a day."""

    __tablename__ = "teachers_away"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)


class CalendarEvent(DistrictScoped, Base):
    """An event of the district's calendar; some are days without school."""

    __tablename__ = "calendar_events"
    __table_args__ = (
        UniqueConstraint("district_id", "uid", "first_day"),
        CheckConstraint("last_day >= first_day", name="ck_calendar_events_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(255))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    """Included."""
    name: Mapped[str] = mapped_column(String(300))
    is_day_off: Mapped[bool] = mapped_column(default=False)
    said_by_person: Mapped[bool] = mapped_column(default=False)
    """An administrator decided whether it is a day off; a later import keeps that."""


class CalendarFeed(DistrictScoped, Base):
    """A person's private calendar address. Whoever has it sees their coaching sessions."""

    __tablename__ = "calendar_feeds"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the address's secret part."""
    token: Mapped[str] = mapped_column(EncryptedText)
    """The secret part, to show the address again."""
    created_at: Mapped[datetime] = mapped_column(default=now)
