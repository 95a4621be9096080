"""Practice service accounts with domain-wide delegation: signed claims in, a person out.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest, RFC 7523
"""

import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.practice.school import PracticePerson, PracticeSchool

AUDIENCE = "https://oauth2.googleapis.com/token"
"""Google's own name for its token endpoint, wherever it is played."""
LONGEST_S = 3600
LEEWAY_S = 300


class NotGranted(Exception):
    """Google gives no token; what it answers."""

    def __init__(self, code: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code = code
        self.status = status


@dataclass
class PracticeServiceAccount:
    """A service account and what the domain's administrator delegated to it."""

    email: str
    client_id: str
    keys: dict[str, rsa.RSAPublicKey]
    delegated: set[str]


class ServiceAccounts:
    """The service accounts of the practice domain."""

    def __init__(self, school: PracticeSchool) -> None:
        self.school = school
        self.by_email: dict[str, PracticeServiceAccount] = {}

    def add(self, delegated: Iterable[str] = ()) -> str:
        """A new one with these scopes delegated; returns its key file, as the console gives it."""
        name = f"pathways-{len(self.by_email) + 1}"
        email = f"{name}@practice.iam.gserviceaccount.com"
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key_id = secrets.token_hex(20)
        account = PracticeServiceAccount(
            email,
            client_id=str(10**20 + secrets.randbelow(10**20)),
            keys={key_id: private.public_key()},
            delegated=set(delegated),
        )
        self.by_email[email] = account
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "practice",
                "private_key_id": key_id,
                "private_key": pem.decode(),
                "client_email": email,
                "client_id": account.client_id,
                "token_uri": AUDIENCE,
            }
        )

    def look_at(self, assertion: str) -> tuple[PracticePerson, frozenset[str]]:
        """Whom the claims are about, and the scopes they are for. Raises `NotGranted`."""
        account, claims = self._verified(assertion)
        at = time.time()
        begins, ends = float(claims["iat"]), float(claims["exp"])
        if ends - begins > LONGEST_S or begins > at + LEEWAY_S or ends < at - LEEWAY_S:
            raise NotGranted(
                "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes)"
            )
        wanted = frozenset(str(claims.get("scope", "")).split())
        if not wanted or not wanted <= account.delegated:
            raise NotGranted(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client "
                "not authorized for any of the scopes requested.",
                401,
            )
        for person in self.school.people.values():
            if person.email == claims.get("sub"):
                return person, wanted
        raise NotGranted("invalid_grant", "Invalid email or User ID")

    def _verified(self, assertion: str) -> tuple[PracticeServiceAccount, dict[str, Any]]:
        try:
            unread = jwt.decode(assertion, options={"verify_signature": False})
            account = self.by_email[unread["iss"]]
            key = account.keys[jwt.get_unverified_header(assertion)["kid"]]
        except (jwt.PyJWTError, KeyError, TypeError) as error:
            raise NotGranted("invalid_grant", "Invalid grant: account not found") from error
        try:
            return account, jwt.decode(
                assertion,
                key,
                algorithms=["RS256"],
                audience=AUDIENCE,
                leeway=LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "iat", "exp", "scope"]},
            )
        except jwt.PyJWTError as error:
            raise NotGranted("invalid_grant", f"Invalid JWT: {type(error).__name__}") from error
