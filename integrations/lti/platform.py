"""What a login or launch must know of the platform."""

from dataclasses import dataclass
from typing import Any, Protocol

import requests

KeySet = dict[str, Any]


@dataclass(frozen=True)
class LtiPlatform:
    """A registration as a login or launch sees it."""

    issuer: str
    client_id: str
    auth_login_url: str
    token_url: str
    jwks_url: str


class KeySource(Protocol):
    """A platform's public keys."""

    def key_set(self, kid: str) -> KeySet:
        """The key set, fetched again where it lacks `kid` and that is not asked too often.

        Raises `LaunchRefused('keys_unavailable')` where none was ever fetched.
        """
        ...


def fetch_key_set(jwks_url: str, http_session: requests.Session) -> KeySet | None:
    """The platform's key set as it stands now; None where it can't be had or is none."""
    try:
        response = http_session.get(jwks_url, headers={"Accept": "application/json"})
        key_set = response.json() if response.ok else None
    except requests.RequestException:
        return None
    keys = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(keys, list):
        return None
    return {"keys": [key for key in keys if isinstance(key, dict)]}
