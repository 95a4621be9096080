"""The practice platform's OpenID Connect side: keys, login, launch, service tokens."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from integrations.practice import links, registration
from integrations.practice.platform import (
    SCOPES,
    PracticeLink,
    PracticePlatform,
    PracticeTool,
    TokenRefused,
)
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
            **registration.configuration(platform),
        )

    @blueprint.get("/lti/jwks")
    @on("lti.jwks")
    def jwks() -> Response:
        return jsonify(platform.keys.key_set())

    @blueprint.get("/lti/start")
    def start() -> ResponseReturnValue:
        """A click on the tool's link: third-party initiated login (1EdTech Security, 5.1.1.1)."""
        tool = _tool(platform, request.args.get("client_id", next(iter(platform.tools))))
        person_id, hint = request.args.get("as", ""), request.args.get("course", "")
        if person_id not in platform.school.people:
            abort(404)
        link = platform.links.get(request.args.get("link", ""))
        more = request.args.get("message", "")  # see start_url
        if link is not None or more:
            hint = f"{hint or ACCOUNT}:{more or f'link:{link.id if link else str()}'}"
        return render_template(
            "practice/post.html",
            action=tool.login_url,
            fields={
                "iss": platform.base_url,
                "login_hint": person_id,
                "target_link_uri": link.url if link is not None else tool.launch_url,
                "lti_message_hint": hint or ACCOUNT,
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
            link, claims = _asked_message(platform, course, asked.get("lti_message_hint", ""))
        except LaunchNotGiven as error:
            fields |= {"error": error.code, "error_description": str(error)}
        else:
            fields["id_token"] = platform.id_token(
                tool, person, course, asked["nonce"], link, **claims
            )
        return render_template("practice/post.html", action=tool.launch_url, fields=fields)

    @blueprint.post("/lti/deep_link/<course_id>")
    @on("lti.deep_link")
    def deep_link_return(course_id: str) -> ResponseReturnValue:
        """The tool's dialog is done: its links stand in the course now."""
        course = platform.school.courses.get(course_id)
        if course is None:
            abort(404)
        try:
            added = links.take_answer(platform, course, request.form.get("JWT", ""))
        except links.AnswerRefused as refused:
            return render_template("practice/added.html", refused=str(refused)), 400
        return render_template("practice/added.html", added=added, course=course)

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
    hint = asked.get("lti_message_hint", "").partition(":")[0]
    course = platform.school.courses.get(hint)
    if course is None and hint != ACCOUNT:
        raise LaunchNotGiven("invalid_request", "lti_message_hint is unknown")
    privacy = hint == ACCOUNT and asked.get("lti_message_hint", "").startswith(f"{ACCOUNT}:privacy")
    if not privacy and not platform.may_open(person, course):
        raise LaunchNotGiven("access_denied", "this person has no place there")
    return person, course


def _asked_message(
    platform: PracticePlatform, course: PracticeCourse | None, hint: str
) -> tuple[PracticeLink | None, dict[str, Any]]:
    """The link that was clicked, if it was one, and the claims of what is no plain launch; raises
    `LaunchNotGiven`."""
    _course, _, message = hint.partition(":")
    if not message:
        return None, {}
    kind, *which = message.split(":")
    if kind == "privacy" and platform.privacy_launches:
        return None, links.privacy(which[0] if which else "")
    if course is not None and kind == "deep":
        return None, links.settings(platform, course)
    if course is not None and kind == "link" and which[0] in platform.links:
        return platform.links[which[0]], {}
    if course is not None and kind == "review" and which[0] in platform.line_items:
        return None, links.review(platform, course, platform.line_items[which[0]], which[-1])
    raise LaunchNotGiven("invalid_request", "lti_message_hint is unknown")


def _tool(platform: PracticePlatform, client_id: str) -> PracticeTool:
    tool = platform.tools.get(client_id)
    if tool is None:
        abort(400, "client_id is unknown")
    return tool


def start_url(
    platform: PracticePlatform, person_id: str, course_id: str | None, **more: str
) -> str:
    """The address of a click on the tool's link; `more` may be a `link`'s id or a `message`
    (`deep`, `review:<column>:<student>`, or outside of courses `privacy:<person>`)."""
    query = {"as": person_id, "course": course_id or "", **more}
    return f"{platform.base_url}/lti/start?{urlencode(query)}"
