"""Our own signing keys: made, rotated without an outage, published."""

import json
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_app.db import Database, now
from lti_app.launch.models import KeyState, ToolKey

KEY_BITS = 2048
PUBLISHED_AFTER_RETIREMENT = timedelta(days=7)
"""Our tokens live a minute, but platforms hold on to our old key set for hours or days."""


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


def published(session: Session) -> dict[str, Any]:
    """Our public key set (RFC 7517): next, current, and those retired not long ago."""
    since = now() - PUBLISHED_AFTER_RETIREMENT
    keys = session.scalars(
        select(ToolKey)
        .where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > since))
        .order_by(ToolKey.created_at)
    )
    return {"keys": [_public(key) for key in keys]}


def _public(key: ToolKey) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(JWK.from_pem(key.private_pem.encode()).export_public())
    return {**public, "kid": key.kid, "alg": "RS256", "use": "sig"}
