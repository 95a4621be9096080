"""Signing in with Google: who somebody is, and what they allow with it (OpenID Connect core 1.0).

https://developers.google.com/identity/openid-connect/openid-connect
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt

from integrations.classroom.google_keys import TIMEOUT_S, Keys, read_keys
from integrations.classroom.token_endpoint import OAuthClient, ask_token
from integrations.lms import LmsRefused

ISSUERS = ["https://accounts.google.com", "accounts.google.com"]
"""Google writes itself both ways."""
SCOPE = "openid email profile"
LEEWAY_S = 30
"""How far Google's clock and ours may be apart."""
ALGORITHM = "RS256"


@dataclass(frozen=True)
class Begun:
    """Where to send somebody, and what their browser remembers until they are back."""

    url: str
    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True)
class GoogleUser:
    """Who signed in, as Google vouches for it."""

    user_id: str
    """`sub`: never another's, and never changed, as an address may be."""
    email: str
    email_verified: bool
    domain: str
    """`hd`: the Workspace organization that the account belongs to; empty for a private one."""
    name: str
    locale: str | None


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, and what we may do on their behalf."""

    user: GoogleUser
    access_token: str
    expires_at: datetime
    scopes: frozenset[str]
    """What was really granted: boxes may be unticked."""
    refresh_token: str | None
    """None unless asked for `offline`, and then only with a consent."""


def begin(
    client: OAuthClient,
    redirect_uri: str,
    login_hint: str = "",
    *,
    scope: str = SCOPE,
    prompt: str = "select_account",
    offline: bool = False,
) -> Begun:
    """Set out to Google, with a fresh state, nonce and code verifier (RFC 7636, S256).

    `prompt` empty: Google asks nothing that it knows already. `offline` asks for a refresh token,
    together with all that was granted before.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "hd": "*",  # offers Workspace accounts only; the answer's `hd` is what counts
    }
    if prompt:
        asked["prompt"] = prompt
    if login_hint:
        asked["login_hint"] = login_hint
    if offline:
        asked |= {"access_type": "offline", "include_granted_scopes": "true"}
    return Begun(f"{client.auth_url}?{urlencode(asked)}", state, nonce, verifier)


def finish(
    client: OAuthClient,
    certs_url: str,
    redirect_uri: str,
    *,
    code: str,
    code_verifier: str,
    nonce: str,
) -> SignedIn:
    """Exchange the code and verify who signed in.

    Raises what `ask_token` does, and `LmsRefused('bad_token')` for an id token that Google did not
    sign, for us, now, and for this very sign-in.
    """
    body = ask_token(
        client,
        timeout_s=TIMEOUT_S,
        grant_type="authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=code_verifier,
    )
    claims = _verified(client, str(body.get("id_token", "")), read_keys(certs_url, TIMEOUT_S))
    # OpenID Connect core, 3.1.3.7 step 11: the nonce is the one we sent.
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise LmsRefused("bad_token", "nonce")
    refresh_token = body.get("refresh_token")
    return SignedIn(
        user=_user(claims),
        access_token=str(body["access_token"]),
        expires_at=datetime.now(UTC) + timedelta(seconds=float(body["expires_in"])),
        scopes=frozenset(str(body.get("scope", "")).split()),
        refresh_token=str(refresh_token) if refresh_token else None,
    )


def _user(claims: dict[str, Any]) -> GoogleUser:
    locale = claims.get("locale")
    return GoogleUser(
        user_id=str(claims["sub"]),
        email=str(claims.get("email", "")),
        email_verified=claims.get("email_verified") is True,
        domain=str(claims.get("hd", "")).casefold(),
        name=str(claims.get("name", "")),
        locale=locale if isinstance(locale, str) and len(locale) <= 16 else None,
    )


def _verified(client: OAuthClient, id_token: str, keys: Keys) -> dict[str, Any]:
    try:
        key = keys[str(jwt.get_unverified_header(id_token).get("kid"))]
        return jwt.decode(
            id_token,
            key,
            algorithms=[ALGORITHM],
            audience=client.client_id,
            issuer=ISSUERS,
            leeway=LEEWAY_S,
            options={"require": ["iss", "aud", "sub", "exp", "iat"]},
        )
    except (jwt.PyJWTError, KeyError) as error:
        raise LmsRefused("bad_token", type(error).__name__) from error
