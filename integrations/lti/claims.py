"""What a verified launch says, as plain values: nothing of the token itself is kept."""

import enum
from dataclasses import dataclass
from typing import Any

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DL_SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
GROUPS_SERVICE = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
NOTICE_SERVICE = LTI + "platformnotificationservice"
NOTICE_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"

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


class MessageType(enum.StrEnum):
    """What a launch asks for."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
    DATA_PRIVACY = "DataPrivacyLaunchRequest"

    @classmethod
    def _missing_(cls, value: object) -> "MessageType | None":
        """Some platforms write the data privacy launch with the others' `Lti` in front."""
        return cls.DATA_PRIVACY if value == f"Lti{cls.DATA_PRIVACY.value}" else None


@dataclass(frozen=True)
class DeepLinkingSettings:
    """What the platform takes back from a deep linking launch (Deep Linking 2.0 §4.4.1)."""

    return_url: str
    data: str
    """Sent back as it came."""
    takes_several: bool
    takes_line_items: bool


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
    """Empty where nothing in the course was clicked: deep linking, submission review."""
    resource_link_title: str
    target_link_uri: str
    """Where the launch leads, one of our own addresses."""
    roster_url: str | None
    line_items_url: str | None
    line_item_url: str | None
    """The gradebook column coupled to this link, where there is one."""
    scopes: tuple[str, ...]
    """AGS scopes that were granted."""
    custom: dict[str, str]
    """Custom values that the platform resolved."""
    message_type: MessageType = MessageType.RESOURCE_LINK
    deep_linking: DeepLinkingSettings | None = None
    for_user_id: str = ""
    """Whose work a submission review launch opens; whom a data privacy launch is about."""
    issued_at: float = 0.0
    """By the platform's clock, in seconds since 1970."""
    groups_url: str | None = None
    """The course's groups (Course Groups Service 1.0), where they are offered."""
    platform_guid: str = ""
    """Of the school's installation (`tool_platform`), where many share an issuer."""
    notice_service_url: str | None = None
    """Where handlers of notices are put, if the platform sends any to us."""
    notice_types: frozenset[str] = frozenset()


def read_claims(body: dict[str, Any]) -> LaunchClaims:
    """The claims of a token whose signature was verified. Raises `LaunchRefused`."""
    context = _object(body, LTI + "context")
    link = _object(body, LTI + "resource_link")
    grades = _object(body, AGS_ENDPOINT)
    message_type = message_type_of(body)
    for_user = _object(body, LTI + "for_user")
    # Submission Review 1.0 says `user_id`; drafts of the Data Privacy Launch said `id`.
    for_user_id = text(for_user.get("user_id")) or text(for_user.get("id"))
    notices = _object(body, NOTICE_SERVICE)
    if message_type == MessageType.SUBMISSION_REVIEW and not (for_user_id and grades):
        raise LaunchRefused("incomplete")
    full_name = f"{text(body.get('given_name'))} {text(body.get('family_name'))}".strip()
    return LaunchClaims(
        deployment_id=identifier(body.get(LTI + "deployment_id"), missing="incomplete"),
        subject=identifier(body.get("sub"), missing="no_person"),
        name=text(body.get("name")) or full_name,
        email=text(body.get("email")),
        locale=text(_object(body, LTI + "launch_presentation").get("locale"))
        or text(body.get("locale"))
        or None,
        roles=_roles(body.get(LTI + "roles")),
        context_id=identifier(context.get("id"), missing="incomplete") if context else None,
        context_title=text(context.get("title")) or text(context.get("label")),
        resource_link_id=identifier(link.get("id"), missing="incomplete")
        if link or message_type == MessageType.RESOURCE_LINK
        else "",
        target_link_uri=text(body.get(LTI + "target_link_uri")),
        resource_link_title=text(link.get("title")),
        roster_url=text(_object(body, NRPS_SERVICE).get("context_memberships_url")) or None,
        groups_url=text(_object(body, GROUPS_SERVICE).get("context_groups_url")) or None,
        line_items_url=text(grades.get("lineitems")) or None,
        line_item_url=text(grades.get("lineitem")) or None,
        scopes=tuple(text(scope) for scope in _list(grades.get("scope")) if text(scope)),
        custom=_custom(_object(body, LTI + "custom")),
        message_type=message_type,
        deep_linking=_deep_linking(body) if message_type == MessageType.DEEP_LINKING else None,
        for_user_id=for_user_id,
        issued_at=float(body["iat"]),
        platform_guid=text(_object(body, LTI + "tool_platform").get("guid")),
        notice_service_url=text(notices.get("platform_notification_service_url")) or None
        if NOTICE_SCOPE in _list(notices.get("scope"))
        else None,
        notice_types=frozenset(text(one) for one in _list(notices.get("notice_types_supported"))),
    )


def _deep_linking(body: dict[str, Any]) -> DeepLinkingSettings:
    settings = _object(body, DL_SETTINGS)
    return_url = text(settings.get("deep_link_return_url"))
    if "ltiResourceLink" not in _list(settings.get("accept_types")) or not return_url:
        raise LaunchRefused("incomplete")
    data = settings.get("data")
    return DeepLinkingSettings(
        return_url=return_url,
        data=data if isinstance(data, str) else "",
        # Some platforms write the truth as text; where they say nothing, one link is safe.
        takes_several=settings.get("accept_multiple") in (True, "true"),
        takes_line_items=settings.get("accept_lineitem", True) not in (False, "false"),
    )


def message_type_of(body: dict[str, Any]) -> MessageType:
    """What a launch asks for. Raises `LaunchRefused` for what we do not know."""
    try:
        return MessageType(text(body.get(LTI + "message_type")))
    except ValueError as error:
        raise LaunchRefused("unsupported_message") from error


def text(value: Any) -> str:
    """A string without control characters and lone surrogates; empty for anything else.

    PostgreSQL stores no NUL and no database a lone surrogate.
    """
    if not isinstance(value, str):
        return ""
    if value.isprintable():  # nearly always, and then nothing is to be looked at one by one
        return value.strip()
    whole = value.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else " " for c in whole).strip()


def identifier(value: Any, *, missing: str) -> str:
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
