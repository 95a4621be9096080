"""The doctor's findings in words: what is wrong, what to change and where; in English."""

from lti_app.sync.checkup import Finding, State
from lti_app.sync.features import NEEDS, Feature, scopes_of

ADMIN_ACCESS = (
    "Admin console (admin.google.com): Security, Access and data control, API controls, Manage "
    "third-party app access"
)
ADMIN_DELEGATION = (
    "Admin console (admin.google.com): Security, Access and data control, API controls, Manage "
    "domain-wide delegation"
)
QUOTAS = (
    "Cloud console (console.cloud.google.com): IAM & Admin, Quotas & System Limits, "
    "Google Classroom API"
)
CREDENTIALS = "Cloud console (console.cloud.google.com): APIs & Services, Credentials"

PUBLISHER = "classroom-notifications@system.gserviceaccount.com"

STEPS: dict[str, str] = {
    "settings": "Settings",
    "redirects": "Redirect addresses",
    "https": "Our own address",
    "cookies": "Cookies",
    "client": "Our client at Google",
    "clock": "Clock",
    "district": "District",
    "domains": "Workspace domains",
    "service_account": "Service account",
    "delegated": "Delegated",
    "grants": "Teachers' grants",
    "feature": "Allowed",
    "api": "Classroom API",
    "pubsub": "Changes at once (Pub/Sub)",
    "push": "Push subscription",
    "feeds": "Feeds of courses",
    "pushes": "Pushes",
    "budget": "Requests to Google",
    "quota": "Quota",
    "revocations": "Revocations",
}
STATES = {State.OK: "ok", State.WARNING: "look at this", State.FAILED: "wrong"}

WORDS: dict[tuple[str, str], str] = {
    ("settings", "no_client"): (
        "Set PATHWAYS_GOOGLE_CLIENT_ID and PATHWAYS_GOOGLE_CLIENT_SECRET to the OAuth client's. "
        f"{CREDENTIALS}."
    ),
    ("settings", "no_secret"): f"Set PATHWAYS_GOOGLE_CLIENT_SECRET. {CREDENTIALS}.",
    ("settings", "unsafe_address"): (
        "An address of Google's in the settings is not https. Take PATHWAYS_GOOGLE_*_URL away: "
        "Google's own are the default."
    ),
    ("https", "only_here"): (
        "Google sends people back to https addresses only. Set PATHWAYS_PUBLIC_URL to the https "
        "address of Pathways."
    ),
    ("cookies", "not_in_frames"): (
        "Inside Classroom's frame browsers keep cookies only over https: serve Pathways over https."
    ),
    ("client", "unauthorized"): (
        f"Google does not accept our client id or secret. Copy both anew. {CREDENTIALS}."
    ),
    ("client", "forbidden"): (
        f"The district's policy refuses the client. Allow it by its client id. {ADMIN_ACCESS}."
    ),
    ("client", "unreachable"): (
        "Google's token endpoint does not answer. Let the server reach oauth2.googleapis.com."
    ),
    ("clock", "ahead"): "Our clock is behind Google's. Set it by a time server.",
    ("clock", "behind"): "Our clock is ahead of Google's. Set it by a time server.",
    ("domains", "none"): (
        "No Workspace domain is registered, so accounts of any domain are taken. "
        "Run `flask classroom domains add DOMAIN --district NAME`."
    ),
    ("service_account", "not_delegated"): (
        "Google gives it no token. Enter its client id with the scopes of `flask classroom "
        "listing` (a change takes up to a day), and check that the administrator it acts as is "
        "still one. "
        f"{ADMIN_DELEGATION}."
    ),
    ("service_account", "unreachable"): "Google does not answer. Run this again later.",
    ("service_account", "changed"): (
        "What is delegated has changed. Run `flask classroom service-account` with its file again, "
        "so that Pathways goes by it."
    ),
    ("delegated", "no_push"): (
        "Google makes no push registrations for a service account: for changes within minutes a "
        "teacher allows “Changes at once” themself; else courses are looked at every quarter of an "
        "hour."
    ),
    ("grants", "none"): "No teacher has connected a Google account yet.",
    ("grants", "sign_in_again"): (
        "Google has ended these grants (revoked, unused for six months, password or session "
        "policy). These teachers see “Connect Google Classroom” again; nothing to do here."
    ),
    ("grants", "forbidden"): (
        f"The district's policy refuses these. Allow Pathways by its client id. {ADMIN_ACCESS}."
    ),
    ("grants", "unauthorized"): "Google does not accept our client: see above.",
    ("grants", "not_tried"): "more grants were not tried, to spare the quota.",
    ("api", "forbidden"): (
        "Google refuses the Classroom API. Enable it in the Cloud console (APIs & Services, "
        "Library, Google Classroom API), and let people use it: Admin console, Apps, Google "
        "Workspace, Classroom, Data access. Accounts under 18 are blocked until the app is "
        f"configured for their units. {ADMIN_ACCESS}."
    ),
    ("api", "not_delegated"): f"The service account gets no token: see above. {ADMIN_DELEGATION}.",
    ("api", "sign_in_again"): "Google does not take the token. Run this again.",
    ("api", "rate_limited"): "Google's quota is used up just now: see Quota.",
    ("pubsub", "none"): (
        "No topic is set: courses are looked at every quarter of an hour. To hear of changes "
        "within minutes see deploy/google-workspace.md, “Changes at once”."
    ),
    ("push", "not_https"): (
        "Pub/Sub pushes to https addresses only. Set PATHWAYS_PUBLIC_URL to the https address of "
        "Pathways."
    ),
    ("feeds", "scope_missing"): (
        "These teachers have not allowed “Changes at once” (page Classroom); their courses are "
        "looked at every quarter of an hour."
    ),
    ("feeds", "not_connected"): (
        "These teachers have no grant of their own, which Google asks for here; their courses are "
        "looked at every quarter of an hour."
    ),
    ("feeds", "sign_in_again"): "These teachers must sign in at Google again: see their grants.",
    ("feeds", "feed_or_topic_gone"): (
        "Google finds no such topic, or Classroom may not publish to it, or the course is no "
        f"longer this teacher's. See the name in PATHWAYS_PUBSUB_TOPIC, and give {PUBLISHER} the "
        "role Pub/Sub Publisher on it. They are tried again within six hours."
    ),
    ("feeds", "forbidden"): (
        "Google refuses these. Enable the Cloud Pub/Sub API in the project of the OAuth client, "
        f"and let the app have the scope classroom.push-notifications. {ADMIN_ACCESS}."
    ),
    ("feeds", "not_a_teacher"): "These teachers no longer teach the course.",
    ("feeds", "expired"): (
        "These are over and were not renewed. See that a worker runs and reaches "
        "classroom.googleapis.com."
    ),
    ("pushes", "none"): (
        "Google was asked to tell, and no push has come for three days, so courses are looked at "
        "every quarter of an hour. See that the topic has a push subscription to the address, "
        "audience and service account above, and that the address can be reached from outside. "
        "On a holiday nothing is wrong."
    ),
    ("api", "budget_spent"): "Our share of Google's quota is used up just now: see Requests.",
    ("budget", "quiet"): (
        "Google said “too many requests”, so all processes wait, and go on by themselves. Where it "
        "comes back: see that the PATHWAYS_GOOGLE_*_QUOTA settings are not above Google's. "
        f"{QUOTAS}."
    ),
    ("budget", "full"): (
        "Mirrors wait, so that grades and pages get through, and go on by themselves. Where it "
        "stays so, ask Google for more, then enter the new numbers in "
        f"PATHWAYS_GOOGLE_MINUTE_QUOTA, …_USER_MINUTE_QUOTA and …_DAY_QUOTA. {QUOTAS}."
    ),
    ("budget", "alone"): (
        "Each process counts for itself, so together they may ask too much. Set "
        "PATHWAYS_LIMITS_URL to a redis:// address that all of them reach."
    ),
    ("budget", "store_down"): (
        "The store of PATHWAYS_LIMITS_URL does not answer: each process counts for itself. See "
        "that Redis runs and can be reached."
    ),
    ("quota", "busy"): (
        "Google said “too many requests” for these; they are tried again by themselves. Where it "
        f"stays so, ask Google for more. {QUOTAS}."
    ),
    ("revocations", "late"): (
        "Google has not been told of these ended grants for an hour. See that a worker runs and "
        "reaches oauth2.googleapis.com; they are told as soon as it does."
    ),
}
UNREACHABLE = "Google does not answer as it should. Run this again later."


def line(finding: Finding) -> str:
    """One finding in one line: what, how it stands, what to do."""
    about = finding.about
    if finding.step == "feature":
        about = f"{NEEDS[Feature(finding.code)].title}: {finding.about} teachers"
    if finding.step == "clock" and finding.about:
        about = f"{finding.about} seconds off"
    if (finding.step, finding.code) == ("delegated", "missing"):
        names = " ".join(scopes_of([finding.about]))
        about = f"not “{NEEDS[Feature(finding.about)].title}”"
        return _line(finding, about, f"Add {names}. {ADMIN_DELEGATION}.")
    if finding.state == State.OK and (finding.step, finding.code) not in WORDS:
        return _line(finding, about, "")
    return _line(finding, about, WORDS.get((finding.step, finding.code), UNREACHABLE))


def _line(finding: Finding, about: str, words: str) -> str:
    head = f"{STEPS[finding.step]}: {STATES[finding.state]}"
    return ". ".join(
        part.rstrip(".") for part in (f"{head} ({about})" if about else head, words) if part
    )
