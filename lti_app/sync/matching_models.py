"""What teachers corrected in the matching of coursework, kept as rules for later mirrors."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.db import Base, DistrictScoped, now


class RuleAbout(enum.StrEnum):
    """What a matching rule speaks of, most specific first."""

    ITEM = "item"
    """One piece of coursework, by its id in the LMS; only in the section where it was taught."""
    TITLE = "title"
    """Coursework whose title begins with some words and that names no standard."""
    TOPIC = "topic"
    """A topic by its title; its unit, or where its coursework without a standard belongs."""


class MatchingRule(DistrictScoped, Base):
    """A teacher's correction. Rules on titles and topics hold in all sections of the team."""

    __tablename__ = "matching_rules"
    __table_args__ = (UniqueConstraint("section_id", "about", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    """Where it was taught."""
    about: Mapped[RuleAbout] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(300))
    """The coursework's id; or the beginning of a title, or a topic's title, as
    `matching_rules.folded` writes them."""
    words: Mapped[str] = mapped_column(String(300))
    """The subject as people read it."""
    target_id: Mapped[int | None] = mapped_column(ForeignKey("targets.id"))
    """Where it belongs; None: where it would without this rule."""
    standard_id: Mapped[int | None] = mapped_column(ForeignKey("standards.id"))
    """Of a title: the standard it means."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    """Of a topic: the unit it is."""
    left_out: Mapped[bool] = mapped_column(default=False)
    """It is none of ours and not mirrored."""
    as_activity: Mapped[bool] = mapped_column(default=False)
    """Of an item with points: an activity all the same, its grades stay in the LMS."""
    named: Mapped[str] = mapped_column(String(64), default="")
    """Of an item: code key of the standard it named when it was corrected; a later mirror that
    finds another one says so."""
    taught_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    taught_at: Mapped[datetime] = mapped_column(default=now)
