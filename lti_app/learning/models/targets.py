"""A team's targets, and the rules it set for them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models.checkpoints import Checkpoint
from lti_app.learning.models.editable import Editable
from lti_app.learning.models.pathways import Pathway
from lti_app.learning.models.standards import Standard, target_standards
from lti_app.learning.models.words import ChoiceLevel, MasteryRule, Source


class TeamRules(DistrictScoped, Editable, Base):
    """What a team set for all its targets and students; where there is no row, the defaults."""

    __tablename__ = "team_rules"

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    mastery_rule: Mapped[MasteryRule] = mapped_column(
        String(32), default=MasteryRule.DECAYING_AVERAGE
    )
    newest_percent: Mapped[int] = mapped_column(default=65)
    """Share of the newest attempt in a decaying average (percent, 50 to 99)."""
    times: Mapped[int] = mapped_column(default=2)
    """How often a target must be met under `n times` (1 to 10)."""
    nearly_percent: Mapped[float] = mapped_column(default=60.0)
    met_percent: Mapped[float] = mapped_column(default=80.0)
    beyond_percent: Mapped[float] = mapped_column(default=100.0)
    choice_level: Mapped[ChoiceLevel] = mapped_column(String(16), default=ChoiceLevel.SHARED)
    """For students nobody has set a level for."""
    quiet_days: Mapped[int] = mapped_column(default=5)
    """Days without a sign after which a student counts as quiet."""


class Unit(DistrictScoped, Editable, Base):
    """A stretch of teaching that groups targets; a Classroom topic becomes one."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    archived_at: Mapped[datetime | None]


target_needs = Table(
    "target_needs",
    Base.metadata,
    Column("target_id", ForeignKey("targets.id"), primary_key=True),
    Column("needs_id", ForeignKey("targets.id"), primary_key=True, index=True),
    CheckConstraint("target_id != needs_id", name="ck_target_needs_not_itself"),
)
"""`target_id` needs `needs_id` first; kept free of circles by `plan/needs.py`."""


class Target(DistrictScoped, Editable, Base):
    """A learning target of a team, under standards, with a mastery rule."""

    __tablename__ = "targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    title: Mapped[str] = mapped_column(String(500))
    """In student words: "I can …"."""
    position: Mapped[int] = mapped_column(default=0)
    mastery_rule: Mapped[MasteryRule | None] = mapped_column(String(32))
    """This and the next five: None means what the team set (`TeamRules`)."""
    newest_percent: Mapped[int | None]
    times: Mapped[int | None]
    nearly_percent: Mapped[float | None]
    met_percent: Mapped[float | None]
    beyond_percent: Mapped[float | None]
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    archived_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("targets.id"))
    """Where its work went, for one that was archived by a merge."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    unit: Mapped[Unit | None] = relationship()
    standards: Mapped[list[Standard]] = relationship(
        secondary=target_standards, back_populates="targets"
    )
    needs: Mapped[list["Target"]] = relationship(
        secondary=target_needs,
        primaryjoin=id == target_needs.c.target_id,
        secondaryjoin=id == target_needs.c.needs_id,
        back_populates="needed_by",
    )
    """Targets that come first."""
    needed_by: Mapped[list["Target"]] = relationship(
        secondary=target_needs,
        primaryjoin=id == target_needs.c.needs_id,
        secondaryjoin=id == target_needs.c.target_id,
        back_populates="needs",
    )
    pathways: Mapped[list[Pathway]] = relationship(
        back_populates="target", order_by="Pathway.position, Pathway.id"
    )
    checkpoints: Mapped[list[Checkpoint]] = relationship(
        back_populates="target", order_by="Checkpoint.position, Checkpoint.id"
    )
