"""The values that Google's consoles ask for, generated from this installation and its features.

https://developers.google.com/workspace/marketplace/enable-configure-sdk
"""

from dataclasses import dataclass
from typing import Any

from lti_app.settings import Settings
from lti_app.sync import granting
from lti_app.sync.features import NEEDS

NAME = "Pathways"
SHORT = "Each student's way to each learning target, with coaching where it is needed."


@dataclass(frozen=True)
class Scope:
    """One scope and why it is asked for, feature by feature."""

    scope: str
    reasons: tuple[str, ...]
    asked: str
    """`teacher`, `student` or `everyone`."""


def scopes() -> list[Scope]:
    """All scopes that are ever asked for, least first."""
    found: dict[str, list[str]] = {}
    asked: dict[str, str] = {}
    for feature, need in NEEDS.items():
        for scope, reason in need.reasons.items():
            found.setdefault(scope, []).append(f"{need.title}: {reason}")
            who = "teacher" if need.by_teacher else "student"
            asked.setdefault(scope, "everyone" if feature == "sign_in" else who)
    return [Scope(scope, tuple(reasons), asked[scope]) for scope, reasons in found.items()]


def values(settings: Settings) -> dict[str, Any]:
    """What to enter, by the place it is entered in."""
    url = settings.public_url
    return {
        "consent_screen": {
            "app_name": NAME,
            "home_page": f"{url}/",
            "privacy_policy": f"{url}/lti/privacy",
            "terms_of_service": "your own page, for instance the district's terms of use",
            "support": "your own page or address, where teachers of the district ask",
            "authorized_domain": settings.public_origin.partition("://")[2].partition(":")[0],
            "user_type": "Internal for one Workspace organization, External for several",
        },
        "oauth_client": {
            "type": "Web application",
            "javascript_origins": [settings.public_origin],
            "redirect_uris": list(granting.redirect_uris(settings)),
        },
        "classroom_addon": {
            "short_description": SHORT,
            "attachment_setup_uri": f"{url}/addon/discovery",
            "allowed_attachment_uri_prefixes": [f"{url}/addon/"],
        },
        "admin_console": {
            "access": "Trusted (or Limited, with these scopes), by client id",
            "client_id": settings.google_client_id or "not set up yet",
            "under_18": "Configure the app for organizational units of students under 18, too",
        },
        "scopes": [
            {"scope": one.scope, "asked_of": one.asked, "reasons": list(one.reasons)}
            for one in scopes()
        ],
    }


def as_text(found: dict[str, Any]) -> str:
    """The values to read and copy from."""
    lines: list[str] = []
    for place, entered in found.items():
        lines.append(place.replace("_", " ").upper())
        if isinstance(entered, dict):
            lines += [
                f"  {name.replace('_', ' ')}: {_said(value)}" for name, value in entered.items()
            ]
        else:
            for one in entered:
                lines.append(f"  {one['scope']}  (asked of: {one['asked_of']})")
                lines += [f"      {reason}" for reason in one["reasons"]]
        lines.append("")
    return "\n".join(lines).rstrip()


def _said(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
