"""The practice LMS's dynamic registration (1EdTech Dynamic Registration 1.0), strict as Canvas."""

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from integrations.practice.platform import SCOPES, PracticePlatform, PracticeTool

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
MESSAGES = {
    "LtiResourceLinkRequest": ["course_navigation", "account_navigation"],
    "LtiDeepLinkingRequest": ["ContentArea", "assignment_selection", "link_selection"],
    "LtiSubmissionReviewRequest": [],
    "DataPrivacyLaunchRequest": [],
}
REQUIRED = {
    "application_type": "web",
    "response_types": ["id_token"],
    "token_endpoint_auth_method": "private_key_jwt",
}
ADDRESSES = ("initiate_login_uri", "jwks_uri", "client_name")


def configuration(platform: PracticePlatform) -> dict[str, Any]:
    """What the openid-configuration says beyond OpenID Connect Discovery."""
    return {
        "registration_endpoint": f"{platform.base_url}/lti/registrations",
        "claims_supported": ["iss", "sub", "name", "given_name", "family_name", "email"],
        PLATFORM: {
            "product_family_code": "practice",
            "version": "1",
            "messages_supported": [
                {"type": name, "placements": [CANVAS + one for one in placements]}
                for name, placements in messages(platform).items()
            ],
            "variables": ["Context.id.history", "ResourceLink.id.history"],
            CANVAS + "account_name": platform.school.name,
        },
    }


def messages(platform: PracticePlatform) -> dict[str, list[str]]:
    """What it can launch a tool for, with the places of each."""
    offered = dict(MESSAGES)
    if not platform.privacy_launches:
        del offered["DataPrivacyLaunchRequest"]
    return offered


def wrong(body: Any, offered: dict[str, list[str]]) -> str:
    """Why a registration is not acceptable; empty for a good one."""
    if not isinstance(body, dict) or not isinstance(body.get(TOOL), dict):
        return "not a registration"
    for name, value in REQUIRED.items():
        if body.get(name) != value:
            return f"{name} must be {value}"
    if not {"client_credentials", "implicit"} <= set(body.get("grant_types", [])):
        return "grant_types must name client_credentials and implicit"
    tool = body[TOOL]
    if missing := [name for name in ADDRESSES if not isinstance(body.get(name), str)]:
        return f"{missing[0]} is missing"
    for name in ("domain", "target_link_uri", "messages", "claims"):
        if not tool.get(name):
            return f"{name} is missing"
    if tool["domain"] != urlsplit(tool["target_link_uri"]).netloc:
        return "domain is not that of target_link_uri"
    for message in tool["messages"]:
        if message.get("type") not in offered:
            return f"{message.get('type')} is not supported"
        known = {CANVAS + one for one in offered[message["type"]]}
        if not set(message.get("placements", [])) <= known:
            return "a placement is unknown"
    if not body.get("redirect_uris"):
        return "redirect_uris is missing"
    return ""


def make_blueprint(platform: PracticePlatform) -> Blueprint:
    """Where an administrator pastes a tool's address, and where the tool registers."""
    blueprint = Blueprint("registration", __name__, template_folder="templates")

    @blueprint.get("/install")
    def install() -> ResponseReturnValue:
        """The administrator's page: paste an address, see the tool's own page in a frame."""
        address = request.args.get("address", "")
        frame = start_url(platform, address) if address else ""
        return render_template("practice/install.html", frame=frame, address=address)

    @blueprint.post("/lti/registrations")
    @platform.mischief.on("lti.registrations")
    def register() -> ResponseReturnValue:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        with platform.lock:
            if token not in platform.registration_tokens:
                abort(Response("this registration token is unknown, or was used", 401))
            body: Any = request.get_json(force=True, silent=True)
            if words := wrong(body, messages(platform)):
                return jsonify(errors=[words]), 422
            platform.registration_tokens.remove(token)
            tool = _tool(platform, body)
            platform.tools[tool.client_id] = tool
            platform.registrations.append(body)
        configured = dict(body[TOOL])
        if platform.tells_deployment:
            configured["deployment_id"] = tool.deployment_id
        answer = {
            **body,
            "client_id": tool.client_id,
            "scope": " ".join(tool.scopes),
            TOOL: configured,
        }
        return jsonify(answer)

    return blueprint


def _tool(platform: PracticePlatform, body: dict[str, Any]) -> PracticeTool:
    asked = set(body.get("scope", "").split())
    return PracticeTool(
        client_id=secrets.token_hex(8),
        deployment_id=secrets.token_hex(4),
        login_url=body["initiate_login_uri"],
        launch_url=body["redirect_uris"][0],
        jwks_url=body["jwks_uri"],
        scopes=tuple(one for one in SCOPES if one in asked and one not in platform.struck_scopes),
    )


def start_url(platform: PracticePlatform, address: str) -> str:
    """A tool's address with the platform's two parameters; its token is good once."""
    token = secrets.token_urlsafe(16)
    with platform.lock:
        platform.registration_tokens.add(token)
    more = urlencode(
        {
            "openid_configuration": f"{platform.base_url}/.well-known/openid-configuration",
            "registration_token": token,
        }
    )
    return f"{address}{'&' if '?' in address else '?'}{more}"
