"""The second half of a launch: pylti1p3's message checks, made strict.

Left open by pylti1p3next 2.0.2 and closed here: the algorithm is whatever the platform's key
says, `aud` as a list takes its first entry and is never verified, `iss`, `exp` and `iat` are
optional, `azp` is not read, keys are fetched at every launch, the whole token is stored, and the
nonce is looked at but never used up (the caller does that, in the launch's own transaction).
"""

import json
import time
from base64 import urlsafe_b64decode
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.session import SessionService

from integrations.lti.claims import (
    LTI,
    LaunchClaims,
    LaunchRefused,
    MessageType,
    message_type_of,
    read_claims,
)
from integrations.lti.login import NotedCookies, Parameters
from integrations.lti.platform import KeySet, KeySource, LtiPlatform, OnePlatform

ALGORITHM = "RS256"
VERSION = "1.3.0"
LEEWAY_S = 60
MAX_AGE_S = 3600
"""A token issued longer ago than this is refused, whatever its `exp` says."""

UNUSABLE = (jwt.PyJWTError, JWException, LtiException, ValueError, TypeError, OverflowError)
"""A platform's key, and the numbers in a token, may be anything at all."""


class StrictLaunch(MessageLaunch):  # type: ignore[type-arg]
    """One launch message, checked against the platform that the login began with."""

    def __init__(self, id_token: str, platform: LtiPlatform, keys: KeySource) -> None:
        request = Parameters({"id_token": id_token})
        super().__init__(
            request,
            OnePlatform(platform),
            session_service=SessionService(request),
            cookie_service=NotedCookies(),
        )
        self._id_token = id_token
        self._platform = platform
        self._keys = keys
        self.set_auto_validation(False)

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))

    def verified(self, nonce: str, tool_url: str) -> LaunchClaims:
        """The claims, once everything about them is proven; raises `LaunchRefused` otherwise.

        Takes the nonce of the login this launch answers and our own public address. Using up the
        nonce and finding the deployment are left to the caller.
        """
        body = self.proven()
        if body.get("nonce") != nonce:
            raise LaunchRefused("replayed")
        self._check_message(body, tool_url)
        return read_claims(body)

    def proven(self) -> dict[str, Any]:
        """What the token says, once it is the platform's, for us, and of this hour; raises
        `LaunchRefused` otherwise. Holds for whatever a platform signs, notices too."""
        try:
            self.validate_jwt_format()
        except LtiException as error:
            raise LaunchRefused("bad_token") from error
        if not all(isinstance(self._jwt.get(part), dict) for part in ("header", "body")):
            raise LaunchRefused("bad_token")
        self._check_audience(self._jwt["body"])  # before any key is fetched on its behalf
        body = self._decoded()
        self._check_times(body)
        return body

    def _check_audience(self, body: Any) -> None:
        """OIDC Core §3.1.3.7, 2-5: issuer, audience and authorized party."""
        audience = body.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        ours = self._platform.client_id
        if body.get("iss") != self._platform.issuer or ours not in audiences:
            raise LaunchRefused("wrong_audience")
        azp = body.get("azp")
        if (len(audiences) > 1 and azp is None) or azp not in {None, ours}:
            raise LaunchRefused("wrong_audience")

    def get_client_id(self) -> str:
        """Ours, which `_check_audience` found in `aud`; the library takes the first entry."""
        return self._platform.client_id

    def _decoded(self) -> dict[str, Any]:
        header = self._jwt["header"]
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            raise LaunchRefused("bad_token")
        try:
            self.validate_registration()
            public_key = _key_of(self._keys.key_set(header["kid"]), header["kid"])
            body: dict[str, Any] = jwt.decode(
                self._id_token,
                public_key,
                algorithms=[ALGORITHM],
                audience=self._platform.client_id,
                issuer=self._platform.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "iss", "aud", "nonce"]},
            )
        except jwt.MissingRequiredClaimError as error:
            raise LaunchRefused("incomplete") from error
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
            raise LaunchRefused("expired") from error
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
            raise LaunchRefused("wrong_audience") from error
        except UNUSABLE as error:
            raise LaunchRefused("bad_token") from error
        return body

    def _check_times(self, body: dict[str, Any]) -> None:
        issued_at = body["iat"]
        if not isinstance(issued_at, int | float) or issued_at < time.time() - MAX_AGE_S - LEEWAY_S:
            raise LaunchRefused("expired")

    def _check_message(self, body: dict[str, Any], tool_url: str) -> None:
        message_type = message_type_of(body)
        if not isinstance(body.get(LTI + "roles"), list):
            raise LaunchRefused("no_roles")
        if not body.get("sub"):
            raise LaunchRefused("no_person")
        is_link = message_type == MessageType.RESOURCE_LINK
        if is_link and not isinstance(body.get(LTI + "resource_link"), dict):
            raise LaunchRefused("incomplete")
        if not is_below(body.get(LTI + "target_link_uri"), tool_url):
            raise LaunchRefused("wrong_address")
        if message_type == MessageType.DATA_PRIVACY:
            # The library wants it to name a person, and no course; neither changes who may enter.
            if body.get(LTI + "version") != VERSION:
                raise LaunchRefused("incomplete")
            return
        self._jwt["body"] = body  # type: ignore[typeddict-item]
        try:
            self.validate_message()
        except (LtiException, AttributeError, KeyError, TypeError) as error:
            # The library's checks take objects for granted where a claim may be anything.
            raise LaunchRefused("incomplete") from error


def unproven(token: str) -> dict[str, Any]:
    """What a token says of itself, proven by nothing: good for finding whose keys to try."""
    try:
        body = token.split(".")[1]
        said = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


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
    """A key ready to verify with; parsing it costs as much as verifying, so it is done once."""
    key = load_pem_public_key(JWK.from_json(jwk).export_to_pem())
    if not isinstance(key, RSAPublicKey):
        raise LaunchRefused("bad_token")
    return key


def is_below(url: Any, tool_url: str) -> bool:
    """True where `url` is an address of the tool at `tool_url`."""
    if not isinstance(url, str):
        return False
    try:
        theirs, ours = urlsplit(url), urlsplit(tool_url)
        same_origin = (theirs.scheme, theirs.hostname, theirs.port) == (
            ours.scheme,
            ours.hostname,
            ours.port,
        )
    except ValueError:
        return False
    base = ours.path.rstrip("/")
    inside = theirs.path == base or theirs.path.startswith(base + "/")
    return same_origin and inside and "@" not in theirs.netloc
