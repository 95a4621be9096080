"""A team's plan for a day: coaching sessions that are proposed and that no student sees yet."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Date, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.coaching.models.gaps import Gap
from lti_app.coaching.models.words import PlanState, SessionKind
from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models import Target
from lti_app.people.models import Person

planned_gaps = Table(
    "planned_gaps",
    Base.metadata,
    Column(
        "planned_session_id",
        ForeignKey("planned_sessions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("gap_id", ForeignKey("gaps.id"), primary_key=True),
)


class Plan(DistrictScoped, Base):
    """What is proposed for a day."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("team_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    day: Mapped[date] = mapped_column(Date)
    """By the district's clock."""
    state: Mapped[PlanState] = mapped_column(String(16), default=PlanState.WANTED, index=True)
    version: Mapped[int] = mapped_column(default=1)
    """One more with every change: whoever changes or publishes an older one is told."""
    wanted_at: Mapped[datetime] = mapped_column(default=now)
    leased_until: Mapped[datetime | None]
    """A worker plans it until then; later, another one may."""
    made_at: Mapped[datetime | None]
    urgency_met: Mapped[int] = mapped_column(default=0)
    urgency_bound: Mapped[int] = mapped_column(default=0)
    """No plan for the same input can meet more."""
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """`{gap_id, reason}` of each gap that has no place."""
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    sessions: Mapped[list["PlannedSession"]] = relationship(
        back_populates="plan", cascade="all, delete-orphan"
    )
    published_by: Mapped[Person | None] = relationship()


class PlannedSession(DistrictScoped, Base):
    """A coaching session that is proposed."""

    __tablename__ = "planned_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    kind: Mapped[SessionKind] = mapped_column(String(16))
    room: Mapped[str] = mapped_column(String(100), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    locked: Mapped[bool] = mapped_column(default=False)
    """Planning again leaves it as it is."""

    plan: Mapped[Plan] = relationship(back_populates="sessions")
    teacher: Mapped[Person] = relationship()
    target: Mapped[Target] = relationship()
    gaps: Mapped[list[Gap]] = relationship(secondary=planned_gaps, passive_deletes=True)
