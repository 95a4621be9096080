"""Why somebody does not come in through Google Classroom, in words for a child or a teacher."""

from flask_babel import lazy_gettext as _l

from lti_app.launch import google_refusals
from lti_app.launch.google_refusals import SignInRefused

AGAIN = _l("Close this window, go back to Classroom and press “Open Pathways” again.")
ANOTHER = _l("Close this window, press “Open Pathways” again and pick your school account.")
TELL_TEACHER = _l("Tell your teacher. Teachers: tell the person who runs Pathways for you.")
ASK_WORKSPACE = _l(
    "Tell your teacher. Teachers: ask your Google Workspace administrator to allow Pathways for "
    "students, by name, in the Admin console under Security, API controls."
)

WORDS: google_refusals.Refusals = {
    "not_set_up": (503, _l("Google Classroom is not set up here."), TELL_TEACHER),
    "unknown_state": (400, _l("This window does not belong to a sign-in."), AGAIN),
    "too_old": (400, _l("This sign-in took too long."), AGAIN),
    "sign_in_again": (400, _l("This sign-in was good for a short time only."), AGAIN),
    "bad_token": (400, _l("We can't be sure who signed in."), AGAIN),
    "access_denied": (403, _l("You said no at Google."), AGAIN),
    "admin_policy_enforced": (
        403,
        _l("Your school does not allow Pathways at Google."),
        ASK_WORKSPACE,
    ),
    "access_not_configured": (
        403,
        _l("Your school has not set up Pathways at Google yet."),
        ASK_WORKSPACE,
    ),
    "unauthorized": (503, _l("Google does not accept Pathways right now."), TELL_TEACHER),
    "google_down": (
        503,
        _l("Google does not answer us right now."),
        _l("Wait a minute, then press “Open Pathways” again."),
    ),
    "other_domain": (
        403,
        _l("This Google account is not from a school that uses Pathways."),
        ANOTHER,
    ),
    "not_known": (
        403,
        _l("Pathways does not know this account yet."),
        _l("Go to your class and click Pathways there. Or pick your school account."),
    ),
    "not_in_class": (403, _l("This account is not in this class."), ANOTHER),
    "teachers_only": (
        403,
        _l("This part is for teachers."),
        _l("Go back to Classroom and open your work from the assignment."),
    ),
    "student_scope": (
        403,
        _l("Pathways needs one more yes from you."),
        _l(
            "Press “Open Pathways” again and tick the box about Classroom add-ons at Google. "
            "Pathways needs it to see which class you are in."
        ),
    ),
    "teacher_scope": (
        403,
        _l("A box at Google was not ticked."),
        _l(
            "Press “Open Pathways” again and tick the box about Classroom add-ons. Pathways needs "
            "it to see that you teach this class, to attach things and to send grades."
        ),
    ),
    "ticket_over": (
        400,
        _l("This sign-in was used or took too long."),
        _l("Close Pathways here and open it again from the assignment."),
    ),
}


def refuse(code: str) -> SignInRefused:
    """Count and log a refusal, and return the error to raise."""
    return google_refusals.refuse(code, WORDS)
