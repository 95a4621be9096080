"""What Pathways is to a platform: its addresses, what it asks for, and where it appears."""

from typing import Any
from urllib.parse import urlsplit

from integrations.lti import gradebook, roster

TITLE = "Pathways"
DESCRIPTION = (
    "Learning targets, pathways, checkpoints and coaching. Students work at their own pace; "
    "scores go to the gradebook."
)
TOOL_ID = "pathways"
SCOPES = (gradebook.LINE_ITEM, gradebook.RESULT_READ, gradebook.SCORE, roster.SCOPE)
CUSTOM = {
    "canvas_course_id": "$Canvas.course.id",
    "canvas_account_id": "$Canvas.account.id",
    "canvas_api_domain": "$Canvas.api.domain",
    "context_history": "$Context.id.history",
    "link_history": "$ResourceLink.id.history",
    "time_zone": "$Person.timezone",
}
"""Custom values we ask platforms to fill in; one that they can't arrives as its own `$Name`."""
PLACEMENTS = {
    "course_navigation": {"en": "Pathways", "es": "Pathways"},
    "account_navigation": {"en": "Pathways administration", "es": "Administración de Pathways"},
}
"""Where Canvas shows a link to us, and its words by language."""


def canvas_configuration(public_url: str, icon_url: str) -> dict[str, Any]:
    """The JSON of a Canvas developer key (Canvas docs, *Configuring LTI Advantage Tools*).

    Names are needed in the roster, hence `public`. The administrators' link is seen by
    administrators only.
    """
    launch_url = f"{public_url}/lti/launch"
    placements = [
        {
            "placement": placement,
            "message_type": "LtiResourceLinkRequest",
            "target_link_uri": launch_url,
            "text": words["en"],
            "labels": words,
            "icon_url": icon_url,
            "enabled": True,
        }
        | ({"visibility": "admins"} if placement == "account_navigation" else {})
        for placement, words in PLACEMENTS.items()
    ]
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "target_link_uri": launch_url,
        "oidc_initiation_url": f"{public_url}/lti/login",
        "public_jwk_url": f"{public_url}/lti/jwks",
        "scopes": list(SCOPES),
        "custom_fields": CUSTOM,
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": urlsplit(public_url).hostname,
                "tool_id": TOOL_ID,
                "privacy_level": "public",
                "settings": {"text": TITLE, "icon_url": icon_url, "placements": placements},
            }
        ],
    }
