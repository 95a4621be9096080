"""Standards, targets, pathways, checkpoints, attempts, mastery."""

import enum
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now


class Source(enum.StrEnum):
    """Where a unit, target, pathway, activity or checkpoint came from."""

    WRITTEN = "written"
    MIRRORED = "mirrored"
    PROPOSED = "proposed"


class ActivityKind(enum.StrEnum):
    """What a student does in an activity."""

    VIDEO = "video"
    PRACTICE = "practice"
    MANIPULATIVE = "manipulative"
    GAME = "game"
    READING = "reading"
    DISCUSSION = "discussion"
    PROJECT = "project"
    TEACHER_TIME = "teacher_time"
    OTHER = "other"


class MasteryRule(enum.StrEnum):
    """How a target's attempts become one standing; see `mastery.py`."""

    LATEST = "latest"
    HIGHEST = "highest"
    AVERAGE = "average"
    DECAYING_AVERAGE = "decaying_average"
    N_TIMES = "n_times"


class Level(enum.StrEnum):
    """A student's standing on a target, lowest first."""

    NOT_STARTED = "not_started"
    WORKING = "working"
    NEARLY = "nearly"
    MET = "met"
    BEYOND = "beyond"


class Standard(DistrictScoped, Base):
    """An item of a published framework (1EdTech CASE `CFItem`)."""

    __tablename__ = "standards"
    __table_args__ = (UniqueConstraint("district_id", "case_identifier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_identifier: Mapped[str] = mapped_column(String(64))
    uri: Mapped[str] = mapped_column(String(500))
    framework: Mapped[str] = mapped_column(String(300))
    code: Mapped[str] = mapped_column(String(64))
    """As published (`humanCodingScheme`), e.g. `5.NF.4a`."""
    code_key: Mapped[str] = mapped_column(String(64), index=True)
    """The code in the one form all spellings are compared in; see `standards.code_key`."""
    statement: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("standards.id"))


target_standards = Table(
    "target_standards",
    Base.metadata,
    Column("target_id", ForeignKey("targets.id"), primary_key=True),
    Column("standard_id", ForeignKey("standards.id"), primary_key=True),
)


class Unit(DistrictScoped, Base):
    """A stretch of teaching that groups targets; a Classroom topic becomes one."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)


class Target(DistrictScoped, Base):
    """A learning target of a team, under standards, with a mastery rule."""

    __tablename__ = "targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    title: Mapped[str] = mapped_column(String(500))
    """In student words: "I can …"."""
    position: Mapped[int] = mapped_column(default=0)
    mastery_rule: Mapped[MasteryRule] = mapped_column(
        String(32), default=MasteryRule.DECAYING_AVERAGE
    )
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    unit: Mapped[Unit | None] = relationship()
    standards: Mapped[list[Standard]] = relationship(secondary=target_standards)
    pathways: Mapped[list["Pathway"]] = relationship(
        back_populates="target", order_by="Pathway.position, Pathway.id"
    )
    checkpoints: Mapped[list["Checkpoint"]] = relationship(
        back_populates="target", order_by="Checkpoint.position, Checkpoint.id"
    )


class Pathway(DistrictScoped, Base):
    """A named way to a target: an ordered list of activities."""

    __tablename__ = "pathways"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    """Only for this section (its links open only for its students); None: for the whole team."""
    title: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    hidden: Mapped[bool] = mapped_column(default=False)

    target: Mapped[Target] = relationship(back_populates="pathways")
    activities: Mapped[list["Activity"]] = relationship(
        back_populates="pathway", order_by="Activity.position, Activity.id"
    )


class Activity(DistrictScoped, Base):
    """One step of a pathway."""

    __tablename__ = "activities"

    id: Mapped[int] = mapped_column(primary_key=True)
    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathways.id"), index=True)
    title: Mapped[str] = mapped_column(String(500))
    kind: Mapped[ActivityKind] = mapped_column(String(16), default=ActivityKind.OTHER)
    url: Mapped[str | None] = mapped_column(String(2000))
    minutes: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    hidden: Mapped[bool] = mapped_column(default=False)

    pathway: Mapped[Pathway] = relationship(back_populates="activities")


class Checkpoint(DistrictScoped, Base):
    """A way to show that a target is met."""

    __tablename__ = "checkpoints"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    """As in `Pathway.section_id`."""
    title: Mapped[str] = mapped_column(String(500))
    question: Mapped[str] = mapped_column(Text, default="")
    """What the student is asked to do or answer."""
    url: Mapped[str | None] = mapped_column(String(2000))
    """Where it is answered, for a mirrored one; None: it is answered here."""
    max_points: Mapped[float]
    due_at: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    hidden: Mapped[bool] = mapped_column(default=False)

    target: Mapped[Target] = relationship(back_populates="checkpoints")


class PathwayChoice(DistrictScoped, Base):
    """The pathway a student has picked for a target; the newest choice counts."""

    __tablename__ = "pathway_choices"
    __table_args__ = (UniqueConstraint("person_id", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathways.id"), index=True)
    chosen_at: Mapped[datetime] = mapped_column(default=now)


class ActivityDone(DistrictScoped, Base):
    """A student marked an activity as done."""

    __tablename__ = "activities_done"
    __table_args__ = (UniqueConstraint("person_id", "activity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"), index=True)
    done_at: Mapped[datetime] = mapped_column(default=now)


class Attempt(DistrictScoped, Base):
    """One student's go at a checkpoint. Kept for ever, never overwritten."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("checkpoint_id", "person_id", "number"),
        UniqueConstraint("district_id", "external_id"),
        Index("ix_attempts_person_checkpoint", "person_id", "checkpoint_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    number: Mapped[int]
    """1, 2, 3 … for this student at this checkpoint."""
    evidence: Mapped[str] = mapped_column(Text, default="")
    submitted_at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    external_id: Mapped[str | None] = mapped_column(String(255))
    """The LMS's submission and turn-in behind a mirrored attempt."""

    checkpoint: Mapped[Checkpoint] = relationship()
    scores: Mapped[list["Score"]] = relationship(
        back_populates="attempt", order_by="Score.id", lazy="selectin"
    )

    @property
    def score(self) -> "Score | None":
        """The score that counts: the newest."""
        return self.scores[-1] if self.scores else None


class Score(DistrictScoped, Base):
    """A score given to an attempt. A correction is a new row: the old one stays readable."""

    __tablename__ = "scores"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    points: Mapped[float]
    max_points: Mapped[float]
    """The checkpoint's maximum when this was scored: a later change must not bend old scores."""
    feedback: Mapped[str] = mapped_column(Text, default="")
    scored_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """None: scored in the LMS and mirrored in."""
    scored_at: Mapped[datetime] = mapped_column(default=now)

    attempt: Mapped[Attempt] = relationship(back_populates="scores")


class Mastery(DistrictScoped, Base):
    """A student's standing on a target, worked out from attempts by the target's rule."""

    __tablename__ = "mastery"
    __table_args__ = (UniqueConstraint("person_id", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    percent: Mapped[float | None]
    level: Mapped[Level] = mapped_column(String(16), default=Level.NOT_STARTED)
    changed_at: Mapped[datetime] = mapped_column(default=now)
