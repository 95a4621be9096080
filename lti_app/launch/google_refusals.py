"""Google sign-ins that must not enter, in words for the administrator."""

import logging
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from prometheus_client import Counter

from lti_app.errors import PathwaysError, Words

log = logging.getLogger(__name__)

refused_sign_ins = Counter(
    "pathways_google_sign_in_refused_total", "Google sign-ins that were refused", ["code"]
)

AGAIN = _l("Open the sign-in page of Pathways and begin again.")
ASK_US = _l("Tell the person who runs Pathways for your district.")
ASK_WORKSPACE = _l(
    "Ask your Google Workspace administrator to allow Pathways by name in the Admin console, under "
    "Security, API controls."
)

Refusals = Mapping[str, tuple[int, Words, Words]]
"""HTTP status, what happened, and what to do, by code."""

WORDS: Refusals = {
    "not_set_up": (503, _l("Signing in with Google is not set up here."), ASK_US),
    "unknown_state": (400, _l("This browser did not begin this sign-in, or it was used."), AGAIN),
    "too_old": (400, _l("This sign-in took too long."), AGAIN),
    "sign_in_again": (400, _l("This sign-in was good for a short time only."), AGAIN),
    "bad_token": (400, _l("We can't be sure who signed in."), AGAIN),
    "access_denied": (403, _l("You did not allow the sign-in at Google."), AGAIN),
    "admin_policy_enforced": (
        403,
        _l("Your organization does not allow Pathways at Google."),
        ASK_WORKSPACE,
    ),
    "access_not_configured": (
        403,
        _l("Your organization has not set up Pathways at Google yet."),
        ASK_WORKSPACE,
    ),
    "unauthorized": (503, _l("Google does not accept Pathways right now."), ASK_US),
    "google_down": (
        503,
        _l("Google does not answer us right now."),
        _l("Wait a minute, then begin again."),
    ),
    "other_domain": (
        403,
        _l("This Google account does not belong to a district that uses Pathways."),
        _l("Sign in with your school account. If this was it: have its domain registered."),
    ),
    "not_listed": (
        403,
        _l("This Google account is not listed as an administrator."),
        _l("Ask an administrator of your district to add your address."),
    ),
    "other_account": (
        403,
        _l("Another Google account has signed in with this address before."),
        _l("Ask an administrator of your district to remove the address and add it again."),
    ),
}
ALIASES = {"forbidden": "admin_policy_enforced", "org_internal": "admin_policy_enforced"}


class SignInRefused(PathwaysError):
    """A sign-in that must not enter; nothing was changed."""

    def __init__(self, code: str, words: Refusals) -> None:
        self.status, message, advice = words[code]
        super().__init__(message, advice, code=code)


def refuse(code: str, words: Refusals = WORDS) -> SignInRefused:
    """Count and log a refusal (its code only), and return the error to raise."""
    code = ALIASES.get(code, code)
    code = code if code in words else "unauthorized"  # Google's own trouble with us
    refused_sign_ins.labels(code).inc()
    log.info("google sign-in refused: %s", code)
    return SignInRefused(code, words)
