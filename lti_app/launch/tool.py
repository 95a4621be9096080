"""What Pathways is to a platform: its addresses, what it asks for, and where it appears."""

from typing import Any
from urllib.parse import urlsplit

from integrations.lti import gradebook, roster
from integrations.lti.claims import NOTICE_SCOPE
from integrations.lti.registration import Message, ToolConfiguration

TITLE = "Pathways"
DESCRIPTION = (
    "Learning targets, pathways, checkpoints and coaching. Students work at their own pace; "
    "scores go to the gradebook."
)
DESCRIPTION_ES = (
    "Metas de aprendizaje, caminos, comprobaciones y apoyo. Los estudiantes avanzan a su ritmo; "
    "los resultados van al libro de calificaciones."
)
TOOL_ID = "pathways"
SCOPES = (
    gradebook.LINE_ITEM,
    gradebook.RESULT_READ,
    gradebook.SCORE,
    roster.SCOPE,
    roster.GROUPS_SCOPE,
    NOTICE_SCOPE,
)
CANVAS_SCOPES = tuple(one for one in SCOPES if one != roster.GROUPS_SCOPE)
"""Canvas has no groups service, and refuses a key that asks for a scope it does not know."""
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
DEEP_LINKING = {
    placement: {"en": "Pathways", "es": "Pathways"}
    for placement in ("assignment_selection", "link_selection", "editor_button")
}
"""Where a Canvas teacher picks what to link to: an assignment, a module, a text."""

PRIVACY = {"en": "Data and privacy", "es": "Datos y privacidad"}
STANDARD_PICKING = ("ContentArea", "RichTextEditor")
"""The same, in the standard's own words (Dynamic Registration 1.0 §3.5.2)."""
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"


def canvas_configuration(public_url: str, icon_url: str) -> dict[str, Any]:
    """The JSON of a Canvas developer key (Canvas docs, *Configuring LTI Advantage Tools*).

    Names are needed in the roster, hence `public`. The administrators' link is seen by
    administrators only.
    """
    launch_url = f"{public_url}/lti/launch"
    placements = [
        {
            "placement": placement,
            "message_type": message_type,
            "target_link_uri": launch_url,
            "text": words["en"],
            "labels": words,
            "icon_url": icon_url,
            "enabled": True,
        }
        | ({"visibility": "admins"} if placement == "account_navigation" else {})
        for message_type, placements_of in (
            ("LtiResourceLinkRequest", PLACEMENTS),
            ("LtiDeepLinkingRequest", DEEP_LINKING),
        )
        for placement, words in placements_of.items()
    ]
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "target_link_uri": launch_url,
        "oidc_initiation_url": f"{public_url}/lti/login",
        "public_jwk_url": f"{public_url}/lti/jwks",
        "scopes": list(CANVAS_SCOPES),
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


def registration(public_url: str, icon_url: str) -> ToolConfiguration:
    """What a platform is told in a dynamic registration."""
    navigation, administration = PLACEMENTS["course_navigation"], PLACEMENTS["account_navigation"]
    return ToolConfiguration(
        public_url=public_url,
        title=TITLE,
        tool_id=TOOL_ID,
        descriptions={"en": DESCRIPTION, "es": DESCRIPTION_ES},
        icon_url=icon_url,
        messages=[
            Message("LtiResourceLinkRequest", ("course_navigation",), navigation),
            Message(
                "LtiResourceLinkRequest",
                ("account_navigation",),
                administration,
                roles=(ADMINISTRATOR,),
                for_admins=True,
            ),
            Message(
                "LtiDeepLinkingRequest",
                (*DEEP_LINKING, *STANDARD_PICKING),
                DEEP_LINKING["assignment_selection"],
                roles=(INSTRUCTOR,),
            ),
            Message("LtiSubmissionReviewRequest", (), navigation),
            Message(
                "DataPrivacyLaunchRequest",
                (),
                PRIVACY,
                roles=(ADMINISTRATOR,),
                also_called=("LtiDataPrivacyLaunchRequest",),
            ),
        ],
        scopes=SCOPES,
        custom=CUSTOM,
    )
