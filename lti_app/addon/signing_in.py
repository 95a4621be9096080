"""The add-on's sign-in with Google: which yes it needs, and what follows from it."""

import logging
from dataclasses import dataclass

from sqlalchemy.orm import Session

from integrations.classroom import oauth, scopes, sign_in
from integrations.classroom.add_on_context import Context
from integrations.classroom.sign_in import SignedIn
from integrations.lms import LmsError, LmsUnavailable
from lti_app.addon import entering, tickets, tokens
from lti_app.addon.openings import Opening, View
from lti_app.addon.refusals import WORDS, refuse
from lti_app.db import Database
from lti_app.launch.google_sign_in import begin, district_of, known_person, oauth_client, person_of
from lti_app.settings import Settings
from lti_app.sync import accounts, granting
from lti_app.sync.features import Feature
from lti_app.sync.models import GoogleAccount
from lti_app.sync.quota import meter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Secrets:
    """Digests of what the iframe holds (`tickets.py`)."""

    key: str
    channel: str


@dataclass(frozen=True)
class SignedInHere:
    """Who came in, and where they go on."""

    person_id: int
    landing: str


class ConsentNeeded(Exception):
    """A teacher's lasting grant is missing: Google must ask once more. Carries the account."""

    def __init__(self, user_id: str) -> None:
        super().__init__()
        self.user_id = user_id


def scope_of(view: View) -> str:
    """The one scope of the add-on's that a view needs. A view for students asks for theirs also
    of a teacher, and nobody is asked for more."""
    return scopes.ADDON_STUDENT if view == "student" else scopes.ADDON_TEACHER


def redirect_uri(settings: Settings) -> str:
    """Where Google sends the window back to."""
    return f"{settings.public_url}/addon/signed-in"


def set_out(
    settings: Settings, opening: Opening, *, consent: bool = False
) -> tuple[str, dict[str, str | float]]:
    """Google's address to open, and what the window's cookie holds until it is back.

    A child is never asked for access that lasts (`offline`); a teacher, whom grades are sent on
    behalf of, is. Whom Classroom names (`login_hint`) Google need not ask which account it is.
    """
    prompt = "consent" if consent else "" if opening.login_hint else "select_account"
    return begin(
        settings,
        redirect_uri(settings),
        opening.login_hint,
        WORDS,
        scope=f"{sign_in.SCOPE} {scope_of(opening.view)}",
        prompt=prompt,
        offline=opening.view != "student",
    )


def known_here(database: Database, signed_in: SignedIn) -> int:
    """The person whom this account was before, of the organization's district: what they may see
    say the classes they are in. Raises refusals; makes nobody."""
    district_id = district_of(database, signed_in.user, WORDS)
    with database.session(district_id=district_id, writes=False) as session:
        known = known_person(session, signed_in.user)
    if known is None or known.district_id != district_id:
        raise refuse("not_known")
    return known.id


def finish(
    database: Database,
    settings: Settings,
    opening: Opening,
    held: Secrets | None,
    signed_in: SignedIn,
) -> SignedInHere:
    """Let somebody in who signed in for an opening; all is written or nothing.

    With `held` a ticket is written for the iframe. Waits for Google. Raises refusals and
    `ConsentNeeded`.
    """
    district_id = district_of(database, signed_in.user, WORDS)
    scope = scope_of(opening.view)
    if scope not in signed_in.scopes:
        raise refuse("student_scope" if scope == scopes.ADDON_STUDENT else "teacher_scope")
    context = _context(database, settings, district_id, opening, signed_in)
    title = ""
    if context.role == "teacher":
        name = signed_in.user.name or signed_in.user.email
        token = signed_in.access_token
        counts = meter(database, settings, signed_in.user.user_id)
        title = entering.title_of(database, settings, district_id, name, token, opening, counts)
    return entering.written(
        database,
        district_id,
        lambda session: _let_in(session, opening, held, signed_in, context, title),
    )


def _context(
    database: Database,
    settings: Settings,
    district_id: int,
    opening: Opening,
    signed_in: SignedIn,
) -> Context:
    try:
        counts = meter(database, settings, signed_in.user.user_id)
        context = entering.ask(settings, signed_in.access_token, opening, counts)
    except LmsUnavailable as error:
        raise refuse("google_down") from error
    except LmsError as error:
        if error.code != "not_in_course":
            raise refuse(error.code) from error
        with database.session(district_id=district_id, writes=False) as session:
            known = known_person(session, signed_in.user)
        if known is not None:
            entering.left(database, district_id, known.id, opening)
        raise refuse("not_in_class") from error
    if context.role == "student" and signed_in.refresh_token is not None:
        # Somebody had a child's browser open a view for teachers.
        _give_back(settings, signed_in.refresh_token)
    return context


def _give_back(settings: Settings, refresh_token: str) -> None:
    """A child's lasting access is not wanted: it is not kept, and it ends at Google, too."""
    try:
        oauth.revoke(oauth_client(settings), refresh_token)
    except LmsError as error:
        log.warning("a student's refresh token was not revoked: %s", error.code)


def _let_in(
    session: Session,
    opening: Opening,
    held: Secrets | None,
    signed_in: SignedIn,
    context: Context,
    title: str,
) -> SignedInHere:
    person = person_of(session, signed_in.user)
    if context.role == "teacher" and opening.view != "student":
        _keep_grant(session, person.id, signed_in)
    elif context.role == "student" and opening.view == "student":
        tokens.keep(session, person.id, signed_in.access_token, signed_in.expires_at)
    try:
        landing = entering.arrive(session, person.id, opening, context, title=title)
    except entering.NoTeacherYet:
        landing = entering.waiting_place(opening)
    if held is not None:
        tickets.issue(
            session,
            key=held.key,
            channel=held.channel,
            person_id=person.id,
            landing=landing,
        )
    return SignedInHere(person.id, landing)


def _keep_grant(session: Session, person_id: int, signed_in: SignedIn) -> None:
    if signed_in.refresh_token is not None:
        grant = oauth.Grant(
            user_id=signed_in.user.user_id,
            refresh_token=signed_in.refresh_token,
            access_token=signed_in.access_token,
            expires_at=signed_in.expires_at,
            scopes=tuple(sorted(signed_in.scopes)),
            domain=signed_in.user.domain,
        )
        granting.keep_grant(session, person_id, grant)
    elif not accounts.allows(session.get(GoogleAccount, person_id), Feature.ADDON):
        raise ConsentNeeded(signed_in.user.user_id)
