"""How the audit trail's actions are called on pages."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words

ACTIONS: dict[str, Words] = {
    "launch.section": _l("opened Pathways in a class"),
    "launch.building": _l("looked on"),
    "launch.admin": _l("opened these pages"),
    "admin.signed_in": _l("signed in with Google"),
    "admin.listed": _l("listed an administrator"),
    "admin.unlisted": _l("took an administrator off the list"),
    "platform.approved": _l("connected a platform"),
    "platform.tested": _l("tested a platform's connection"),
    "platform.switched": _l("changed a platform's switches"),
    "keys.rotated": _l("rotated our signing keys"),
    "platform.invited": _l("made an invitation to connect a platform"),
    "attempt.scored": _l("scored an attempt"),
    "coaching.invited": _l("invited students to a session"),
    "coaching.changed": _l("changed a session"),
    "coaching.cancelled": _l("called a session off"),
    "coaching.repeated": _l("offered a session once more"),
    "plan.wanted": _l("had a day planned"),
    "plan.published": _l("published a day's sessions"),
    "plan.week_copied": _l("copied a week's sessions"),
    "block.added": _l("added a block"),
    "block.changed": _l("changed a block"),
    "block.removed": _l("removed a block"),
    "block.off": _l("said that a block falls away"),
    "block.on": _l("said that a block takes place after all"),
    "teacher.away": _l("said that a teacher is not there"),
    "teacher.here": _l("said that a teacher is there after all"),
    "team.coaching_rules_set": _l("changed a team's rules for gaps"),
    "team.reminders_set": _l("said where a team's sessions are told of"),
    "calendar.imported": _l("imported the school calendar"),
    "calendar.days_off_set": _l("said which days are without school"),
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
    "launch.privacy": _l("opened data and privacy"),
    "privacy.downloaded": _l("downloaded what is kept of a person"),
    "export.table": _l("downloaded a table"),
    "links.sent": _l("put links to targets or checkpoints into a course"),
    "classroom.granted": _l("gave access to Google Classroom"),
    "classroom.connected": _l("connected a Classroom course"),
    "classroom.disconnected": _l("disconnected a Classroom course"),
}


def action_in_words(action: str) -> Words:
    """What an event of the audit trail says; a new kind shows its code."""
    return ACTIONS.get(action, action)
