"""Which platforms we know, and whose district each of their deployments is."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, bindparam, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from integrations.lti.platform import KeySet, LtiPlatform
from lti_app.db import insert_if_missing
from lti_app.errors import BadInput
from lti_app.launch.models import Deployment, Platform

ADDRESS_LENGTH = 2000
INSIDE = (".local", ".localhost", ".internal", ".lan", ".home", ".corp")


@dataclass(frozen=True)
class PlatformDraft:
    """A platform to add, as its administrator gives it."""

    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    token_url: str
    jwks_url: str
    token_audience: str | None = None
    frame_origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegisteredPlatform(LtiPlatform):
    """A platform's row as it stood when a login, launch or notice began. Columns of `Platform`."""

    id: int
    uses_storage: bool
    jwks: KeySet | None
    jwks_fetched_at: datetime | None
    jwks_asked_at: datetime | None
    last_launch_at: datetime | None
    learns_for_district_id: int | None


PLATFORMS = cast(Table, Platform.__table__)
REGISTERED = tuple(PLATFORMS.c[field.name] for field in fields(RegisteredPlatform))
"""What to select: `RegisteredPlatform(*row)`."""

# Every login asks one of these: they are put together once.
_OF_ISSUER = (
    select(*REGISTERED)
    .where(PLATFORMS.c.issuer == bindparam("issuer"), PLATFORMS.c.active)
    .order_by(PLATFORMS.c.id)
)
_OF_CLIENT = _OF_ISSUER.where(PLATFORMS.c.client_id == bindparam("client_id"))
_BY_ID = select(*REGISTERED).where(PLATFORMS.c.id == bindparam("platform_id"))


def candidates(
    connection: Connection, issuer: str, client_id: str | None
) -> Sequence[RegisteredPlatform]:
    """Active platforms of an issuer; just the one where the login names its client id, too."""
    asked = {"issuer": issuer, "client_id": client_id} if client_id else {"issuer": issuer}
    rows = connection.execute(_OF_CLIENT if client_id else _OF_ISSUER, asked)
    return [RegisteredPlatform(*row) for row in rows]


def by_id(connection: Connection, platform_id: int) -> RegisteredPlatform:
    """A platform as it stands now."""
    return RegisteredPlatform(*connection.execute(_BY_ID, {"platform_id": platform_id}).one())


def find_deployment(session: Session, platform_id: int, deployment_id: str) -> Deployment | None:
    """A platform's deployment, which says whose district a launch belongs to."""
    return session.scalar(
        select(Deployment).where(
            Deployment.platform_id == platform_id, Deployment.deployment_id == deployment_id
        )
    )


def source_of(platform_id: int) -> str:
    """`Identity.source` and `Section.source` of a platform."""
    return f"lti:{platform_id}"


def add_platform(
    session: Session,
    draft: PlatformDraft,
    *,
    deployment_id: str | None,
    district_id: int,
    allow_loopback_http: bool,
) -> Platform:
    """Add a platform with one deployment, or bring both up to date; without a deployment only
    the platform.

    Raises `BadInput` for an address we must not call, and for a deployment that is another
    district's.
    """
    for address in (draft.issuer, draft.auth_login_url, draft.token_url, draft.jwks_url):
        if not is_safe_address(address, allow_loopback_http=allow_loopback_http):
            raise BadInput(
                _l("%(address)s can't be used.", address=address[:200]),
                _l("A platform's addresses start with https:// and are on the public internet."),
                code="bad_address",
            )
    if not draft.client_id.strip() or (deployment_id is not None and not deployment_id.strip()):
        raise BadInput(_l("A platform needs a client id and a deployment id."))
    insert_if_missing(session, Platform, **_columns(draft), active=True, frame_origins=[])
    platform = session.scalars(
        select(Platform)
        .where(Platform.issuer == draft.issuer, Platform.client_id == draft.client_id)
        .with_for_update()
    ).one()
    if platform.jwks_url != draft.jwks_url:
        platform.jwks = platform.jwks_fetched_at = platform.jwks_asked_at = None
    for column, value in _columns(draft).items():
        setattr(platform, column, value)
    platform.frame_origins = list(draft.frame_origins)
    if deployment_id is not None:
        add_deployment(session, platform.id, deployment_id, district_id)
    return platform


def add_deployment(
    session: Session, platform_id: int, deployment_id: str, district_id: int
) -> Deployment:
    """A platform's deployment for a district. Raises `BadInput` where it is another's."""
    insert_if_missing(
        session,
        Deployment,
        platform_id=platform_id,
        deployment_id=deployment_id,
        district_id=district_id,
    )
    deployment = find_deployment(session, platform_id, deployment_id)
    if deployment is None or deployment.district_id != district_id:
        raise BadInput(_l("This deployment belongs to another district."), code="not_yours")
    return deployment


@lru_cache(maxsize=1024)  # a launch names the same few addresses of its course each time
def is_safe_address(address: str, *, allow_loopback_http: bool) -> bool:
    """True for https addresses outside private networks.

    With `allow_loopback_http` (development and tests) also http on loopback. Names are not
    resolved here but looked at when they are called: see `integrations/lti/transport.py`.
    """
    try:
        split = urlsplit(address)
        host = (split.hostname or "").rstrip(".").lower()
        _ = split.port  # raises for a port that is none
    except ValueError:
        return False
    if not host or split.username or len(address) > ADDRESS_LENGTH or not address.isprintable():
        return False
    if allow_loopback_http and split.scheme in {"http", "https"} and _is_loopback(host):
        return True
    return split.scheme == "https" and _is_public(host)


def is_near(address: str) -> bool:
    """True for an address of this machine, which `add_platform` takes in development only.

    Requests to such a platform may stay on this machine; those to any other must leave it, and
    our own network, whatever its name resolves to.
    """
    return _is_loopback(urlsplit(address).hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        # A bare number ("2130706433", "0x7f.1") is an address to some resolvers.
        last = host.rpartition(".")[2]
        return "." in host and not host.endswith(INSIDE) and last[:1].isalpha()


def _columns(draft: PlatformDraft) -> dict[str, str | None]:
    return {
        "name": draft.name[:200],
        "issuer": draft.issuer,
        "client_id": draft.client_id,
        "auth_login_url": draft.auth_login_url,
        "token_url": draft.token_url,
        "token_audience": draft.token_audience,
        "jwks_url": draft.jwks_url,
    }
