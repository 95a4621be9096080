"""Practice Google sign-in: consent, code with PKCE, refresh, revocation (RFC 6749, 7636, 7009),
who signed in (OpenID Connect core), and service accounts (`google_delegation.py`)."""

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from integrations.practice.google_delegation import NotGranted, ServiceAccounts
from integrations.practice.keys import KeyRing
from integrations.practice.mischief import Mischief
from integrations.practice.school import DOMAIN, PracticePerson, PracticeSchool

ISSUER = "https://accounts.google.com"
"""Id tokens are from Google, wherever it is played."""
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
"""RFC 7523, 8.1."""


@dataclass(frozen=True)
class Grant:
    """What a person allowed."""

    person: PracticePerson
    scopes: frozenset[str]
    nonce: str = ""
    """What the browser's sign-in carried, for its id token."""
    is_lasting: bool = True
    """Whether a refresh token was asked for (`access_type=offline`), and consented to."""
    is_delegated: bool = False
    """A service account acts for the person, who themself allowed nothing."""


class PracticeGoogle:
    """Codes, tokens and grants."""

    def __init__(
        self,
        school: PracticeSchool,
        *,
        client_id: str,
        client_secret: str,
        token_seconds: int = 3600,
    ) -> None:
        self.school = school
        self.client_id = client_id
        self.client_secret = client_secret
        self.token_seconds = token_seconds
        self.otherwise: dict[str, Any] = {}
        """Claims that id tokens carry instead of the true ones; None: left out."""
        self.forger: KeyRing | None = None
        """A stranger's keys that sign id tokens in place of its own."""
        self.severs_openers = False
        """Its pages cut a window off from who opened it (Cross-Origin-Opener-Policy)."""
        self.granted: dict[str, frozenset[str]] = {}
        """What people allowed us so far, by their id."""
        self.service_accounts = ServiceAccounts(school)
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[Grant, str, str]] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, tuple[float, Grant]] = {}

    @cached_property
    def keys(self) -> KeyRing:
        """Signs id tokens; made when the first is asked for: an RSA key takes a while."""
        return KeyRing()

    def code_for(self, grant: Grant, redirect_uri: str, challenge: str) -> str:
        """A one-time code for a grant."""
        code = secrets.token_urlsafe(16)
        with self._lock:
            self._codes[code] = (grant, redirect_uri, challenge)
        return code

    def use_code(self, code: str, redirect_uri: str, verifier: str) -> Grant | None:
        """The grant behind a code; None where it is unknown, used, or not the asker's."""
        with self._lock:
            grant, wanted, challenge = self._codes.pop(code, (None, "", ""))
        digest = hashlib.sha256(verifier.encode()).digest()
        mine = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return grant if grant and wanted == redirect_uri and challenge == mine else None

    def keep(self, grant: Grant) -> str:
        """A refresh token for a grant."""
        token = "1//" + secrets.token_urlsafe(24)
        with self._lock:
            self._refresh[token] = grant
        return token

    def refresh(self, token: str) -> Grant | None:
        """The grant behind a refresh token; None once it is revoked."""
        with self._lock:
            return self._refresh.get(token)

    def granted_by(self, person: PracticePerson) -> frozenset[str]:
        """All that a person has granted and not revoked (`include_granted_scopes`)."""
        with self._lock:
            theirs = [grant.scopes for grant in self._refresh.values() if grant.person == person]
            return self.granted.get(person.id, frozenset()).union(*theirs)

    def access(self, grant: Grant) -> str:
        """A fresh access token for a grant."""
        token = "ya29." + secrets.token_urlsafe(24)
        with self._lock:
            self._access[token] = (time.time() + self.token_seconds, grant)
        return token

    def grant_of(self, access_token: str) -> Grant | None:
        """The grant behind an access token that has not expired."""
        with self._lock:
            expires, grant = self._access.get(access_token, (0.0, None))
        return grant if expires > time.time() else None

    def revoke(self, token: str | None = None) -> bool:
        """End all that a refresh or access token's person granted, or (None) all of everybody.

        As at Google, an older token ends what was granted on top of it, too. False where there
        is none.
        """
        with self._lock:
            grants = {**{t: g for t, (_, g) in self._access.items()}, **self._refresh}
            gone = {grant.person for t, grant in grants.items() if token in (None, t)}
            for person in gone:
                self.granted.pop(person.id, None)
            self._refresh = {t: g for t, g in self._refresh.items() if g.person not in gone}
            self._access = {t: (e, g) for t, (e, g) in self._access.items() if g.person not in gone}
            return bool(gone)

    def expire_tokens(self) -> None:
        """All access tokens given so far end now; refresh tokens go on."""
        with self._lock:
            self._access.clear()

    def id_token(self, grant: Grant) -> str:
        """Who signed in (OpenID Connect core, 2); as much of it as the scopes allow."""
        at, person = int(time.time()), grant.person
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": self.client_id,
            "sub": person.google_id,
            "hd": DOMAIN,
            "iat": at,
            "exp": at + 3600,
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        if "email" in grant.scopes:
            claims |= {"email": person.email, "email_verified": True}
        if "profile" in grant.scopes:
            claims |= {"name": person.name, "locale": "en"}
        claims |= self.otherwise
        said = {name: value for name, value in claims.items() if value is not None}
        forged = self.forger.private_key if self.forger else None
        return self.keys.sign(said, key=forged)


def make_blueprint(google: PracticeGoogle, mischief: Mischief) -> Blueprint:
    """The addresses of the sign-in."""
    blueprint = Blueprint("google_oauth", __name__, template_folder="templates")

    @blueprint.after_request
    def sever(response: Response) -> Response:
        if google.severs_openers:
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response

    @blueprint.get("/o/oauth2/v2/auth")
    def consent() -> ResponseReturnValue:
        asked = request.args
        if asked.get("client_id") != google.client_id or asked.get("response_type") != "code":
            abort(400, "client_id or response_type is not known")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            abort(400, "PKCE with S256 is required")
        hint, scopes = asked.get("login_hint", ""), asked.get("scope", "").split()
        school = google.school
        known = next((p for p in school.people.values() if hint in (p.google_id, p.email)), None)
        # Whom Google knows, and who allowed all of it before, is asked only where that is wanted.
        if known and not asked.get("prompt") and google.granted_by(known) >= set(scopes):
            return _allowed(known, frozenset(scopes))
        if asked.get("prompt") == "none":
            return _sent_back(error="login_required")
        roles = ("teacher", "administrator", "student")
        return render_template(
            "practice/consent.html",
            scopes=scopes,
            people=[(role, school.of_role(role)) for role in roles],
            hint=hint,
        )

    def _sent_back(**answer: str) -> ResponseReturnValue:
        answer["state"] = request.args.get("state", "")
        return redirect(f"{request.args.get('redirect_uri', '')}?{urlencode(answer)}")

    def _allowed(person: PracticePerson, scopes: frozenset[str]) -> ResponseReturnValue:
        asked = request.args
        before = google.granted_by(person)
        first = not before
        google.granted[person.id] = before | scopes
        if asked.get("include_granted_scopes") == "true":
            scopes |= before
        # Google gives a refresh token with a consent only: the first, or one that is asked for.
        consented = first or asked.get("prompt") == "consent"
        lasting = asked.get("access_type") == "offline" and consented
        grant = Grant(person, scopes, asked.get("nonce", ""), lasting)
        back = asked.get("redirect_uri", "")
        code = google.code_for(grant, back, asked.get("code_challenge", ""))
        return _sent_back(code=code, scope=" ".join(sorted(scopes)))

    @blueprint.post("/o/oauth2/v2/auth")
    def decide() -> ResponseReturnValue:
        person = google.school.people.get(request.form.get("person", ""))
        if request.form.get("decision") != "allow" or person is None:
            return _sent_back(error="access_denied")
        asked = set(request.args.get("scope", "").split())
        # Who it is can't be unticked; what was not asked for can't be ticked.
        return _allowed(person, frozenset(asked & {*request.form.getlist("scope"), "openid"}))

    @blueprint.post("/token")
    @mischief.on("google.token")
    def token() -> ResponseReturnValue:
        form = request.form
        if form.get("grant_type") == JWT_BEARER:
            return by_service_account(form.get("assertion", ""))
        if (form.get("client_id"), form.get("client_secret")) != (
            google.client_id,
            google.client_secret,
        ):
            return jsonify(error="invalid_client"), 401
        if form.get("grant_type") == "authorization_code":
            grant = google.use_code(
                form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", "")
            )
            lasting = grant is not None and grant.is_lasting
            extra = {"refresh_token": google.keep(grant)} if grant and lasting else {}
        elif form.get("grant_type") == "refresh_token":
            grant, extra = google.refresh(form.get("refresh_token", "")), {}
        else:
            return jsonify(error="unsupported_grant_type"), 400
        if grant is None:
            return jsonify(error="invalid_grant", error_description="Bad Request"), 400
        return jsonify(
            access_token=google.access(grant),
            expires_in=google.token_seconds,
            token_type="Bearer",  # noqa: S106
            scope=" ".join(sorted(grant.scopes)),
            **({"id_token": google.id_token(grant)} if "openid" in grant.scopes else {}),
            **extra,
        )

    def by_service_account(assertion: str) -> ResponseReturnValue:
        try:
            person, scopes = google.service_accounts.look_at(assertion)
        except NotGranted as error:
            return jsonify(error=error.code, error_description=str(error)), error.status
        token = google.access(Grant(person, scopes, is_delegated=True))
        return jsonify(
            access_token=token,
            expires_in=google.token_seconds,
            token_type="Bearer",  # noqa: S106
        )

    @blueprint.get("/oauth2/v3/certs")
    @mischief.on("google.certs")
    def certs() -> ResponseReturnValue:
        return jsonify(google.keys.key_set())

    @blueprint.post("/revoke")
    @mischief.on("google.revoke")
    def revoke() -> ResponseReturnValue:
        if not google.revoke(request.form.get("token", "")):
            return jsonify(error="invalid_token"), 400
        return "", 200

    return blueprint
