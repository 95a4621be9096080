"""What we know of LTI platforms: registrations, deployments, keys, used logins, tokens."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_app.db import Base, DistrictScoped, EncryptedText, now


class Platform(Base):
    """A registration: issuer and client id. Hosted Canvas shares one issuer among all schools."""

    __tablename__ = "platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(2000))
    token_url: Mapped[str] = mapped_column(String(2000))
    token_audience: Mapped[str | None] = mapped_column(String(2000))
    """`aud` of our token requests where it is not the token address."""
    jwks_url: Mapped[str] = mapped_column(String(2000))
    frame_origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Origins whose pages may show us in an iframe, beside the issuer's and the login's."""
    active: Mapped[bool] = mapped_column(default=True)
    uses_storage: Mapped[bool] = mapped_column(default=True)
    """False: its page offers to keep a login's state for us, but is not to be asked to."""
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The platform's public keys as last fetched."""
    jwks_fetched_at: Mapped[datetime | None]
    jwks_asked_at: Mapped[datetime | None]
    """When a worker last set out to fetch them: at most once a minute."""
    last_launch_at: Mapped[datetime | None]
    clock_ahead_s: Mapped[float | None]
    """How far the platform's clock was ahead of ours (behind: negative), as a token of its last
    launch said; tokens of a clock a minute off are refused."""
    learns_for_district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    """Whose a deployment is that nobody told us of: of a platform that registered by itself for
    one district. None: deployments are told by hand."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Deployment(DistrictScoped, Base):
    """A platform's installation for one district."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))

    platform: Mapped[Platform] = relationship()


class Registration(Base):
    """A platform that registered by itself and waits for somebody of ours to approve it."""

    __tablename__ = "registrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the code that its administrator passes on to whoever approves it."""
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(2000))
    token_url: Mapped[str] = mapped_column(String(2000))
    token_audience: Mapped[str | None] = mapped_column(String(2000))
    jwks_url: Mapped[str] = mapped_column(String(2000))
    deployment_id: Mapped[str | None] = mapped_column(String(255))
    """None: the platform tells it with the first launch."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    approved_at: Mapped[datetime | None]


class PlatformInvitation(DistrictScoped, Base):
    """A code that approves one registration for a district."""

    __tablename__ = "platform_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KeyState(enum.StrEnum):
    """Life of one of our signing keys."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"


class ToolKey(Base):
    """One of our RSA key pairs; the current one signs, all but long retired ones are published."""

    __tablename__ = "tool_keys"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    private_pem: Mapped[str] = mapped_column(EncryptedText)
    state: Mapped[KeyState] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]


class UsedLogin(Base):
    """The nonce of a login that a launch answered: it does not come in again."""

    __tablename__ = "used_logins"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When the login's state is too old to come in."""


class AccessToken(Base):
    """A platform's service token, shared by all workers until shortly before it expires."""

    __tablename__ = "access_tokens"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), primary_key=True)
    scopes: Mapped[str] = mapped_column(String(700), primary_key=True)
    """Sorted, separated by spaces."""
    token: Mapped[str] = mapped_column(EncryptedText)
    expires_at: Mapped[datetime]


class DeepLinking(DistrictScoped, Base):
    """A teacher is picking what the platform shall link to; over after an hour, or when done."""

    __tablename__ = "deep_linkings"

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    return_url: Mapped[str] = mapped_column(Text)
    data: Mapped[str] = mapped_column(Text)
    """The platform's own, sent back as it came."""
    takes_several: Mapped[bool]
    takes_line_items: Mapped[bool]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ResourceLink(DistrictScoped, Base):
    """A link placed in a section, with its gradebook column where the platform made one."""

    __tablename__ = "resource_links"
    __table_args__ = (UniqueConstraint("section_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    external_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(500), default="")
    line_item_url: Mapped[str | None] = mapped_column(String(2000))


class WorkspaceDomain(DistrictScoped, Base):
    """A Google Workspace organization whose accounts belong to the district."""

    __tablename__ = "workspace_domains"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(String(255), unique=True)
    """As Google names it in `hd`, in small letters."""
    added_at: Mapped[datetime] = mapped_column(default=now)


class NoticeSubscription(DistrictScoped, Base):
    """A type of notice that a deployment's platform is to send us."""

    __tablename__ = "notice_subscriptions"
    __table_args__ = (UniqueConstraint("deployment_id", "notice_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id"))
    notice_type: Mapped[str] = mapped_column(String(100))
    service_url: Mapped[str] = mapped_column(String(2000))
    handler: Mapped[str] = mapped_column(String(2000))
    """Our address, as the platform knows it or shall know it."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a worker tells the platform next; None: it knows."""
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(32), default="")
    """Code of the last refusal."""


class UsedNotice(Base):
    """The nonce of a notice that came: it does not come in again."""

    __tablename__ = "used_notices"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(255), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When the token itself is too old to come in."""


class AnnouncedCopy(DistrictScoped, Base):
    """A platform's word that a course's content was copied into another."""

    __tablename__ = "announced_copies"
    __table_args__ = (Index("ix_announced_copies_of", "source", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    """As in `Section.source`."""
    external_id: Mapped[str] = mapped_column(String(255))
    """The course that was copied into; we may not know it yet."""
    origin_ids: Mapped[list[str]] = mapped_column(JSON)
    announced_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    """When a worker looked whether the course was there already."""
