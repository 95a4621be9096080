"""Logins under way: signed into their own state, so that a login writes nothing and a stranger who
begins a million of them fills no table; used once, on whichever worker."""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import cast

from itsdangerous import BadSignature, TimestampSigner
from sqlalchemy import Table, and_, bindparam, delete, insert, select
from sqlalchemy.engine import Connection

from lti_app.db import now
from lti_app.launch.models import Deployment, UsedLogin
from lti_app.launch.platforms import PLATFORMS, REGISTERED, RegisteredPlatform

LIFETIME = timedelta(minutes=10)
HINTS = ("login_hint", "lti_message_hint", "lti_storage_target")
"""What a login brings and a launch's token does not say again."""
MOST_HINTS = 2000
"""Characters: a state of longer ones might not fit into an address. They are left out of it, and
then the login can't begin anew in a tab of its own."""

# Every launch sends these: they are put together once, and read as plain values.
_USED = cast(Table, UsedLogin.__table__)
_DEPLOYMENTS = cast(Table, Deployment.__table__)
_FIND = (
    select(
        _USED.c.nonce,
        *(_DEPLOYMENTS.c[name] for name in ("id", "deployment_id", "district_id")),
        *REGISTERED,
    )
    .select_from(PLATFORMS)
    .outerjoin(_USED, _USED.c.nonce == bindparam("nonce"))
    .outerjoin(
        _DEPLOYMENTS,
        and_(
            _DEPLOYMENTS.c.platform_id == PLATFORMS.c.id,
            _DEPLOYMENTS.c.deployment_id == bindparam("deployment_id"),
        ),
    )
    .where(PLATFORMS.c.id == bindparam("platform_id"), PLATFORMS.c.active)
)
_USE_UP = insert(_USED)


@dataclass(frozen=True)
class Login:
    """A login on its way to the platform and back."""

    state: str
    """All of it, signed."""
    platform_id: int
    nonce: str
    hints: dict[str, str]
    """What the platform asked for (`HINTS`), so that the same login can begin anew."""

    @property
    def name(self) -> str:
        """What cookie and storage call it: the signature, which no other state has."""
        return self.state.rpartition(".")[2]


@dataclass(frozen=True)
class KnownDeployment:
    """A platform's installation, and whose it is."""

    id: int
    deployment_id: str
    district_id: int


@dataclass(frozen=True)
class Answered:
    """What we know of a login that a launch answers."""

    platform: RegisteredPlatform
    """Active, as of now."""
    deployment: KnownDeployment | None
    """The platform's, of which the token speaks; None for one that we do not know."""
    used: bool


def begin(secret: str, platform_id: int, asked: Mapping[str, str]) -> Login:
    """A new login with a platform that asked for it with these parameters."""
    hints = {name: asked[name] for name in HINTS if asked.get(name)}
    if sum(map(len, hints.values())) > MOST_HINTS:
        hints = {}
    nonce = secrets.token_urlsafe(32)
    written = json.dumps([platform_id, nonce, hints], separators=(",", ":")).encode()
    state = _signer(secret).sign(urlsafe_b64encode(written).rstrip(b"=")).decode()
    return Login(state, platform_id, nonce, hints)


def read(secret: str, state: str) -> Login | None:
    """The login whose state a launch brings; None where it is too old, or was not begun here."""
    try:
        written = _signer(secret).unsign(state, max_age=int(LIFETIME.total_seconds()))
    except BadSignature:  # or one that is too old
        return None
    platform_id, nonce, hints = json.loads(urlsafe_b64decode(written + b"=" * (-len(written) % 4)))
    return Login(state, platform_id, nonce, hints)


def find(connection: Connection, login: Login, deployment_id: str) -> Answered | None:
    """Whether a login was used, its platform, and the platform's deployment that the token, not
    verified yet, speaks of; None where the platform is active no more."""
    asked = {
        "nonce": login.nonce,
        "platform_id": login.platform_id,
        "deployment_id": deployment_id,
    }
    row = connection.execute(_FIND, asked).first()
    if row is None:
        return None
    deployment = None if row[1] is None else KnownDeployment(*row[1:4])
    return Answered(RegisteredPlatform(*row[4:]), deployment, used=row[0] is not None)


def use_up(connection: Connection, login: Login) -> None:
    """Use a login, in the launch's own transaction: a launch that is refused leaves it unused.

    Raises `IntegrityError` where it was used meanwhile, on whichever worker: a second launch waits
    for the first one's commit.
    """
    connection.execute(_USE_UP, {"nonce": login.nonce, "expires_at": now() + LIFETIME})


def purge(connection: Connection) -> None:
    """Forget used logins whose state is too old by now."""
    connection.execute(delete(_USED).where(_USED.c.expires_at < now()))


def _signer(secret: str) -> TimestampSigner:
    return TimestampSigner(secret, salt="lti-login", digest_method=sha256)
