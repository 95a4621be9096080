"""What a login or launch must know of the platform, and the library's view of it."""

from dataclasses import dataclass
from typing import Any, Protocol

import requests
from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration
from pylti1p3.tool_config.abstract import ToolConfAbstract

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


class OnePlatform(ToolConfAbstract):  # type: ignore[type-arg]
    """The library's registry, holding just the platform that the login began with."""

    def __init__(self, platform: LtiPlatform) -> None:
        self._platform = platform

    def check_iss_has_one_client(self, iss: str) -> bool:
        """Never: issuer and client id always go together."""
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        """Always, see above."""
        return True

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Registration:
        """Not used, see `check_iss_has_one_client`."""
        raise NotImplementedError

    def find_registration_by_params(  # type: ignore[override]
        self, iss: str, client_id: str | None, *args: Any, **kwargs: Any
    ) -> Registration | None:
        """The platform, where issuer and client id (a login may leave it out) are its own."""
        if iss != self._platform.issuer or client_id not in {"", None, self._platform.client_id}:
            return None
        return (
            Registration()
            .set_issuer(self._platform.issuer)
            .set_client_id(self._platform.client_id)
            .set_auth_login_url(self._platform.auth_login_url)
            .set_auth_token_url(self._platform.token_url)
            .set_key_set_url(self._platform.jwks_url)
        )

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        """Deployments are looked up by the caller, who needs the district, too."""
        return None

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any
    ) -> Deployment | None:
        """As above."""
        return None


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
