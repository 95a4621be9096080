"""Which platforms we know, and whose district each of their deployments is."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.lti.platform import LtiPlatform
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


def candidates(session: Session, issuer: str, client_id: str | None) -> Sequence[Platform]:
    """Active platforms of an issuer; just the one where the login names its client id, too."""
    query = select(Platform).where(Platform.issuer == issuer, Platform.active)
    if client_id:
        query = query.where(Platform.client_id == client_id)
    return session.scalars(query.order_by(Platform.id)).all()


def find_deployment(session: Session, platform_id: int, deployment_id: str) -> Deployment | None:
    """A platform's deployment, which says whose district a launch belongs to."""
    return session.scalar(
        select(Deployment).where(
            Deployment.platform_id == platform_id, Deployment.deployment_id == deployment_id
        )
    )


def as_lti(platform: Platform) -> LtiPlatform:
    """The platform as the LTI client knows it."""
    return LtiPlatform(
        issuer=platform.issuer,
        client_id=platform.client_id,
        auth_login_url=platform.auth_login_url,
        token_url=platform.token_url,
        jwks_url=platform.jwks_url,
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
