"""Registering with a platform by itself: 1EdTech Dynamic Registration 1.0, with Canvas's own keys.

The platform's administrator pastes one address of ours; the platform opens it with the address
of its configuration and a token, good once, for the registration.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from integrations.lti.claims import MessageType, text
from integrations.lti.transport import http_session

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email", "locale")
MOST_BYTES = 1_000_000
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
HOSTED = ("instructure.com", "canvaslms.com")
"""Canvas's issuer, configuration and keys are on several hosts of its maker."""


class RegistrationFailed(Exception):
    """The platform could not be registered with; `code` says why, in one stable word.

    Codes: `unreachable`, `refused` (it answered with an error), `garbled` (not a configuration),
    `wrong_host` (its configuration is another's), `bad_address` (one we must not call).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True)
class PlatformConfiguration:
    """What a platform says of itself (OpenID Connect Discovery, with 1EdTech's additions)."""

    issuer: str
    auth_login_url: str
    token_url: str
    token_audience: str | None
    jwks_url: str
    registration_url: str
    product: str
    """Product family: `canvas`, `moodle` …; empty where it is not said."""
    account: str
    """Name of the school's account, where it is said (Canvas)."""
    scopes: frozenset[str]
    """It may grant; empty: it does not say."""
    placements: Mapping[str, Sequence[str]]
    """By message type, as it calls them."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that we would call, or send browsers to."""
        return (
            self.issuer,
            self.auth_login_url,
            self.token_url,
            self.jwks_url,
            self.registration_url,
        )


@dataclass(frozen=True)
class Message:
    """A kind of launch we offer."""

    type: str
    placements: tuple[str, ...]
    """Canvas's names; of those the platform announces, under its own names, we ask for all."""
    labels: Mapping[str, str]
    """By language; `en` is there."""
    roles: tuple[str, ...] = ()
    """Who sees it; empty: everyone."""
    for_admins: bool = False
    also_called: tuple[str, ...] = ()
    """Other names that platforms have for it."""

    def named_by(self, platform: PlatformConfiguration) -> str | None:
        """Its name where the platform offers it; None: it does not. A launch of a link is
        offered by all, and one that announces nothing is asked for everything."""
        if not platform.placements or self.type == MessageType.RESOURCE_LINK:
            return self.type
        names = (self.type, *self.also_called)
        return next((one for one in names if one in platform.placements), None)


@dataclass(frozen=True)
class ToolConfiguration:
    """What we say of ourselves."""

    public_url: str
    title: str
    tool_id: str
    descriptions: Mapping[str, str]
    """By language; `en` is there."""
    icon_url: str
    messages: Sequence[Message]
    scopes: Sequence[str]
    custom: Mapping[str, str]


@dataclass(frozen=True)
class Registered:
    """What the platform made of it."""

    client_id: str
    deployment_id: str | None
    """None: told with the first launch."""
    scopes: tuple[str, ...]
    """What it granted, which may be less than what was asked for."""


def read_configuration(url: str, token: str, *, allow_loopback: bool) -> PlatformConfiguration:
    """Fetch and read a platform's configuration. Raises `RegistrationFailed`."""
    body = _answer(url, token, allow_loopback=allow_loopback)
    extra = body.get(PLATFORM)
    extra = extra if isinstance(extra, dict) else {}
    found = PlatformConfiguration(
        issuer=_address(body, "issuer"),
        auth_login_url=_address(body, "authorization_endpoint"),
        token_url=_address(body, "token_endpoint"),
        token_audience=_optional(body, "authorization_server"),
        jwks_url=_address(body, "jwks_uri"),
        registration_url=_address(body, "registration_endpoint"),
        product=text(extra.get("product_family_code"))[:50].lower(),
        account=text(extra.get(CANVAS + "account_name"))[:200],
        scopes=frozenset(text(scope) for scope in _list(body.get("scopes_supported"))),
        placements=dict(_placements(extra)),
    )
    if not hosts_agree(url, found.issuer):
        raise RegistrationFailed("wrong_host")
    return found


def hosts_agree(url: str, issuer: str) -> bool:
    """True where the configuration at `url` may speak for `issuer`: the same host (Dynamic
    Registration 1.0 §3.5.1), or both are hosts of Canvas's maker."""
    try:
        ours, theirs = urlsplit(url).hostname or "", urlsplit(issuer).hostname or ""
    except ValueError:
        return False
    return bool(ours) and (ours == theirs or (_is_hosted(ours) and _is_hosted(theirs)))


def _is_hosted(host: str) -> bool:
    return any(host == one or host.endswith("." + one) for one in HOSTED)


def register(
    platform: PlatformConfiguration,
    tool: ToolConfiguration,
    token: str,
    *,
    allow_loopback: bool,
) -> Registered:
    """Register with the platform. Raises `RegistrationFailed`; sent once, for its token is."""
    body = _answer(
        platform.registration_url,
        token,
        allow_loopback=allow_loopback,
        send=request_body(platform, tool),
    )
    client_id = text(body.get("client_id"))
    if not client_id or len(client_id) > 255:
        raise RegistrationFailed("garbled", "no client id")
    extra = body.get(TOOL)
    deployment_id = text(extra.get("deployment_id")) if isinstance(extra, dict) else ""
    return Registered(
        client_id=client_id,
        deployment_id=deployment_id[:255] or None,
        scopes=tuple(text(body.get("scope")).split()) or wanted_scopes(platform, tool.scopes),
    )


def wanted_scopes(platform: PlatformConfiguration, ours: Collection[str]) -> tuple[str, ...]:
    """Those of ours that the platform can grant; all where it does not say."""
    return tuple(one for one in ours if not platform.scopes or one in platform.scopes)


def request_body(platform: PlatformConfiguration, tool: ToolConfiguration) -> dict[str, Any]:
    """The registration request (Dynamic Registration 1.0 §3.6, RFC 7591)."""
    launch_url = f"{tool.public_url}/lti/launch"
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": f"{tool.public_url}/lti/login",
        "redirect_uris": [launch_url],
        "client_name": tool.title,
        "client_uri": tool.public_url,
        "logo_uri": tool.icon_url,
        "jwks_uri": f"{tool.public_url}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted_scopes(platform, tool.scopes)),
        TOOL: {
            "domain": urlsplit(tool.public_url).netloc,
            "target_link_uri": launch_url,
            "claims": list(CLAIMS),
            "custom_parameters": dict(tool.custom),
            "messages": [
                _message(platform, tool, one, name)
                for one in tool.messages
                if (name := one.named_by(platform)) is not None
            ],
            **_in_languages("description", tool.descriptions),
            # Without it Canvas tells us no name; teachers must know whose work they see.
            CANVAS + "privacy_level": "public",
            CANVAS + "tool_id": tool.tool_id,
        },
    }


def _message(
    platform: PlatformConfiguration, tool: ToolConfiguration, message: Message, name: str
) -> dict[str, Any]:
    announced = platform.placements.get(name, ())
    placements = [one for one in announced if one.removeprefix(CANVAS) in message.placements]
    body: dict[str, Any] = {
        "type": name,
        "target_link_uri": f"{tool.public_url}/lti/launch",
        "icon_uri": tool.icon_url,
        **_in_languages("label", message.labels),
    }
    if placements:
        body["placements"] = placements
    if message.roles:
        body["roles"] = list(message.roles)
    if message.for_admins:
        body[CANVAS + "visibility"] = "admins"
    if "course_navigation" in message.placements:
        body[CANVAS + "course_navigation/default_enabled"] = True
    return body


def _in_languages(name: str, words: Mapping[str, str]) -> dict[str, str]:
    """`name` in English, `name#es` in Spanish (OpenID Connect Registration 1.0 §2.1)."""
    return {name if code == "en" else f"{name}#{code}": said for code, said in words.items()}


def _answer(
    url: str, token: str, *, allow_loopback: bool, send: dict[str, Any] | None = None
) -> dict[str, Any]:
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with http_session(CONNECT_SECONDS, READ_SECONDS, allow_loopback=allow_loopback) as http:
        try:
            answer = http.request(
                "POST" if send is not None else "GET",
                url,
                json=send,
                headers=headers,
                stream=True,
                allow_redirects=send is None,
            )
            raw = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        except (requests.RequestException, OSError, ValueError) as error:
            raise RegistrationFailed("unreachable", type(error).__name__) from error
    if not answer.ok:
        raise RegistrationFailed("refused", f"HTTP {answer.status_code}")
    try:
        body = json.loads(raw) if len(raw) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise RegistrationFailed("garbled", "not a JSON object")
    return body


def _placements(extra: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for one in _list(extra.get("messages_supported")):
        if isinstance(one, dict) and text(one.get("type")):
            names = [text(name) for name in _list(one.get("placements"))]
            yield text(one["type"]), [name for name in names if name]


def _address(body: dict[str, Any], name: str) -> str:
    found = text(body.get(name))
    if not found:
        raise RegistrationFailed("garbled", name)
    return found


def _optional(body: dict[str, Any], name: str) -> str | None:
    return text(body.get(name)) or None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
