"""A teacher's grant at Google: consent, code with PKCE, refresh, revocation.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google_auth_oauthlib.flow import Flow
from jwt import InvalidTokenError
from jwt import decode as decode_jwt

from integrations.classroom.token_endpoint import OAuthClient as OAuthClient
from integrations.classroom.token_endpoint import ask_token
from integrations.classroom.token_endpoint import revoke as revoke
from integrations.lms import LmsRefused

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

REMINDER_SCOPES: dict[str, str] = {
    f"{_ROOT}announcements": "to say in the course when sessions are",
    "https://www.googleapis.com/auth/calendar.events.owned": "to put sessions on your calendar",
}
"""What a teacher may allow on top, one step later."""


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

    Raises `LmsRefused('sign_in_again')` for a code that is used, too old or not ours.
    """
    body = ask_token(
        client,
        grant_type="authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=code_verifier,
    )
    if not body.get("refresh_token"):
        raise LmsRefused("sign_in_again", "no refresh token in the answer")
    return Grant(
        user_id=_subject(client, str(body.get("id_token", ""))),
        refresh_token=str(body["refresh_token"]),
        access_token=str(body["access_token"]),
        expires_at=_ends(body),
        scopes=tuple(str(body.get("scope", "")).split()),
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


def refresh(client: OAuthClient, refresh_token: str) -> tuple[str, datetime]:
    """A fresh access token and when it ends.

    Raises `LmsRefused('sign_in_again')` where the grant is over: revoked, six months unused, or
    ended by the district's policy.
    """
    body = ask_token(client, grant_type="refresh_token", refresh_token=refresh_token)
    return str(body["access_token"]), _ends(body)


def _ends(body: dict[str, Any]) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(body["expires_in"]))


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
