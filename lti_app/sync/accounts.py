"""A teacher's Google account: what it allows, and a client that acts with it.

Two ways lead to an access token, and everything behind it is one path: the teacher's own grant, or
the district's service account, which acts as the teacher (`integrations/classroom/delegation.py`).
"""

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from integrations.classroom import delegation, oauth
from integrations.classroom.budget import Meter, Share
from integrations.classroom.client import ClassroomClient
from integrations.classroom.tokens import Tokens
from integrations.lms import LmsRefused
from lti_app.db import Database, now
from lti_app.launch.google_sign_in import oauth_client
from lti_app.settings import Settings
from lti_app.sync.features import Feature, is_allowed
from lti_app.sync.models import GoogleAccount, ServiceAccount
from lti_app.sync.quota import meter


def granted(account: GoogleAccount | None) -> frozenset[str]:
    """The scopes that a teacher's own grant holds; none where it is over."""
    if account is None or account.refresh_token is None or account.broken_at is not None:
        return frozenset()
    return frozenset(account.scopes)


def usable(account: GoogleAccount | None) -> frozenset[str]:
    """The scopes that can be used for a teacher, by their own grant or the service account's."""
    own = granted(account)
    if account is None or account.delegation is None or account.user_id is None:
        return own
    return own.union(account.delegation.scopes)


def allows(account: GoogleAccount | None, feature: str) -> bool:
    """Whether a feature can be used with a teacher's account (None: they have none).

    Ask before calling Google: for a missing scope some methods answer only that they are broken.
    Raises `ValueError` for a name that is no feature's (`sync/features.py`).
    """
    if Feature(feature) == Feature.SIGN_IN:
        return account is not None
    return is_allowed(granted(account), feature) or _is_delegated(account, feature)


def client_of(
    database: Database,
    settings: Settings,
    district_id: int,
    person_id: int,
    needs: str | None = None,
    share: Share = Share.PAGE,
) -> ClassroomClient:
    """A Classroom client on behalf of a teacher, for the feature that `needs` names. `share` says
    how much of Google's quota it may use.

    The district's service account goes before the teacher's own grant wherever it may do what is
    needed. Raises `LmsRefused`: `not_connected` (no account, or no grant), `sign_in_again` (the
    grant is over), `scope_missing` (what the feature needs was not allowed).
    """
    with database.session(district_id=district_id, writes=False) as session:
        account = session.get(GoogleAccount, person_id)
    if account is None:
        raise LmsRefused("not_connected")
    if _is_delegated(account, needs):
        tokens = _delegated_tokens(database, settings, account, share)
    else:
        tokens = _own_tokens(database, settings, account, needs)
    counts = meter(database, settings, account.user_id or f"person {person_id}", share)
    return ClassroomClient(settings.classroom_api_url, tokens, meter=counts)


def _is_delegated(account: GoogleAccount | None, needs: str | None) -> bool:
    """Whether the service account acts for a teacher there: their sign-in told who they are, and
    the district delegated what is needed."""
    if account is None or account.delegation is None or account.user_id is None:
        return False
    return needs is None or is_allowed(account.delegation.scopes, needs)


def _own_tokens(
    database: Database, settings: Settings, account: GoogleAccount, needs: str | None
) -> Tokens:
    if account.broken_at is not None:
        raise LmsRefused("sign_in_again")
    if account.refresh_token is None:
        # The service account acts for them elsewhere: for this they are asked themselves.
        raise LmsRefused("not_connected" if account.delegation is None else "scope_missing")
    if needs is not None and not is_allowed(account.scopes, needs):
        raise LmsRefused("scope_missing", needs)

    def keep(access_token: str, expires_at: datetime) -> None:
        _keep(database, account, access_token=access_token, expires_at=expires_at)

    return Tokens(
        partial(oauth.refresh, oauth_client(settings), account.refresh_token),
        keep,
        account.access_token,
        account.expires_at,
    )


def administrators_meter(
    database: Database, settings: Settings, service: ServiceAccount, share: Share = Share.PAGE
) -> Meter:
    """What counts the requests in the name of the administrator whom a service account acts as."""
    return meter(database, settings, f"administrator {service.client_id}", share)


def _delegated_tokens(
    database: Database, settings: Settings, account: GoogleAccount, share: Share
) -> Tokens:
    service = account.delegation
    assert service is not None  # noqa: S101 - asked before
    assert account.user_id is not None  # noqa: S101 - asked before

    def keep(access_token: str, ends: datetime) -> None:
        _keep(database, account, delegated_token=access_token, delegated_until=ends)

    return Tokens(
        partial(
            delegation.token_for,
            key_of(service),
            settings.google_token_url,
            settings.classroom_api_url,
            administrator=service.acts_as,
            user_id=account.user_id,
            wanted=tuple(service.scopes),
            meter=administrators_meter(database, settings, service, share),
        ),
        keep,
        account.delegated_token,
        account.delegated_until,
        is_delegated=True,
    )


def key_of(service: ServiceAccount) -> delegation.ServiceKey:
    """A kept service account's key."""
    return delegation.ServiceKey(
        email=service.email,
        client_id=service.client_id,
        key_id=service.key_id,
        private_key=service.private_key,
    )


def _keep(database: Database, account: GoogleAccount, **values: Any) -> None:
    """Keep a fresh token, unless another sign-in came in between: it is of the older grant then."""
    with database.transaction(district_id=account.district_id) as session:
        session.execute(
            update(GoogleAccount)
            .where(
                GoogleAccount.person_id == account.person_id,
                GoogleAccount.granted_at == account.granted_at,
            )
            .values(**values)
        )


def mark_broken(database: Database, district_id: int, person_id: int) -> None:
    """Google refuses the refresh token: from now on the teacher is asked to sign in again."""
    with database.transaction(district_id=district_id) as session:
        session.execute(
            update(GoogleAccount)
            .where(GoogleAccount.person_id == person_id, GoogleAccount.refresh_token.is_not(None))
            .values(broken_at=now(), access_token=None)
        )


def service_account_of(session: Session, district_id: int) -> ServiceAccount | None:
    """The district's service account, where it has one."""
    return session.get(ServiceAccount, district_id)
