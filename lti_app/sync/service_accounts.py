"""A district's service account: taken in once Google shows that it works, and removed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from integrations.classroom import delegation
from integrations.classroom.delegation import ServiceKey
from integrations.lms import LmsRefused
from lti_app.settings import Settings
from lti_app.sync.features import DELEGABLE, Feature, scopes_of
from lti_app.sync.models import GoogleAccount, ServiceAccount


@dataclass(frozen=True)
class Tried:
    """What Google says of a service account."""

    allowed: tuple[Feature, ...]
    """Features whose scopes the district delegated."""
    missing: tuple[Feature, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The delegated scopes."""
        return scopes_of(self.allowed)


def try_out(settings: Settings, key: ServiceKey, administrator: str) -> Tried:
    """Ask Google for a token of each feature, as the administrator; writes nothing.

    Raises `LmsRefused('not_delegated')` where not even the addresses of teachers can be looked
    up, without which nothing works; `LmsUnavailable`.
    """
    delegation.token_as(key, settings.google_token_url, administrator, delegation.LOOK_UP)
    allowed = [one for one in DELEGABLE if _works(settings, key, administrator, scopes_of([one]))]
    return Tried(tuple(allowed), tuple(one for one in DELEGABLE if one not in allowed))


def _works(settings: Settings, key: ServiceKey, subject: str, scopes: Sequence[str]) -> bool:
    try:
        delegation.token_as(key, settings.google_token_url, subject, scopes)
    except LmsRefused:
        return False
    return True


def keep(
    session: Session, district_id: int, key: ServiceKey, administrator: str, tried: Tried
) -> None:
    """Let a service account act for the district's teachers, in place of one it had before."""
    kept = session.get(ServiceAccount, district_id)
    if kept is None:
        kept = ServiceAccount(district_id=district_id)
        session.add(kept)
    kept.email = key.email
    kept.client_id = key.client_id
    kept.key_id = key.key_id
    kept.private_key = key.private_key
    kept.acts_as = administrator
    kept.scopes = list(tried.scopes)
    _forget_tokens(session, district_id)


def remove(session: Session, district_id: int) -> bool:
    """Teachers' own grants count again, or are asked for; False: there was none."""
    kept = session.get(ServiceAccount, district_id)
    if kept is None:
        return False
    session.delete(kept)
    _forget_tokens(session, district_id)
    return True


def _forget_tokens(session: Session, district_id: int) -> None:
    """Tokens of before may be good for a while yet, with other scopes: they are not used again."""
    session.flush()
    session.execute(
        update(GoogleAccount)
        .where(GoogleAccount.district_id == district_id)
        .values(delegated_token=None, delegated_until=None)
    )
