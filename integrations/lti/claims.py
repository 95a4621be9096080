"""What a verified launch says, as plain values: nothing of the token itself is kept."""

from dataclasses import dataclass
from typing import Any

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

ID_LENGTH = 255
"""LTI 1.3 §5.3: ids are at most 255 characters; longer ones are refused, never cut."""


class LaunchRefused(Exception):
    """A login or launch that must not enter; `code` says why, in one stable word.

    Codes: `incomplete` (parameters or claims missing), `bad_token` (not a token, or not signed
    by the platform), `keys_unavailable`, `unknown_key`, `expired`, `wrong_audience` (another
    tool's or platform's token), `replayed`, `wrong_address`, `no_roles`, `no_person`,
    `unsupported_message`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class LaunchClaims:
    """A verified launch."""

    deployment_id: str
    subject: str
    name: str
    email: str
    locale: str | None
    roles: tuple[str, ...]
    context_id: str | None
    """None: launched outside a course, e.g. from an account's menu."""
    context_title: str
    resource_link_id: str
    resource_link_title: str
    roster_url: str | None
    line_items_url: str | None
    line_item_url: str | None
    """The gradebook column coupled to this link, where there is one."""
    scopes: tuple[str, ...]
    """AGS scopes that were granted."""
    custom: dict[str, str]
    """Custom values that the platform resolved."""


def read_claims(body: dict[str, Any]) -> LaunchClaims:
    """The claims of a token whose signature was verified. Raises `LaunchRefused`."""
    context = _object(body, LTI + "context")
    link = _object(body, LTI + "resource_link")
    grades = _object(body, AGS_ENDPOINT)
    full_name = f"{text(body.get('given_name'))} {text(body.get('family_name'))}".strip()
    return LaunchClaims(
        deployment_id=_identifier(body.get(LTI + "deployment_id"), missing="incomplete"),
        subject=_identifier(body.get("sub"), missing="no_person"),
        name=text(body.get("name")) or full_name,
        email=text(body.get("email")),
        locale=text(_object(body, LTI + "launch_presentation").get("locale"))
        or text(body.get("locale"))
        or None,
        roles=_roles(body.get(LTI + "roles")),
        context_id=_identifier(context.get("id"), missing="incomplete") if context else None,
        context_title=text(context.get("title")) or text(context.get("label")),
        resource_link_id=_identifier(link.get("id"), missing="incomplete"),
        resource_link_title=text(link.get("title")),
        roster_url=text(_object(body, NRPS_SERVICE).get("context_memberships_url")) or None,
        line_items_url=text(grades.get("lineitems")) or None,
        line_item_url=text(grades.get("lineitem")) or None,
        scopes=tuple(text(scope) for scope in _list(grades.get("scope")) if text(scope)),
        custom=_custom(_object(body, LTI + "custom")),
    )


def text(value: Any) -> str:
    """A string without control characters and lone surrogates; empty for anything else.

    PostgreSQL stores no NUL and no database a lone surrogate.
    """
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else " " for c in whole).strip()


def _identifier(value: Any, *, missing: str) -> str:
    """An id exactly as sent. Raises `LaunchRefused` where it is missing or can't be one."""
    if value is None or value == "":
        raise LaunchRefused(missing)
    if not isinstance(value, str) or text(value) != value or len(value) > ID_LENGTH:
        raise LaunchRefused("incomplete")
    return value


def _roles(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(role, str) for role in value):
        raise LaunchRefused("no_roles")
    return tuple(value)


def _object(body: dict[str, Any], claim: str) -> dict[str, Any]:
    value = body.get(claim)
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _custom(values: dict[str, Any]) -> dict[str, str]:
    """Without variables the platform did not resolve: those arrive as the literal `$Name`."""
    return {
        text(name): text(value)
        for name, value in values.items()
        if isinstance(value, str) and not value.startswith("$")
    }
