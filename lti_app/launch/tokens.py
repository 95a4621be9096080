"""Platforms' service tokens, shared by all workers until shortly before they expire."""

from datetime import timedelta

from sqlalchemy import delete, select

from lti_app.db import Database, insert_if_missing, now
from lti_app.launch.models import AccessToken

RENEW_EARLY = timedelta(seconds=60)
LONGEST_S = 24 * 3600.0


class StoredTokens:
    """One platform's tokens (`lti.connector.TokenStore`), each call its own short transaction.

    Never call from inside a writing transaction: on SQLite that one would be waited for.
    """

    def __init__(self, database: Database, platform_id: int) -> None:
        self._database = database
        self._platform_id = platform_id

    def get(self, scopes: str) -> str | None:
        """A token that holds for at least another minute."""
        with self._database.session(writes=False) as session:
            return session.scalar(
                select(AccessToken.token).where(
                    AccessToken.platform_id == self._platform_id,
                    AccessToken.scopes == scopes,
                    AccessToken.expires_at > now() + RENEW_EARLY,
                )
            )

    def put(self, scopes: str, token: str, expires_in_s: float) -> None:
        """Keep a token; the last one written counts."""
        # NaN compares false: it counts as a token that can't be kept.
        if not expires_in_s > RENEW_EARLY.total_seconds():
            return
        expires_at = now() + timedelta(seconds=min(expires_in_s, LONGEST_S))
        with self._database.transaction() as session:
            if not insert_if_missing(
                session,
                AccessToken,
                platform_id=self._platform_id,
                scopes=scopes,
                token=token,
                expires_at=expires_at,
            ):
                kept = session.get_one(AccessToken, (self._platform_id, scopes))
                kept.token, kept.expires_at = token, expires_at

    def forget(self, scopes: str) -> None:
        """Drop a token the platform no longer accepts."""
        with self._database.transaction() as session:
            session.execute(
                delete(AccessToken).where(
                    AccessToken.platform_id == self._platform_id, AccessToken.scopes == scopes
                )
            )
