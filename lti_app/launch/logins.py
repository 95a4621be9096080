"""Logins under way: a state and nonce, used once, by one browser, on whichever worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from integrations.lti.login import StartedLogin
from lti_app.db import now
from lti_app.launch.models import Deployment, LoginState
from lti_app.launch.platforms import PLATFORMS, REGISTERED, RegisteredPlatform

LIFETIME = timedelta(minutes=10)
KEPT_AFTER = timedelta(days=1)
"""An old login is remembered so long, to tell a late launch from a made-up one."""

# Every launch sends these: they are put together once, and read as plain values.
_LOGINS = cast(Table, LoginState.__table__)
_DEPLOYMENTS = cast(Table, Deployment.__table__)
_REMEMBER = insert(_LOGINS)
_FIND = (
    select(
        *(_LOGINS.c[name] for name in ("nonce", "asked", "expires_at", "used_at")),
        *(_DEPLOYMENTS.c[name] for name in ("id", "deployment_id", "district_id")),
        *REGISTERED,
    )
    .join_from(_LOGINS, PLATFORMS, _LOGINS.c.platform_id == PLATFORMS.c.id)
    .outerjoin(
        _DEPLOYMENTS,
        and_(
            _DEPLOYMENTS.c.platform_id == PLATFORMS.c.id,
            _DEPLOYMENTS.c.deployment_id == bindparam("deployment_id"),
        ),
    )
    .where(_LOGINS.c.state == bindparam("state"), PLATFORMS.c.active)
)
_USE_UP = (
    update(_LOGINS)
    .where(
        _LOGINS.c.state == bindparam("of"),
        _LOGINS.c.used_at.is_(None),
        _LOGINS.c.expires_at > bindparam("at"),
    )
    .values(used_at=bindparam("at"))
)


@dataclass(frozen=True)
class KnownDeployment:
    """A platform's installation, and whose it is."""

    id: int
    deployment_id: str
    district_id: int


@dataclass(frozen=True)
class Login:
    """A login that a launch answers."""

    state: str
    nonce: str
    asked: dict[str, str]
    """What the platform asked for, so that the same login can begin anew."""
    expires_at: datetime
    used_at: datetime | None
    platform: RegisteredPlatform
    """Active, as of now."""
    deployment: KnownDeployment | None
    """The platform's, of which the token speaks; None for one that we do not know."""


def remember(
    connection: Connection, platform_id: int, started: StartedLogin, asked: dict[str, str]
) -> None:
    """Keep a login's state and nonce, and what was asked for, until the platform answers."""
    connection.execute(
        _REMEMBER,
        {
            "state": started.state,
            "nonce": started.nonce,
            "platform_id": platform_id,
            "asked": asked,
            "expires_at": now() + LIFETIME,
        },
    )


def find(connection: Connection, state: str, deployment_id: str) -> Login | None:
    """A login by its state, with its platform if that is still active, and with the platform's
    deployment that the token, not verified yet, speaks of."""
    row = connection.execute(_FIND, {"state": state, "deployment_id": deployment_id}).first()
    if row is None:
        return None
    nonce, asked, expires_at, used_at = row[:4]
    deployment = None if row[4] is None else KnownDeployment(*row[4:7])
    platform = RegisteredPlatform(*row[7:])
    return Login(state, nonce, asked, expires_at, used_at, platform, deployment)


def use_up(connection: Connection, state: str) -> bool:
    """Use a login; True for the first who does, whichever worker it meets.

    One statement, in the launch's own transaction: a second launch waits for the first one's
    commit and then finds it used; a launch that is refused leaves it unused.
    """
    return connection.execute(_USE_UP, {"of": state, "at": now()}).rowcount == 1


def purge(connection: Connection) -> None:
    """Forget logins that ended long ago."""
    connection.execute(delete(_LOGINS).where(_LOGINS.c.expires_at < now() - KEPT_AFTER))
