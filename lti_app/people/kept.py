"""What Pathways keeps of people and why, in words: the same on every page that says it."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words

KEPT: tuple[tuple[Words, Words], ...] = (
    (_l("name, role, section"), _l("so that a teacher knows whom to help")),
    (_l("the LMS's and Google's opaque id of a person"), _l("to recognize them")),
    (
        _l(
            "with Google Classroom: leave to ask Google who looks, encrypted; a student's ends "
            "within an hour"
        ),
        _l("so that only those in a class come in"),
    ),
    (
        _l("a keyed digest of the e-mail address, not the address"),
        _l("to propose that two accounts are one person; a teacher confirms"),
    ),
    (
        _l("pathways picked, activities done, attempts with scores and feedback"),
        _l("the work itself"),
    ),
    (
        _l(
            "typed work, links, photos and files sent for a checkpoint; photos without place, "
            "date or device"
        ),
        _l("what a teacher looks at"),
    ),
    (
        _l("how much each student chooses, and who changed it when"),
        _l("so that a change can be explained"),
    ),
    (_l("goals and reflections"), _l("the student and the team's teachers read them, nobody else")),
    (
        _l("what students say works or should change; deleted when they take it back"),
        _l("teachers answer"),
    ),
    (
        _l("gaps, invitations, answers, attendance, and what became of a gap"),
        _l("coaching"),
    ),
    (
        _l("a secret calendar address, if its owner made one; encrypted"),
        _l("sessions in one's own calendar"),
    ),
    (
        _l("a teacher's access to Google, encrypted, until they remove it"),
        _l("to read Classroom and send grades on their behalf"),
    ),
    (_l("a teacher's e-mail address, if typed; encrypted. Never a student's"), _l("reminders")),
    (_l("who did what, by id"), _l("the audit trail")),
)
"""What is kept, and why."""
