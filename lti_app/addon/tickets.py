"""From the window in which somebody signed in back into the iframe that opened it.

The iframe and the window are one browser, but share no cookie: the iframe's is kept apart, in
Classroom's partition. So the window's first page, before it goes to Google, makes a key and hands
it to its opener, which the browser lets only a page of our own origin hear; the same page could
not do so afterwards, for Google's pages may cut the two apart (Cross-Origin-Opener-Policy). Who
signed in is written under the key's digest, and the iframe fetches it with the key, once, together
with a secret of its own page, the channel. Whoever lures somebody into a sign-in has neither.
"""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.addon.models import AddOnTicket
from lti_app.db import now

LASTS = timedelta(minutes=2)


def new_secret() -> str:
    """A key or a channel."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What may be written down of a key or a channel."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(session: Session, *, key: str, channel: str, person_id: int, landing: str) -> None:
    """Let in whoever holds the secrets with these digests, once and soon."""
    session.execute(delete(AddOnTicket).where(AddOnTicket.expires_at < now()))
    session.add(
        AddOnTicket(
            digest=key,
            channel=channel,
            person_id=person_id,
            landing=landing,
            expires_at=now() + LASTS,
        )
    )


def is_ready(session: Session, key: str, channel: str) -> bool:
    """Whether the one who holds these secrets may come in."""
    return session.scalar(select(AddOnTicket.digest).where(*_good(key, channel))) is not None


def use_up(session: Session, key: str, channel: str) -> AddOnTicket | None:
    """The ticket behind these secrets, which is gone then; None where there is none (any more)."""
    return session.scalars(
        delete(AddOnTicket).where(*_good(key, channel)).returning(AddOnTicket)
    ).first()


def _good(key: str, channel: str):  # type: ignore[no-untyped-def]
    return (
        AddOnTicket.digest == digest_of(key),
        AddOnTicket.channel == digest_of(channel),
        AddOnTicket.expires_at > now(),
    )
