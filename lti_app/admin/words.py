"""How the audit trail's actions are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words

ACTIONS: dict[str, Words] = {
    "launch.section": _l("opened Pathways in a class"),
    "launch.building": _l("looked on"),
    "launch.admin": _l("opened these pages"),
    "attempt.scored": _l("scored an attempt"),
    "coaching.invited": _l("invited students to a session"),
    "building.added": _l("added a building"),
    "team.placed": _l("put a team into a building"),
    "observer.granted": _l("let somebody look on"),
    "observer.ended": _l("ended somebody's looking on"),
    "standards.imported": _l("imported a framework of standards"),
    "target.rule_set": _l("changed a target's rule"),
    "team.rules_set": _l("changed a team's rules"),
    "team.renamed": _l("renamed a team"),
    "team.role_set": _l("changed what a team's member may do"),
    "team.code_made": _l("made a code to join a team"),
    "team.code_ended": _l("ended a code to join a team"),
    "team.joined": _l("joined a team with another"),
    "choice.level_set": _l("set choice levels"),
    "choice.way_given": _l("gave students a pathway"),
    "proposal.approved": _l("approved a student's pathway"),
    "proposal.change_asked": _l("asked a student to change a proposal"),
    "proposal.shared": _l("shared a student's pathway"),
    "export.table": _l("downloaded a table"),
    "classroom.granted": _l("gave access to Google Classroom"),
    "classroom.connected": _l("connected a Classroom course"),
    "classroom.disconnected": _l("disconnected a Classroom course"),
}


def action_in_words(action: str) -> Words:
    """What an event of the audit trail says; a new kind shows its code."""
    return ACTIONS.get(action, action)
