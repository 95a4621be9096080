"""Logins under way: a state and nonce, used once, by one browser, on whichever worker."""

from datetime import timedelta
from typing import cast

from sqlalchemy import Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from integrations.lti.login import StartedLogin
from lti_app.db import now
from lti_app.launch.models import Deployment, LoginState, Platform

LIFETIME = timedelta(minutes=10)
KEPT_AFTER = timedelta(days=1)
"""An old login is remembered so long, to tell a late launch from a made-up one."""

# Every launch sends these: they are put together once.
_LOGINS = cast(Table, LoginState.__table__)
_REMEMBER = insert(_LOGINS)
_FIND = (
    select(LoginState, Platform, Deployment)
    .join(Platform, LoginState.platform_id == Platform.id)
    .outerjoin(
        Deployment,
        and_(
            Deployment.platform_id == Platform.id,
            Deployment.deployment_id == bindparam("deployment_id"),
        ),
    )
    .where(LoginState.state == bindparam("state"), Platform.active)
)
_USE_UP = (
    update(_LOGINS)
    .where(
        LoginState.state == bindparam("of"),
        LoginState.used_at.is_(None),
        LoginState.expires_at > bindparam("at"),
    )
    .values(used_at=bindparam("at"))
)


def remember(
    session: Session, platform_id: int, started: StartedLogin, asked: dict[str, str]
) -> None:
    """Keep a login's state and nonce, and what was asked for, until the platform answers."""
    session.execute(
        _REMEMBER,
        {
            "state": started.state,
            "nonce": started.nonce,
            "platform_id": platform_id,
            "asked": asked,
            "expires_at": now() + LIFETIME,
        },
    )


def find(
    session: Session, state: str, deployment_id: str
) -> tuple[LoginState, Platform, Deployment | None] | None:
    """A login by its state, with its platform if that is still active, and with the platform's
    deployment that the token, not verified yet, speaks of."""
    row = session.execute(_FIND, {"state": state, "deployment_id": deployment_id}).first()
    return None if row is None else (row[0], row[1], row[2])


def use_up(session: Session, state: str) -> bool:
    """Use a login; True for the first who does, whichever worker it meets.

    One statement, in the launch's own transaction: a second launch waits for the first one's
    commit and then finds it used; a launch that is refused leaves it unused.
    """
    result = session.execute(_USE_UP, {"of": state, "at": now()})
    return bool(result.rowcount)  # type: ignore[attr-defined]


def purge(session: Session) -> None:
    """Forget logins that ended long ago."""
    session.execute(
        delete(LoginState)
        .where(LoginState.expires_at < now() - KEPT_AFTER)
        .execution_options(synchronize_session=False)
    )
