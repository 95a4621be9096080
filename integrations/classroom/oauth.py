"""A teacher's grant at Google: consent, code with PKCE, refresh, revocation.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import google.auth.transport.requests
import requests
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from jwt import InvalidTokenError
from jwt import decode as decode_jwt

from integrations.lms import LmsRefused, LmsUnavailable

TIMEOUT_S = 20.0
_ROOT = "https://www.googleapis.com/auth/classroom."

SCOPES: dict[str, str] = {
    "openid": "to know which Google account this is",
    f"{_ROOT}courses.readonly": "to list your courses",
    f"{_ROOT}rosters.readonly": "to match the course's students with your class",
    f"{_ROOT}profile.emails": "to propose who is who; addresses are not kept",
    f"{_ROOT}topics.readonly": "to turn topics into units",
    f"{_ROOT}courseworkmaterials.readonly": "to turn materials into activities",
    f"{_ROOT}coursework.students": "to read coursework and grades, and to send grades back",
}
"""What we ask for, with the reason; the order is the one Google shows."""

MIRROR_SCOPES = tuple(SCOPES)


@dataclass(frozen=True)
class OAuthClient:
    """Our registration at Google, and Google's addresses."""

    client_id: str
    client_secret: str
    auth_url: str
    token_url: str
    revoke_url: str


@dataclass(frozen=True)
class AuthorizationRequest:
    """Where to send a teacher, and what to remember until they are back."""

    url: str
    code_verifier: str


@dataclass(frozen=True)
class Grant:
    """What a teacher allowed."""

    user_id: str
    """Google's id of the account (`sub`)."""
    refresh_token: str
    access_token: str
    expires_at: datetime
    scopes: tuple[str, ...]
    """What was really granted: a teacher may untick boxes."""


def authorization_url(
    client: OAuthClient,
    redirect_uri: str,
    scopes: tuple[str, ...],
    state: str,
    login_hint: str | None = None,
) -> AuthorizationRequest:
    """The address of Google's consent page for these scopes."""
    flow = _flow(client, redirect_uri, scopes)
    flow.autogenerate_code_verifier = True
    hint = {"login_hint": login_hint} if login_hint else {}
    url, _ = flow.authorization_url(
        state=state, access_type="offline", include_granted_scopes="true", prompt="consent", **hint
    )
    return AuthorizationRequest(
        url.replace(_secure(client.auth_url), client.auth_url, 1), flow.code_verifier
    )


def exchange_code(client: OAuthClient, redirect_uri: str, code: str, code_verifier: str) -> Grant:
    """Exchange the code Google sent back.

    A plain request instead of the flow's own `fetch_token`: that one refuses http (also on
    loopback) and raises where a teacher granted fewer scopes than asked, unless switches of the
    whole process's environment are set.

    Raises `LmsRefused('sign_in_again')` for a code that is used, too old or not ours, and
    `LmsUnavailable` where Google does not answer.
    """
    try:
        answer = requests.post(
            client.token_url,
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": code_verifier,
                "client_id": client.client_id,
                "client_secret": client.client_secret,
            },
            timeout=TIMEOUT_S,
        )
    except requests.RequestException as error:
        raise LmsUnavailable("lost_connection", type(error).__name__) from error
    if answer.status_code >= 500:
        raise LmsUnavailable("server_error", str(answer.status_code))
    body = answer.json() if answer.ok else {}
    if "refresh_token" not in body:
        raise LmsRefused("sign_in_again", "no refresh token in the answer")
    return Grant(
        user_id=_subject(client, body.get("id_token", "")),
        refresh_token=body["refresh_token"],
        access_token=body["access_token"],
        expires_at=datetime.fromtimestamp(
            datetime.now(UTC).timestamp() + float(body.get("expires_in", 3600)), UTC
        ),
        scopes=tuple(body.get("scope", "").split()),
    )


def _subject(client: OAuthClient, id_token: str) -> str:
    """Whose account it is. The token came straight from Google over TLS, so its signature need
    not be checked again (OpenID Connect core, 3.1.3.7 step 6); its audience must be ours."""
    try:
        claims = decode_jwt(
            id_token,
            options={"verify_signature": False, "verify_aud": True, "verify_exp": True},
            audience=client.client_id,
        )
        return str(claims["sub"])
    except (InvalidTokenError, KeyError) as error:
        raise LmsRefused("sign_in_again", "the id token is not for us") from error


def revoke(client: OAuthClient, refresh_token: str) -> None:
    """End a grant at Google; one that is over already is fine."""
    try:
        requests.post(client.revoke_url, data={"token": refresh_token}, timeout=TIMEOUT_S)
    except requests.RequestException as error:
        raise LmsUnavailable("lost_connection", type(error).__name__) from error


def refresh(client: OAuthClient, refresh_token: str) -> tuple[str, datetime]:
    """A fresh access token and when it ends.

    Raises `LmsRefused('sign_in_again')` where the grant is over: revoked, six months unused, or
    ended by the district's policy.
    """
    credentials = Credentials(
        token=None,
        refresh_token=refresh_token,
        token_uri=client.token_url,
        client_id=client.client_id,
        client_secret=client.client_secret,
    )
    try:
        credentials.refresh(google.auth.transport.requests.Request())
    except RefreshError as error:
        if getattr(error, "retryable", False):
            raise LmsUnavailable("server_error", "token") from error
        raise LmsRefused("sign_in_again") from error
    except TransportError as error:
        raise LmsUnavailable("lost_connection", "token") from error
    ends = credentials.expiry or datetime.now(UTC)
    return str(credentials.token), ends.replace(tzinfo=UTC)  # the library's is naive, in UTC


def _flow(client: OAuthClient, redirect_uri: str, scopes: tuple[str, ...]) -> Flow:
    return Flow.from_client_config(
        {
            "web": {
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "auth_uri": _secure(client.auth_url),
                "token_uri": client.token_url,
            }
        },
        scopes=list(scopes),
        redirect_uri=redirect_uri,
    )


def _secure(url: str) -> str:
    """The address with https: the library writes no other, though a practice Google on loopback
    has only http. It is put back in the address that the teacher opens."""
    return url.replace("http://", "https://", 1)
