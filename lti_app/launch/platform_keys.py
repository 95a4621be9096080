"""Platforms' public keys: kept, and fetched again when a platform has rotated them."""

import time
from datetime import timedelta

from sqlalchemy import or_, update

from integrations.lti.claims import LaunchRefused
from integrations.lti.platform import KeySet, fetch_key_set
from integrations.lti.transport import http_session
from lti_app.db import Database, now
from lti_app.launch.models import Platform
from lti_app.launch.platforms import RegisteredPlatform, by_id, is_near

AT_MOST_EVERY = timedelta(minutes=1)
STALE_AFTER = timedelta(hours=6)
"""A key the platform has withdrawn is believed no longer than this, if its server answers."""
FETCH_SECONDS = 5.0
WAIT_SECONDS = 6.0
"""How long a launch waits for another worker's fetch: a rotation meets a whole class at once."""


class StoredKeys:
    """One platform's key set in the database, shared by all workers (`lti.platform.KeySource`).

    No transaction is open while the platform is asked.
    """

    def __init__(self, database: Database, platform: RegisteredPlatform) -> None:
        """Takes the platform as it was just read: most launches read nothing more."""
        self._database = database
        self._platform = platform
        self._platform_id = platform.id

    def key_set(self, kid: str) -> KeySet:
        """The key set; fetched first where it is stale or lacks `kid`, once a minute at most."""
        platform = self._platform
        if _holds(platform, kid) and not _is_stale(platform):
            return _keys(platform)
        if self._may_fetch():
            self._fetch(platform.jwks_url)
        elif not _holds(platform, kid):
            self._wait()
        return _keys(self._read())

    def _read(self) -> RegisteredPlatform:
        with self._database.asking() as connection:
            return by_id(connection, self._platform_id)

    def _may_fetch(self) -> bool:
        """True for one worker a minute, whoever comes first."""
        cutoff = now() - AT_MOST_EVERY
        with self._database.transaction() as session:
            return bool(
                session.execute(
                    update(Platform)
                    .where(
                        Platform.id == self._platform_id,
                        or_(Platform.jwks_asked_at.is_(None), Platform.jwks_asked_at < cutoff),
                    )
                    .values(jwks_asked_at=now())
                    .execution_options(synchronize_session=False)
                ).rowcount  # type: ignore[attr-defined]
            )

    def _fetch(self, jwks_url: str) -> None:
        near = is_near(jwks_url)
        with http_session(FETCH_SECONDS, FETCH_SECONDS, tries=1, allow_loopback=near) as http:
            key_set = fetch_key_set(jwks_url, http)
        if key_set is None:
            return  # the keys we have, if any, are used on
        with self._database.transaction() as session:
            session.execute(
                update(Platform)
                .where(Platform.id == self._platform_id)
                .values(jwks=key_set, jwks_fetched_at=now())
                .execution_options(synchronize_session=False)
            )

    def _wait(self) -> None:
        """Until the worker that set out to fetch is back, or has had its time."""
        gives_up_at = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < gives_up_at and _is_under_way(self._read()):
            time.sleep(0.1)


def _keys(platform: RegisteredPlatform) -> KeySet:
    if platform.jwks is None:
        raise LaunchRefused("keys_unavailable")
    return platform.jwks


def _holds(platform: RegisteredPlatform, kid: str) -> bool:
    keys = platform.jwks["keys"] if platform.jwks else []
    return any(key.get("kid") == kid for key in keys)


def _is_stale(platform: RegisteredPlatform) -> bool:
    fetched_at = platform.jwks_fetched_at
    return fetched_at is None or fetched_at < now() - STALE_AFTER


def _is_under_way(platform: RegisteredPlatform) -> bool:
    asked_at, fetched_at = platform.jwks_asked_at, platform.jwks_fetched_at
    if asked_at is None or asked_at < now() - timedelta(seconds=WAIT_SECONDS):
        return False
    return fetched_at is None or fetched_at < asked_at
