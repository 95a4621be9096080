"""Logins under way: a state and nonce, used once, by one browser, on whichever worker."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from integrations.lti.login import StartedLogin
from lti_app.db import now
from lti_app.launch.models import LoginState, Platform

LIFETIME = timedelta(minutes=10)
KEPT_AFTER = timedelta(days=1)
"""An old login is remembered so long, to tell a late launch from a made-up one."""


def remember(
    session: Session, platform_id: int, started: StartedLogin, asked: dict[str, str]
) -> None:
    """Keep a login's state and nonce, and what was asked for, until the platform answers."""
    session.add(
        LoginState(
            state=started.state,
            nonce=started.nonce,
            platform_id=platform_id,
            asked=asked,
            expires_at=now() + LIFETIME,
        )
    )


def find(session: Session, state: str) -> tuple[LoginState, Platform] | None:
    """A login by its state, with its platform if that is still active."""
    row = session.execute(
        select(LoginState, Platform)
        .join(Platform, LoginState.platform_id == Platform.id)
        .where(LoginState.state == state, Platform.active)
    ).first()
    return None if row is None else (row[0], row[1])


def use_up(session: Session, state: str) -> bool:
    """Use a login; True for the first who does, whichever worker it meets.

    One statement, in the launch's own transaction: a second launch waits for the first one's
    commit and then finds it used; a launch that is refused leaves it unused.
    """
    result = session.execute(
        update(LoginState)
        .where(
            LoginState.state == state, LoginState.used_at.is_(None), LoginState.expires_at > now()
        )
        .values(used_at=now())
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def purge(session: Session) -> None:
    """Forget logins that ended long ago."""
    session.execute(
        delete(LoginState)
        .where(LoginState.expires_at < now() - KEPT_AFTER)
        .execution_options(synchronize_session=False)
    )
