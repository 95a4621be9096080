"""Our own signing keys: made, rotated without an outage, published."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask_babel import lazy_gettext as _l
from jwcrypto.jwk import JWK
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from lti_app.db import Database, now
from lti_app.errors import BadInput
from lti_app.launch.models import KeyState, ToolKey

KEY_BITS = 2048
PUBLISHED_AFTER_RETIREMENT = timedelta(days=7)
"""Our tokens live a minute, but platforms hold on to our old key set for hours or days."""

ROTATED_AT_MOST_EVERY = timedelta(days=1)
"""Platforms keep our key set for some hours: each must have seen the next key by then."""


def new_key(state: KeyState) -> ToolKey:
    """A fresh RSA key pair, not yet in any session; its id is its RFC 7638 thumbprint."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return ToolKey(kid=JWK.from_pem(pem).thumbprint(), private_pem=pem.decode(), state=state)


def current_key(database: Database) -> ToolKey:
    """The key we sign with; the first one is made here, with the next beside it.

    Two workers that both make a first pair do no harm: all keys are published, and the newest
    current one signs.
    """
    query = (
        select(ToolKey)
        .where(ToolKey.state == KeyState.CURRENT)
        .order_by(ToolKey.created_at.desc(), ToolKey.kid)
        .limit(1)
    )
    with database.session(writes=False) as session:
        found = session.scalar(query)
    if found is not None:
        return found
    first, following = new_key(KeyState.CURRENT), new_key(KeyState.NEXT)
    with database.transaction() as session:
        found = session.scalar(query)
        if found is not None:
            return found
        session.add_all([first, following])
    return first


def rotate(session: Session) -> ToolKey:
    """The next key becomes the current one; the old is retired, a new next one is published.

    Platforms have seen the next key before it signs anything: leave a day between rotations.
    """
    keys = session.scalars(select(ToolKey).where(ToolKey.state != KeyState.RETIRED)).all()
    for key in keys:
        if key.state == KeyState.CURRENT:
            key.state, key.retired_at = KeyState.RETIRED, now()
    waiting = sorted((k for k in keys if k.state == KeyState.NEXT), key=lambda k: k.created_at)
    current = waiting[0] if waiting else new_key(KeyState.CURRENT)
    current.state = KeyState.CURRENT
    session.add_all([current, new_key(KeyState.NEXT)])
    return current


def in_use(session: Session) -> Sequence[ToolKey]:
    """Keys that are published, newest first."""
    return session.scalars(_published().order_by(ToolKey.created_at.desc(), ToolKey.kid)).all()


def rotates_from(session: Session) -> datetime | None:
    """From when the keys may be rotated again; None: now."""
    last = session.scalar(select(func.max(ToolKey.retired_at)))
    again = last + ROTATED_AT_MOST_EVERY if last is not None else None
    return again if again is not None and again > now() else None


def rotate_by_hand(session: Session) -> ToolKey:
    """As `rotate`, for somebody who may click twice. Raises `BadInput` within a day of the last."""
    session.scalars(select(ToolKey.kid).with_for_update()).all()
    if rotates_from(session) is not None:
        raise BadInput(
            _l("The keys were rotated less than a day ago."),
            _l("Platforms must see the next key before it signs. Wait until tomorrow."),
        )
    return rotate(session)


def published(session: Session) -> dict[str, Any]:
    """Our public key set (RFC 7517): next, current, and those retired not long ago."""
    keys = session.scalars(_published().order_by(ToolKey.created_at))
    return {"keys": [_public(key) for key in keys]}


def _published() -> Select[ToolKey]:
    since = now() - PUBLISHED_AFTER_RETIREMENT
    return select(ToolKey).where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > since))


def _public(key: ToolKey) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(JWK.from_pem(key.private_pem.encode()).export_public())
    return {**public, "kid": key.kid, "alg": "RS256", "use": "sig"}
