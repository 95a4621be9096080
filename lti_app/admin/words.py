"""How the audit trail's actions are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words

ACTIONS: dict[str, Words] = {
    "launch.section": _l("opened Pathways in a class"),
    "launch.admin": _l("opened these pages"),
    "attempt.scored": _l("scored an attempt"),
    "coaching.invited": _l("invited students to a session"),
    "classroom.granted": _l("gave access to Google Classroom"),
    "classroom.connected": _l("connected a Classroom course"),
    "classroom.disconnected": _l("disconnected a Classroom course"),
}


def action_in_words(action: str) -> Words:
    """What an event of the audit trail says; a new kind shows its code."""
    return ACTIONS.get(action, action)
