"""Gaps, the team's rules that find them, and what is remembered to find them in time."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.coaching.models.words import GapReason, GapState, Outcome
from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models import Target
from lti_app.learning.models.editable import Editable
from lti_app.people.models import Person


class Gap(DistrictScoped, Base):
    """A target where a student needs help now."""

    __tablename__ = "gaps"
    __table_args__ = (
        # One open need per student and target, whatever reports it.
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
    """What was seen, oldest first: `{reason, at, attempt_id?, percent?, note?, target_id?,
    school_days?, teacher_id?}`."""
    state: Mapped[GapState] = mapped_column(String(16), default=GapState.OPEN)
    raised: Mapped[int] = mapped_column(default=0)
    """How many coaching sessions it has outlived."""
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """The teacher who closed it; None: a later attempt met the target."""

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    target: Mapped[Target] = relationship()


class GapHelp(DistrictScoped, Base):
    """A gap that was worked on in a coaching session, and what became of it."""

    __tablename__ = "gap_helps"
    __table_args__ = (Index("ix_gap_helps_decided_at_at", "decided_at", "at"),)

    coaching_session_id: Mapped[int] = mapped_column(
        ForeignKey("coaching_sessions.id"), primary_key=True
    )
    gap_id: Mapped[int] = mapped_column(ForeignKey("gaps.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    """The end of the coaching session."""
    outcome: Mapped[Outcome] = mapped_column(String(16), default=Outcome.KEPT)
    decided_at: Mapped[datetime | None]
    """When the exit check, a later attempt, or the teacher decided it."""

    gap: Mapped[Gap] = relationship()


class Movement(DistrictScoped, Base):
    """When a student last moved on a target that is begun and not met."""

    __tablename__ = "movements"
    __table_args__ = (Index("ix_movements_stuck_on", "stuck_on"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    moved_at: Mapped[datetime] = mapped_column(default=now)
    stuck_on: Mapped[date | None] = mapped_column(Date)
    """The district's day on which the student counts as stuck unless there is movement; None:
    that was found, or the team does not look for it."""
    found_at: Mapped[datetime | None]
    """When the student was found to be stuck."""


class CoachingRules(DistrictScoped, Editable, Base):
    """What a team set about gaps and coaching sessions; where there is no row, the defaults."""

    __tablename__ = "coaching_rules"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    finds_below_line: Mapped[bool] = mapped_column(default=True)
    line_percent: Mapped[float] = mapped_column(default=60.0)
    """A scored attempt below this opens a gap (percent of the checkpoint's points)."""
    finds_needs_first: Mapped[bool] = mapped_column(default=True)
    finds_stuck: Mapped[bool] = mapped_column(default=True)
    stuck_days: Mapped[int] = mapped_column(default=5)
    """School days without movement after which a student counts as stuck."""
    session_minutes: Mapped[int] = mapped_column(default=20)
    """How long a planned coaching session takes; a multiple of five."""
    group_most: Mapped[int] = mapped_column(default=6)
    """Places of a small group."""
    seminar_from: Mapped[int] = mapped_column(default=8)
    """So many students with the same gap are enough for a seminar."""
    most_a_day: Mapped[int] = mapped_column(default=2)
    """Most coaching sessions a day that a student is invited to."""
    announce_in_classroom: Mapped[bool] = mapped_column(default=False)
    message_in_canvas: Mapped[bool] = mapped_column(default=False)
    events_in_google: Mapped[bool] = mapped_column(default=False)
