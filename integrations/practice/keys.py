"""The practice platform's signing keys, which rotate like a real one's."""

import json
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


class KeyRing:
    """RSA keys: the newest signs, the published ones are in the key set."""

    def __init__(self) -> None:
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self.rotate()

    @property
    def kid(self) -> str:
        """Id of the key that signs."""
        return next(reversed(self._keys))

    @property
    def private_key(self) -> rsa.RSAPrivateKey:
        """The key that signs."""
        return self._keys[self.kid]

    def rotate(self, *, keep_old: bool = True) -> str:
        """Sign with a new key from now on; `keep_old=False` also withdraws the old ones."""
        if not keep_old:
            self._keys.clear()
        kid = uuid.uuid4().hex[:12]
        self._keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return kid

    def key_set(self) -> dict[str, Any]:
        """The published keys (RFC 7517)."""
        keys = []
        for kid, key in self._keys.items():
            public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
            keys.append({**public, "kid": kid, "alg": "RS256", "use": "sig"})
        return {"keys": keys}

    def sign(
        self,
        claims: dict[str, Any],
        headers: dict[str, Any] | None = None,
        *,
        key: Any = None,
        algorithm: str = "RS256",
    ) -> str:
        """Sign claims with the newest key, or forge: another `key`, `algorithm` or `kid` header."""
        return jwt.encode(
            claims,
            "" if algorithm == "none" else key or self._keys[self.kid],
            algorithm=algorithm,
            headers={"kid": self.kid, **(headers or {})},
        )
