"""A teacher's grant at Google: consent, code with PKCE, refresh, revocation.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google_auth_oauthlib.flow import Flow
from jwt import InvalidTokenError
from jwt import decode as decode_jwt

from integrations.classroom import scopes
from integrations.classroom.token_endpoint import OAuthClient as OAuthClient
from integrations.classroom.token_endpoint import ask_token
from integrations.classroom.token_endpoint import revoke as revoke
from integrations.lms import LmsRefused

MIRROR_SCOPES = (
    scopes.OPENID,
    scopes.COURSES,
    scopes.ROSTERS,
    scopes.EMAILS,
    scopes.TOPICS,
    scopes.MATERIALS,
    scopes.COURSEWORK,
)
"""What a course needs that is connected, mirrored and graded."""


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
    domain: str
    """The Workspace organization that the account belongs to (`hd`); empty for a private one."""
    refresh_token: str
    """Empty where only who it is was asked."""
    access_token: str
    expires_at: datetime
    scopes: tuple[str, ...]
    """What was really granted: a teacher may untick boxes."""


def authorization_url(
    client: OAuthClient,
    redirect_uri: str,
    wanted: tuple[str, ...],
    state: str,
    login_hint: str | None = None,
    *,
    lasting: bool = True,
) -> AuthorizationRequest:
    """The address of Google's consent page for these scopes; what was granted before comes along.

    Without `lasting` no refresh token is asked for: only who it is.
    """
    flow = _flow(client, redirect_uri, wanted)
    flow.autogenerate_code_verifier = True
    hint = {"login_hint": login_hint} if login_hint else {}
    url, _ = flow.authorization_url(
        state=state,
        access_type="offline" if lasting else "online",
        include_granted_scopes="true",
        prompt="consent" if lasting else "select_account",
        **hint,
    )
    return AuthorizationRequest(
        url.replace(_secure(client.auth_url), client.auth_url, 1), flow.code_verifier
    )


def exchange_code(
    client: OAuthClient, redirect_uri: str, code: str, code_verifier: str, *, lasting: bool = True
) -> Grant:
    """Exchange the code Google sent back; `lasting` as when it was asked for.

    Raises `LmsRefused('sign_in_again')` for a code that is used, too old or not ours.
    """
    body = ask_token(
        client,
        grant_type="authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=code_verifier,
    )
    if lasting and not body.get("refresh_token"):
        raise LmsRefused("sign_in_again", "no refresh token in the answer")
    claims = _claims(client, str(body.get("id_token", "")))
    return Grant(
        user_id=str(claims["sub"]),
        domain=str(claims.get("hd", "")).casefold(),
        refresh_token=str(body["refresh_token"]) if lasting else "",
        access_token=str(body["access_token"]),
        expires_at=_ends(body),
        scopes=tuple(str(body.get("scope", "")).split()),
    )


def _claims(client: OAuthClient, id_token: str) -> dict[str, Any]:
    """Whose account it is. The token came straight from Google over TLS, so its signature need
    not be checked again (OpenID Connect core, 3.1.3.7 step 6); its audience must be ours."""
    try:
        return decode_jwt(
            id_token,
            options={
                "verify_signature": False,
                "verify_aud": True,
                "verify_exp": True,
                "require": ["sub"],
            },
            audience=client.client_id,
        )
    except InvalidTokenError as error:
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


def _flow(client: OAuthClient, redirect_uri: str, wanted: tuple[str, ...]) -> Flow:
    return Flow.from_client_config(
        {
            "web": {
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "auth_uri": _secure(client.auth_url),
                "token_uri": client.token_url,
            }
        },
        scopes=list(wanted),
        redirect_uri=redirect_uri,
    )


def _secure(url: str) -> str:
    """The address with https: the library writes no other, though a practice Google on loopback
    has only http. It is put back in the address that the teacher opens."""
    return url.replace("http://", "https://", 1)
