"""1EdTech Platform Notification Service 1.0: what a platform tells us without anybody launching.

The tool puts the address of a handler for a type of notice; the platform posts
`{"notices": [{"jwt": …}]}` to it. Canvas sends each notice once and never again.
"""

import json
from dataclasses import dataclass
from typing import Any

from integrations.lti.claims import LTI, NOTICE_SCOPE, LaunchRefused, identifier, text
from integrations.lti.connector import LtiConnector
from integrations.lti.message import VERSION
from integrations.lti.platform import KeySource, LtiPlatform
from integrations.lti.token import Token, proven

CONTEXT_COPY = "LtiContextCopyNotice"
"""What one course plans was copied into another."""
ASSET_SUBMISSION = "LtiAssetProcessorSubmissionNotice"
HELLO = "LtiHelloWorldNotice"
MOST_ORIGINS = 50


@dataclass(frozen=True)
class Notice:
    """A verified notice."""

    type: str
    once: str
    """Its nonce, which no second notice of the platform may carry."""
    deployment_id: str
    context_id: str = ""
    """The course that was copied into; only of a context copy."""
    origin_ids: tuple[str, ...] = ()


def verified_notice(token: Token | None, platform: LtiPlatform, keys: KeySource) -> Notice:
    """The notice in a token, proven as a launch is. Raises `LaunchRefused`.

    Whether it was used before, and whose the deployment is, is left to the caller.
    """
    body = proven(token, platform, keys)
    said = _object(body, "notice")
    if body.get(LTI + "version") != VERSION or not text(said.get("type")):
        raise LaunchRefused("incomplete")
    kind = text(said["type"])
    context_id, origin_ids = _copied(body) if kind == CONTEXT_COPY else ("", ())
    return Notice(
        type=kind,
        once=identifier(body.get("nonce"), missing="incomplete"),
        deployment_id=identifier(body.get(LTI + "deployment_id"), missing="incomplete"),
        context_id=context_id,
        origin_ids=origin_ids,
    )


def put_handler(connector: LtiConnector, service_url: str, notice_type: str, handler: str) -> None:
    """Have notices of a type posted to `handler`, in the place of any other. Raises `LmsError`."""
    connector.make_service_request(
        [NOTICE_SCOPE],
        service_url,
        method="PUT",
        data=json.dumps({"notice_type": notice_type, "handler": handler}),
    )


def _copied(body: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    origins = body.get(LTI + "origin_contexts")
    if not isinstance(origins, list) or not 0 < len(origins) <= MOST_ORIGINS:
        raise LaunchRefused("incomplete")
    return (
        identifier(_object(body, "context").get("id"), missing="incomplete"),
        tuple(identifier(one, missing="incomplete") for one in origins),
    )


def _object(body: dict[str, Any], claim: str) -> dict[str, Any]:
    value = body.get(LTI + claim)
    return value if isinstance(value, dict) else {}
