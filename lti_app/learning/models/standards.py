"""Published frameworks and their standards."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped

if TYPE_CHECKING:
    from lti_app.learning.models.targets import Target


class Framework(DistrictScoped, Base):
    """A published framework (1EdTech CASE `CFDocument`)."""

    __tablename__ = "frameworks"
    __table_args__ = (UniqueConstraint("district_id", "case_identifier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_identifier: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(200), default="")
    url: Mapped[str | None] = mapped_column(String(2000))
    """Where the package was fetched; None: from a file."""
    imported_at: Mapped[datetime | None]


class Standard(DistrictScoped, Base):
    """An item of a published framework (1EdTech CASE `CFItem`)."""

    __tablename__ = "standards"
    __table_args__ = (UniqueConstraint("district_id", "case_identifier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_identifier: Mapped[str] = mapped_column(String(64))
    uri: Mapped[str] = mapped_column(String(500))
    framework_id: Mapped[int | None] = mapped_column(ForeignKey("frameworks.id"), index=True)
    framework: Mapped[str] = mapped_column(String(300))
    """The framework's title, for lists."""
    code: Mapped[str] = mapped_column(String(64))
    """As published (`humanCodingScheme`), e.g. `5.NF.4a`."""
    code_key: Mapped[str] = mapped_column(String(64), index=True)
    """The code in the one form all spellings are compared in; see `standards.code_key`."""
    statement: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(100), default="")
    """`CFItemType`, e.g. `Domain`."""
    grades: Mapped[str] = mapped_column(String(100), default="")
    """`educationLevel`, separated by blanks, e.g. `05 06`."""
    position: Mapped[int] = mapped_column(default=0)
    """Place in the framework, as published."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("standards.id"), index=True)
    retired_at: Mapped[datetime | None]
    """No longer in the framework, or withdrawn by its publisher; links to it are kept."""

    targets: Mapped[list["Target"]] = relationship(
        secondary="target_standards", back_populates="standards"
    )


target_standards = Table(
    "target_standards",
    Base.metadata,
    Column("target_id", ForeignKey("targets.id"), primary_key=True),
    Column("standard_id", ForeignKey("standards.id"), primary_key=True, index=True),
)
