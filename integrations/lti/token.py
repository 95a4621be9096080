"""A platform's signed token (JWS, RFC 7515): taken apart once, then proven.

The signature is checked with `cryptography` itself: only one algorithm is allowed, so there is
nothing to choose, and PyJWT walks through each character of a token in Python, which costs several
times the check. What PyJWT and pylti1p3next 2.0.2 see to, or leave open, is seen to here: the
algorithm is RS256 whatever the platform's key says, `iss`, `aud`, `exp`, `iat` and `nonce` must be
there, `aud` may be a list but must name us, `azp` is read, and keys are not fetched each time.
"""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK

from integrations.lti.claims import LaunchRefused
from integrations.lti.platform import KeySet, KeySource, LtiPlatform

ALGORITHM = "RS256"
LEEWAY_S = 60
MAX_AGE_S = 3600
"""A token issued longer ago than this is refused, whatever its `exp` says."""


@dataclass(frozen=True)
class Token:
    """A token as it came: what it says is proven by nothing yet, good for finding whose it is."""

    header: dict[str, Any]
    body: dict[str, Any]
    signed: bytes
    """What the signature is of."""
    signature: bytes


def read_token(written: str) -> Token | None:
    """A token taken apart; None for what is none."""
    try:
        signed, _, signature = written.encode("ascii").rpartition(b".")
        header, body = (json.loads(_decoded(part)) for part in signed.split(b"."))
        whole = Token(header, body, signed, _decoded(signature))
    except (ValueError, RecursionError):
        return None
    return whole if isinstance(header, dict) and isinstance(body, dict) else None


def _decoded(part: bytes) -> bytes:
    """Base64url (RFC 7515 §2). Raises `ValueError` for all that is not written just so: Python
    itself passes over letters that do not belong there."""
    bare = part.rstrip(b"=")
    whole = urlsafe_b64decode(bare + b"=" * (-len(bare) % 4))
    if urlsafe_b64encode(whole).rstrip(b"=") != bare:
        raise ValueError("not base64url")
    return whole


def proven(token: Token | None, platform: LtiPlatform, keys: KeySource) -> dict[str, Any]:
    """What the token says, once it is the platform's, for us, and of this hour; raises
    `LaunchRefused` otherwise. Holds for whatever a platform signs, notices too."""
    if token is None:
        raise LaunchRefused("bad_token")
    _check_audience(token.body, platform)  # before any key is fetched on its behalf
    _check_signature(token, keys)
    _check_claims(token.body)
    return token.body


def _check_audience(body: dict[str, Any], platform: LtiPlatform) -> None:
    """OIDC Core §3.1.3.7, 2-5: issuer, audience and authorized party."""
    audience = body.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    ours = platform.client_id
    if body.get("iss") != platform.issuer or ours not in audiences:
        raise LaunchRefused("wrong_audience")
    azp = body.get("azp")
    if (len(audiences) > 1 and azp is None) or azp not in (None, ours):
        raise LaunchRefused("wrong_audience")
    if not all(isinstance(one, str) for one in audiences):
        raise LaunchRefused("wrong_audience")


def _check_signature(token: Token, keys: KeySource) -> None:
    header = token.header
    kid = header.get("kid")
    # `crit` and `b64` would change what the rest means (RFC 7515 §4.1.11, RFC 7797).
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or {"crit", "b64"} & set(header):
        raise LaunchRefused("bad_token")
    key = _key_of(keys.key_set(kid), kid)
    try:
        key.verify(token.signature, token.signed, PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise LaunchRefused("bad_token") from error


def _check_claims(body: dict[str, Any]) -> None:
    """Times (RFC 7519 §4.1.4-6), and that the nonce is there."""
    if any(body.get(name) is None for name in ("exp", "iat", "nonce")):
        raise LaunchRefused("incomplete")
    at = time.time()
    issued_at = _seconds(body["iat"])
    if issued_at > at + LEEWAY_S or _seconds(body.get("nbf", 0)) > at + LEEWAY_S:
        raise LaunchRefused("expired")
    if _seconds(body["exp"]) <= at - LEEWAY_S or issued_at < at - MAX_AGE_S - LEEWAY_S:
        raise LaunchRefused("expired")
    if not isinstance(body["iat"], int | float):
        raise LaunchRefused("expired")
    if not all(isinstance(body.get(name, ""), str) for name in ("sub", "jti")):
        raise LaunchRefused("bad_token")


def _seconds(value: Any) -> int:
    """Since 1970; a number in a token may be anything at all."""
    try:
        return int(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise LaunchRefused("bad_token") from error


def _key_of(key_set: KeySet, kid: str) -> RSAPublicKey:
    """The platform's key of that name; a key made for another algorithm is none."""
    named = [key for key in key_set["keys"] if key.get("kid") == kid]
    if not named:
        raise LaunchRefused("unknown_key")
    key = next((key for key in named if key.get("alg", ALGORITHM) == ALGORITHM), None)
    if key is None:
        raise LaunchRefused("bad_token")
    return _public_key(json.dumps(key, sort_keys=True))


@lru_cache(maxsize=1024)
def _public_key(jwk: str) -> RSAPublicKey:
    """A key ready to verify with; parsing it costs as much as verifying, so it is done once.

    A platform's key may be anything at all.
    """
    try:
        key = load_pem_public_key(JWK.from_json(jwk).export_to_pem())
    except (JWException, UnsupportedAlgorithm, ValueError, TypeError, OverflowError) as error:
        raise LaunchRefused("bad_token") from error
    if not isinstance(key, RSAPublicKey):
        raise LaunchRefused("bad_token")
    return key
