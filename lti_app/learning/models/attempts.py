"""Attempts with their evidence and scores."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models.checkpoints import Checkpoint
from lti_app.learning.models.words import ScoreSource, Source


class Attempt(DistrictScoped, Base):
    """One student's go at a checkpoint. Kept for ever, never overwritten."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("checkpoint_id", "person_id", "number"),
        UniqueConstraint("district_id", "external_id"),
        Index("ix_attempts_person_checkpoint", "person_id", "checkpoint_id"),
        Index("ix_attempts_section_submitted", "section_id", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    number: Mapped[int]
    """1, 2, 3 … for this student at this checkpoint."""
    evidence: Mapped[str] = mapped_column(Text, default="")
    """Typed work."""
    link: Mapped[str | None] = mapped_column(String(2000))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Item id (as text) → what was answered; see `items/kinds.py`."""
    submitted_at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[Source] = mapped_column(String(16), default=Source.WRITTEN)
    external_id: Mapped[str | None] = mapped_column(String(255))
    """The LMS's submission and turn-in behind a mirrored attempt."""

    checkpoint: Mapped[Checkpoint] = relationship()
    scores: Mapped[list["Score"]] = relationship(
        back_populates="attempt", order_by="Score.id", lazy="selectin"
    )
    files: Mapped[list["EvidenceFile"]] = relationship(
        back_populates="attempt", order_by="EvidenceFile.id"
    )
    comments: Mapped[list["EvidenceComment"]] = relationship(
        back_populates="attempt", order_by="EvidenceComment.id"
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
    marks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the points are made of: `{"items": {item id: points}, "rubric": [points, …], "words":
    [[title, words], …], "own": points}`; `words` are the rubric's as they were picked, `own` what
    a teacher gave beside items."""
    feedback: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[ScoreSource] = mapped_column(String(16), default=ScoreSource.TEACHER)
    scored_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    """The teacher; None for other sources."""
    scored_at: Mapped[datetime] = mapped_column(default=now)

    attempt: Mapped[Attempt] = relationship(back_populates="scores")


class EvidenceFile(DistrictScoped, Base):
    """A photo or file that shows a student's work; its bytes are in the file store."""

    __tablename__ = "evidence_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    """Where the store keeps it."""
    name: Mapped[str] = mapped_column(String(200))
    """Our own ("photo-1.jpg"): a child's file name may hold a child's name."""
    content_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the bytes as sent: the same file sent twice is kept once."""

    attempt: Mapped[Attempt] = relationship(back_populates="files")


class EvidenceComment(DistrictScoped, Base):
    """A teacher's remark beside a place in the evidence."""

    __tablename__ = "evidence_comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    place: Mapped[str] = mapped_column(String(64))
    """`text`, `link`, `file:<id>` or `item:<id>`."""
    quote: Mapped[str] = mapped_column(String(500), default="")
    """The student's words it is about."""
    text: Mapped[str] = mapped_column(Text)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    written_at: Mapped[datetime] = mapped_column(default=now)

    attempt: Mapped[Attempt] = relationship(back_populates="comments")


class FeedbackPhrase(DistrictScoped, Base):
    """A sentence of feedback that a team keeps at hand."""

    __tablename__ = "feedback_phrases"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    written_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    used: Mapped[int] = mapped_column(default=0)
    """How often: the most used stand first."""
