"""Districts, persons, sections, enrolments, teams, and the audit trail."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, now


class Role(enum.StrEnum):
    """What a person is in a section."""

    STUDENT = "student"
    TEACHER = "teacher"
    ASSISTANT = "assistant"


class TeamRole(enum.StrEnum):
    """What someone who teaches may do in a team, most first."""

    OWNER = "owner"
    """Also sets the team's rules and says who and which sections belong to it."""
    TEACHER = "teacher"
    ASSISTANT = "assistant"
    """Sees all, scores, gives feedback; plans nothing."""


class District(Base):
    """The tenant: nothing crosses it."""

    __tablename__ = "districts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64), default="America/New_York")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Person(DistrictScoped, Base):
    """Someone who was launched or stands in a roster. We keep a name and nothing else."""

    __tablename__ = "persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str | None] = mapped_column(String(16))
    is_admin: Mapped[bool] = mapped_column(default=False)
    """A district administrator, as the platform said at a launch."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Identity(DistrictScoped, Base):
    """How one outside system knows a person."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("district_id", "source", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    source: Mapped[str] = mapped_column(String(64))
    """`lti:<platform id>` or `google`."""
    subject: Mapped[str] = mapped_column(String(255))
    """The LTI `sub`, or Google's user id."""
    email_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    """Keyed digest of the e-mail address: enough to propose that two identities are one person,
    without keeping a child's address."""

    person: Mapped[Person] = relationship()


class Building(DistrictScoped, Base):
    """A school of the district."""

    __tablename__ = "buildings"
    __table_args__ = (UniqueConstraint("district_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class Observer(DistrictScoped, Base):
    """A principal or learning coach: looks on over a building, or over the whole district."""

    __tablename__ = "observers"
    __table_args__ = (UniqueConstraint("person_id", "building_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"))
    """None: the whole district."""
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    granted_at: Mapped[datetime] = mapped_column(default=now)

    building: Mapped[Building | None] = relationship()


class ListedAdmin(DistrictScoped, Base):
    """Somebody who may sign in with Google as an administrator of the district."""

    __tablename__ = "listed_admins"
    __table_args__ = (
        UniqueConstraint("district_id", "email_digest"),
        UniqueConstraint("district_id", "subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email_digest: Mapped[str] = mapped_column(String(64))
    """Keyed digest of the address: it lets in once, then the subject does."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    """None until they first sign in."""
    subject: Mapped[str | None] = mapped_column(String(255))
    """Google's id of the account that first signed in; from then on no other is let in."""
    added_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person | None] = relationship()


class Team(DistrictScoped, Base):
    """Teachers and sections that share targets, pathways and coaching sessions."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    grade: Mapped[str] = mapped_column(String(16), default="")
    """As people write it: `5`, `K`, `5–6`."""
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"), index=True)
    join_code_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the code with which another teacher's section joins; None: nobody is asked in."""
    join_code_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    building: Mapped[Building | None] = relationship()


class TeamMember(DistrictScoped, Base):
    """Someone who teaches in a team."""

    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("team_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[TeamRole] = mapped_column(String(16))
    joined_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship()


class StudentGroup(DistrictScoped, Base):
    """Students a teacher wants to see together."""

    __tablename__ = "student_groups"
    __table_args__ = (UniqueConstraint("section_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    """The section in whose LMS course it is kept; None: a teacher's own."""
    external_id: Mapped[str | None] = mapped_column(String(255))
    """The LMS's id of it."""


class StudentGroupMember(DistrictScoped, Base):
    """A student in a group."""

    __tablename__ = "student_group_members"

    group_id: Mapped[int] = mapped_column(ForeignKey("student_groups.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True, index=True)


class Section(DistrictScoped, Base):
    """A course as the LMS knows it (LTI context, Classroom course)."""

    __tablename__ = "sections"
    __table_args__ = (UniqueConstraint("district_id", "source", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(64))
    """As in `Identity.source`."""
    external_id: Mapped[str] = mapped_column(String(255))
    """The LTI context id."""
    roster_url: Mapped[str | None] = mapped_column(String(2000))
    """Names and Role Provisioning Services address of this context."""
    roster_differences_url: Mapped[str | None] = mapped_column(String(2000))
    """Where the LMS tells what changed since the roster was last read."""
    roster_read_at: Mapped[datetime | None]
    """When the last reading of the whole roster began that came to its end."""
    groups_url: Mapped[str | None] = mapped_column(String(2000))
    """Course Groups Service address of this context."""
    line_items_url: Mapped[str | None] = mapped_column(String(2000))
    """Assignment and Grade Services line items address of this context."""
    service_scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """AGS scopes the platform granted at the last launch."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    team: Mapped[Team] = relationship()


class Enrolment(DistrictScoped, Base):
    """A person in a section with a role. Those who left are kept with their work, not active."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("section_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[Role] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    listed_at: Mapped[datetime | None]
    """When the newest reading of the LMS's roster began that found the person in it."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship()
    section: Mapped[Section] = relationship()


class CarriedVisit(Base):
    """A visit whose browser keeps no cookie; see `people/carried.py`."""

    __tablename__ = "carried_visits"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the token in the visit's addresses."""
    browser: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the browser's User-Agent."""
    contents: Mapped[str] = mapped_column(Text)
    """What the cookie would hold, as JSON with Flask's tags."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditEvent(DistrictScoped, Base):
    """Who did what, when; ids only, no names, grades or tokens."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_district_at", "district_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("sections.id"))
    action: Mapped[str] = mapped_column(String(64))
    """Dotted verb, e.g. `launch.section`, `grade.retried`."""
    about: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
