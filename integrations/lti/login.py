"""The first half of a launch: third-party initiated login (OIDC), over pylti1p3's."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pylti1p3.cookie import CookieService
from pylti1p3.exception import OIDCException
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.request import Request
from pylti1p3.session import SessionService

from integrations.lti.claims import LaunchRefused
from integrations.lti.platform import LtiPlatform, OnePlatform


@dataclass(frozen=True)
class StartedLogin:
    """A login on its way: what to remember, and where to send the browser."""

    state: str
    nonce: str
    redirect_url: str


class Parameters(Request):
    """The parameters of one request, whatever the web framework."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @property
    def session(self) -> Any:
        """None is kept: a login is remembered in the caller's database."""
        return {}

    def is_secure(self) -> bool:
        """Cookies are the caller's; the library never sets one here."""
        return True

    def get_param(self, key: str) -> str:
        """A parameter, empty where it is missing."""
        return self._values.get(key, "")


class _Noted(SessionService):
    nonce = ""

    def save_nonce(self, nonce: str) -> None:
        self.nonce = nonce


class _NotedCookies(CookieService):
    """Notes the state that the library would set as a cookie; the caller sets its own."""

    state = ""

    def get_cookie(self, name: str) -> str | None:
        """Never asked for: the caller compares states."""
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        """Note the state."""
        self.state = str(value)


class _Login(OIDCLogin):  # type: ignore[type-arg]
    # The library's nonce holds a uuid1: the machine's address and clock, and few random bits.

    def _get_uuid(self) -> str:
        return secrets.token_urlsafe(32)

    def _generate_nonce(self) -> str:
        return secrets.token_urlsafe(32)

    def get_redirect(self, url: str) -> Redirect[str]:
        """Not used: the caller redirects with its own framework."""
        raise NotImplementedError


def start_login(
    parameters: Mapping[str, str], platform: LtiPlatform, launch_url: str
) -> StartedLogin:
    """Begin a login with `platform`; it will post the launch to `launch_url`.

    Raises `LaunchRefused('incomplete')` where the platform left out what it must send.
    """
    request = Parameters(parameters)
    noted, cookies = _Noted(request), _NotedCookies()
    login = _Login(request, OnePlatform(platform), session_service=noted, cookie_service=cookies)
    try:
        redirect_url = login._prepare_redirect_url(launch_url)
    except OIDCException as error:
        raise LaunchRefused("incomplete") from error
    return StartedLogin(cookies.state, noted.nonce, redirect_url)
