"""A platform that signs whatever it is told to: bytes that no real platform would send."""

import json
import threading
import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify
from werkzeug.serving import make_server

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
LEARNER, INSTRUCTOR = MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"
ADMINISTRATOR = INSTITUTION + "Administrator"


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Signer:
    """Keys, a key server on loopback that counts its visits, and tokens to order."""

    client_id = "pathways-client"
    deployment_id = "d1"

    def __init__(self) -> None:
        self.keys = {"k1": _new_key()}
        self.stranger = _new_key()
        self.key_fetches = 0
        self.key_server_answers: Any = None
        """What the key server says instead of its keys: (body, status)."""
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _app(self) -> Flask:
        app = Flask(__name__)

        @app.get("/jwks")
        def jwks():  # type: ignore[no-untyped-def]
            self.key_fetches += 1
            if self.key_server_answers is not None:
                return self.key_server_answers
            return jsonify(keys=[self.public_jwk(kid) for kid in self.keys])

        return app

    def rotate(self) -> None:
        """Only a new key from now on."""
        self.keys = {f"k{len(self.keys) + uuid.uuid4().int}": _new_key()}

    def public_jwk(self, kid: str) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.keys[kid].public_key()))
        return {**public, "kid": kid, "alg": "RS256", "use": "sig"}

    def public_pem(self, kid: str) -> bytes:
        return (
            self.keys[kid]
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def claims(self, fresh_nonce: str, **changes: Any) -> dict[str, Any]:
        """A learner's launch; `changes` by short claim name, `...` leaves a claim out."""
        at = int(time.time())
        body: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "student-1",
            "iat": at,
            "exp": at + 300,
            "nonce": fresh_nonce,
            "name": "Ada Lovelace",
            "email": "Ada@School.example",
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "deployment_id": self.deployment_id,
            LTI + "target_link_uri": "http://127.0.0.1:8000/lti/launch",
            LTI + "roles": [LEARNER],
            LTI + "context": {"id": "course-1", "title": "Math 5A"},
            LTI + "resource_link": {"id": "link-1", "title": "Pathways"},
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.issuer}/courses/1/members"
            },
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "lineitems": f"{self.issuer}/courses/1/items?type=a",
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            },
        }
        for name, value in changes.items():
            key = name if name in body or name in {"azp", "given_name", "locale"} else LTI + name
            if value is ...:
                body.pop(key)
            else:
                body[key] = value
        return body

    def sign(self, claims: dict[str, Any], *, kid: str | None = None, **how: Any) -> str:
        """A token; `key` and `algorithm` may be another's."""
        kid = kid or next(iter(self.keys))
        return jwt.encode(
            claims,
            how.get("key", self.keys.get(kid, self.stranger)),
            algorithm=how.get("algorithm", "RS256"),
            headers={"kid": kid},
        )
