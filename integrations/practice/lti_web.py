"""The practice platform's OpenID Connect side: keys, login, launch, service tokens."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from integrations.practice.platform import SCOPES, PracticePlatform, PracticeTool, TokenRefused
from integrations.practice.school import PracticeCourse, PracticePerson

ACCOUNT = "account"
"""Message hint of a launch outside of any course."""
REQUIRED = {
    "scope": "openid",
    "response_type": "id_token",
    "response_mode": "form_post",
    "prompt": "none",
}


class LaunchNotGiven(Exception):
    """An authentication request that gets an error; `code` as in OpenID Connect Core §3.1.2.6."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def make_blueprint(platform: PracticePlatform) -> Blueprint:
    """The addresses a tool is configured with."""
    blueprint = Blueprint("lti_web", __name__, template_folder="templates")
    on = platform.mischief.on

    @blueprint.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        base = platform.base_url
        return jsonify(
            issuer=base,
            authorization_endpoint=f"{base}/lti/auth",
            token_endpoint=f"{base}/lti/token",
            jwks_uri=f"{base}/lti/jwks",
            token_endpoint_auth_methods_supported=["private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported=["RS256"],
            id_token_signing_alg_values_supported=["RS256"],
            response_types_supported=["id_token"],
            subject_types_supported=["public"],
            scopes_supported=["openid", *SCOPES],
        )

    @blueprint.get("/lti/jwks")
    @on("lti.jwks")
    def jwks() -> Response:
        return jsonify(platform.keys.key_set())

    @blueprint.get("/lti/start")
    def start() -> ResponseReturnValue:
        """A click on the tool's link: third-party initiated login (1EdTech Security, 5.1.1.1)."""
        tool = _tool(platform, request.args.get("client_id", next(iter(platform.tools))))
        person_id, course_id = request.args.get("as", ""), request.args.get("course", "")
        if person_id not in platform.school.people:
            abort(404)
        return render_template(
            "practice/post.html",
            action=tool.login_url,
            fields={
                "iss": platform.base_url,
                "login_hint": person_id,
                "target_link_uri": tool.launch_url,
                "lti_message_hint": course_id or ACCOUNT,
                "lti_deployment_id": tool.deployment_id,
                "client_id": tool.client_id,
            }
            | ({} if platform.storage == "none" else {"lti_storage_target": "_parent"}),
        )

    @blueprint.route("/lti/auth", methods=["GET", "POST"])
    @on("lti.auth")
    def authorize() -> ResponseReturnValue:
        """The tool's authentication request (1EdTech Security, 5.1.1.2)."""
        asked = request.values
        tool = _tool(platform, asked.get("client_id", ""))
        if asked.get("redirect_uri") != tool.launch_url:
            # Nothing goes to an address that is not registered, not even an error.
            abort(400, "redirect_uri is not registered")
        fields = {"state": asked.get("state", "")}
        try:
            person, course = _asked_launch(platform, asked)
        except LaunchNotGiven as error:
            fields |= {"error": error.code, "error_description": str(error)}
        else:
            fields["id_token"] = platform.id_token(tool, person, course, asked["nonce"])
        return render_template("practice/post.html", action=tool.launch_url, fields=fields)

    @blueprint.post("/lti/token")
    @on("lti.token")
    def token() -> ResponseReturnValue:
        try:
            granted, scopes = platform.grant(request.form.to_dict())
        except TokenRefused as refused:
            return jsonify(error=refused.error, error_description=refused.description), 400
        return jsonify(
            access_token=granted,
            token_type="Bearer",  # noqa: S106
            expires_in=platform.token_seconds,
            scope=" ".join(scopes),
        )

    return blueprint


def _asked_launch(
    platform: PracticePlatform, asked: Mapping[str, str]
) -> tuple[PracticePerson, PracticeCourse | None]:
    """Who is launched into what; raises `LaunchNotGiven`."""
    for name, value in REQUIRED.items():
        if asked.get(name) != value:
            raise LaunchNotGiven("invalid_request", f"{name} must be {value}")
    if not asked.get("nonce") or not asked.get("state"):
        raise LaunchNotGiven("invalid_request", "nonce and state are required")
    person = platform.school.people.get(asked.get("login_hint", ""))
    if person is None:
        raise LaunchNotGiven("login_required", "login_hint is unknown")
    hint = asked.get("lti_message_hint", "")
    course = platform.school.courses.get(hint)
    if course is None and hint != ACCOUNT:
        raise LaunchNotGiven("invalid_request", "lti_message_hint is unknown")
    if not platform.may_open(person, course):
        raise LaunchNotGiven("access_denied", "this person has no place there")
    return person, course


def _tool(platform: PracticePlatform, client_id: str) -> PracticeTool:
    tool = platform.tools.get(client_id)
    if tool is None:
        abort(400, "client_id is unknown")
    return tool


def start_url(platform: PracticePlatform, person_id: str, course_id: str | None) -> str:
    """The address of a click on the tool's link."""
    query = {"as": person_id, "course": course_id or ""}
    return f"{platform.base_url}/lti/start?{urlencode(query)}"
