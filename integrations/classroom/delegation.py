"""A district's service account that acts for its people (domain-wide delegation).

Google lets an administrator *see* all coursework of the domain, but only a teacher of the course
may write grades and coursework. The service account therefore acts as the very teacher, with no
more rights than they have. It is given their address by an administrator it may act as, for each
token anew: addresses are not kept, and one that moved to somebody else is never used.

https://developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

from integrations.classroom import scopes
from integrations.classroom.addresses import must_be_safe
from integrations.classroom.budget import Meter
from integrations.classroom.client import service_at
from integrations.classroom.refusals import call
from integrations.lms import LmsError, LmsRefused, LmsUnavailable

TIMEOUT_S = 20.0
LOOK_UP = (scopes.ROSTERS, scopes.EMAILS)
"""What the administrator is needed for: a person's address by their id."""
BUSY = {"rate_limit_exceeded", "internal_failure", "temporarily_unavailable", "server_error"}


class NotAServiceKey(ValueError):
    """A file that is no service account's key; says what is wrong with it."""


@dataclass(frozen=True)
class ServiceKey:
    """A service account and its private key, as Google's file has them."""

    email: str
    client_id: str
    key_id: str
    private_key: str

    @classmethod
    def from_file(cls, text: str) -> "ServiceKey":
        """The key in a JSON file from the Cloud console. Raises `NotAServiceKey`."""
        try:
            found = json.loads(text)
            kind = found["type"]
            key = cls(
                email=str(found["client_email"]),
                client_id=str(found["client_id"]),
                key_id=str(found["private_key_id"]),
                private_key=str(found["private_key"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise NotAServiceKey("it is not the JSON file of a key") from error
        if kind != "service_account":
            raise NotAServiceKey(f"it is of the type {str(kind)[:40]}, not of a service account")
        try:
            key.credentials("https://unused.example.org", "", ())
        except (ValueError, GoogleAuthError) as error:
            raise NotAServiceKey("its private key can't be read") from error
        return key

    def credentials(
        self, token_url: str, subject: str, wanted: Sequence[str]
    ) -> service_account.Credentials:
        """Google's credentials that act as `subject` (an address)."""
        unbound = service_account.Credentials.from_service_account_info(
            {
                "client_email": self.email,
                "private_key_id": self.key_id,
                "private_key": self.private_key,
                "token_uri": token_url,
            },
            scopes=list(wanted),
        )
        bound: service_account.Credentials = unbound.with_subject(subject)
        return bound


def token_as(
    key: ServiceKey, token_url: str, subject: str, wanted: Sequence[str]
) -> tuple[str, datetime]:
    """An access token that acts as somebody, by their address, and when it ends.

    Raises `LmsRefused('not_delegated')` (the district has not delegated these scopes, or this
    person can't be acted as); `LmsUnavailable`.
    """
    must_be_safe(token_url)
    credentials = key.credentials(token_url, subject, wanted)
    try:
        # The library's own limit is two minutes; a key's signature is not carried elsewhere.
        credentials.refresh(partial(Request(), timeout=TIMEOUT_S, allow_redirects=False))
    except RefreshError as error:
        raise _refusal(error) from error
    except (GoogleAuthError, TypeError, AttributeError, OverflowError) as error:
        raise LmsUnavailable("lost_connection", type(error).__name__) from error
    if not isinstance(credentials.token, str) or credentials.expiry is None:
        raise LmsUnavailable("garbled", "token")
    return credentials.token, credentials.expiry.replace(tzinfo=UTC)


def _refusal(error: RefreshError) -> LmsError:
    body = error.args[1] if len(error.args) > 1 else None
    code = str(body.get("error", "")) if isinstance(body, dict) else ""
    if error.retryable or code in BUSY:
        return LmsUnavailable("server_error", code[:40])
    if not code:
        return LmsUnavailable("garbled", "token")
    return LmsRefused("not_delegated", code[:40])


def address_of(api_url: str, administrator_token: str, user_id: str, meter: Meter) -> str:
    """Somebody's address today, by Google's id of them. `meter` counts for the administrator.

    Raises `LmsRefused('not_delegated')` where the administrator may not see them, or they are
    gone; `LmsError` otherwise.
    """

    def ask() -> object:
        service = service_at(api_url, Credentials(token=administrator_token), TIMEOUT_S)
        profiles = service.userProfiles()
        return profiles.get(userId=user_id, fields="id,emailAddress").execute(num_retries=0)

    def no_other() -> None:
        raise LmsRefused("not_delegated", "the administrator's token is not taken")

    try:
        profile = call(ask, no_other, "not_delegated", meter)
    except LmsRefused as error:
        raise LmsRefused("not_delegated", error.code) from error
    address = profile.get("emailAddress")
    if profile.get("id") != user_id or not isinstance(address, str) or not address:
        raise LmsRefused("not_delegated", "no address")
    return address


def token_for(
    key: ServiceKey,
    token_url: str,
    api_url: str,
    *,
    administrator: str,
    user_id: str,
    wanted: Sequence[str],
    meter: Meter,
) -> tuple[str, datetime]:
    """An access token that acts as the person of a Google id, and when it ends. Raises
    `LmsError`, as `token_as` and `address_of` do."""
    looking, _ = token_as(key, token_url, administrator, LOOK_UP)
    return token_as(key, token_url, address_of(api_url, looking, user_id, meter), wanted)
