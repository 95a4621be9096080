"""What students say: goals, reflections, and what works for them and what does not."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models.targets import Target
from lti_app.learning.models.words import GoalState


class Goal(DistrictScoped, Base):
    """What a student means to reach in a week."""

    __tablename__ = "goals"
    __table_args__ = (Index("ix_goals_section_week", "section_id", "week"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    week: Mapped[date]
    """The week's Monday, by the district's clock."""
    target_id: Mapped[int | None] = mapped_column(ForeignKey("targets.id"))
    text: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[GoalState] = mapped_column(String(16), default=GoalState.OPEN)
    set_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]

    target: Mapped[Target | None] = relationship()

    @property
    def title(self) -> str:
        """What the student means to reach."""
        return self.target.title if self.target else self.text


class Reflection(DistrictScoped, Base):
    """A student looks back, after a checkpoint or at the week's end.

    Answered once more, the newest answer to a prompt stands; the ones before are kept.
    """

    __tablename__ = "reflections"
    __table_args__ = (Index("ix_reflections_section_at", "section_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"))
    """The attempt it looks back on; None: the week."""
    week: Mapped[date]
    prompt: Mapped[str] = mapped_column(String(32))
    """Which question was answered; its words are in `voice/words.py`."""
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class VoiceNote(DistrictScoped, Base):
    """What a student says works or should change, for the teachers. Taken back, it is deleted."""

    __tablename__ = "voice_notes"
    __table_args__ = (Index("ix_voice_notes_section_at", "section_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    works: Mapped[str] = mapped_column(Text, default="")
    change: Mapped[str] = mapped_column(Text, default="")
    page: Mapped[str] = mapped_column(String(100), default="")
    """Endpoint of the page it was said on."""
    at: Mapped[datetime] = mapped_column(default=now)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    answered_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When the student said that they read the answer; None again when it is changed."""
    done_at: Mapped[datetime | None]
