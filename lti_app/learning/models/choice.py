"""How much a student chooses, and pathways students wrote themselves."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now
from lti_app.learning.models.words import ChoiceLevel, ProposalState


class ChoiceSetting(DistrictScoped, Base):
    """A student's choice level in a course; without a row the team's default counts."""

    __tablename__ = "choice_settings"
    __table_args__ = (UniqueConstraint("person_id", "section_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    level: Mapped[ChoiceLevel] = mapped_column(String(16))


class ChoiceChange(DistrictScoped, Base):
    """A teacher raised or lowered a choice level. Only ever added to."""

    __tablename__ = "choice_changes"
    __table_args__ = (Index("ix_choice_changes_person_section", "person_id", "section_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    level: Mapped[ChoiceLevel] = mapped_column(String(16))
    set_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime] = mapped_column(default=now)


class Proposal(DistrictScoped, Base):
    """A pathway a student wrote: what I will do, how I will show it."""

    __tablename__ = "proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    will_do: Mapped[str] = mapped_column(Text)
    """One step a line; each becomes an activity."""
    will_show: Mapped[str] = mapped_column(Text)
    state: Mapped[ProposalState] = mapped_column(String(16), default=ProposalState.SENT)
    consents_to_share: Mapped[bool] = mapped_column(default=False)
    """The student said that the class may use it; may be taken back."""
    shared_at: Mapped[datetime | None]
    """Since when the class has it."""
    pathway_id: Mapped[int | None] = mapped_column(ForeignKey("pathways.id"))
    """The pathway it became when it was approved."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)
    """One more with every change of its words: a teacher approves what they have read."""

    words: Mapped[list["ProposalWord"]] = relationship(order_by="ProposalWord.id")


class ProposalWord(DistrictScoped, Base):
    """Something said about a proposal, by the student or a teacher, and what it did."""

    __tablename__ = "proposal_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    state: Mapped[ProposalState] = mapped_column(String(16))
    """The proposal's state from then on."""
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default=now)
