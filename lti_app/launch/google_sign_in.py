"""An administrator signs in with Google: registered domain, listed address, bound account.

What a sign-in under way must remember stands in the browser's own signed cookie, so that nothing
is written for anybody who is not let in, and another browser can't finish it.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from integrations.classroom import sign_in
from integrations.classroom.sign_in import GoogleUser, SignedIn
from integrations.classroom.token_endpoint import OAuthClient
from integrations.lms import LmsError, LmsUnavailable
from lti_app.db import Database, now
from lti_app.launch.google_refusals import WORDS, Refusals, refuse
from lti_app.launch.models import WorkspaceDomain
from lti_app.people import audit
from lti_app.people.identities import email_digest
from lti_app.people.models import Identity, ListedAdmin, Person
from lti_app.settings import Settings

LASTS = timedelta(minutes=10)
SOURCE = "google"


@dataclass(frozen=True)
class UnderWay:
    """A sign-in until Google sends the browser back; what the cookie holds of it."""

    state: str
    nonce: str
    code_verifier: str
    until: float
    """Unix time, in seconds."""


def oauth_client(settings: Settings) -> OAuthClient:
    """Our client at Google, as the installation set it up."""
    return OAuthClient(
        client_id=settings.google_client_id,
        client_secret=settings.google_client_secret.get_secret_value(),
        auth_url=settings.google_auth_url,
        token_url=settings.google_token_url,
        revoke_url=settings.google_revoke_url,
    )


def redirect_uri(settings: Settings) -> str:
    """Where Google sends an administrator back to."""
    return f"{settings.public_url}/google/signed-in"


def begin(
    settings: Settings,
    back_to: str,
    login_hint: str,
    words: Refusals = WORDS,
    *,
    scope: str = sign_in.SCOPE,
    prompt: str = "select_account",
    offline: bool = False,
) -> tuple[str, dict[str, str | float]]:
    """Google's address to open, and what the cookie holds until Google sends the browser
    `back_to`; the rest as `integrations.classroom.sign_in.begin` takes it."""
    if not settings.google_client_id:
        raise refuse("not_set_up", words)
    begun = sign_in.begin(
        oauth_client(settings), back_to, login_hint, scope=scope, prompt=prompt, offline=offline
    )
    until = (now() + LASTS).timestamp()
    return begun.url, asdict(UnderWay(begun.state, begun.nonce, begun.code_verifier, until))


def under_way(kept: object, state: str, words: Refusals = WORDS) -> UnderWay:
    """The sign-in that this browser began. Raises a refusal, in `words`, for one it did not, or
    too long ago."""
    if not isinstance(kept, dict):
        raise refuse("unknown_state", words)
    begun = UnderWay(**kept)
    if not secrets.compare_digest(begun.state.encode(), state.encode()):
        raise refuse("unknown_state", words)
    if begun.until < now().timestamp():
        raise refuse("too_old", words)
    return begun


def ask_google(
    settings: Settings, begun: UnderWay, code: str, back_to: str, words: Refusals = WORDS
) -> SignedIn:
    """Who signed in, where Google sent the browser `back_to`; refusals are in `words`.

    Waits for Google, some seconds at most: no transaction may be open.
    """
    try:
        return sign_in.finish(
            oauth_client(settings),
            settings.google_certs_url,
            back_to,
            code=code,
            code_verifier=begun.code_verifier,
            nonce=begun.nonce,
        )
    except LmsUnavailable as error:
        raise refuse("google_down", words) from error
    except LmsError as error:
        raise refuse(error.code, words) from error


def let_in(database: Database, settings: Settings, user: GoogleUser) -> int:
    """The person who may administer, made or found; all is written or nothing. Raises refusals."""
    district_id = district_of(database, user)
    if not user.email_verified:
        raise refuse("not_listed")
    secret = settings.secret_key.get_secret_value()
    with database.transaction(district_id=district_id) as session:
        listed = _listed(session, user, email_digest(secret, user.email))
        if listed.person_id is None:
            listed.person_id, listed.subject = person_of(session, user).id, user.user_id
        audit.record(
            session, "admin.signed_in", district_id=district_id, person_id=listed.person_id
        )
        return listed.person_id


def district_of(database: Database, user: GoogleUser, words: Refusals = WORDS) -> int:
    """Whose the account is, by the organization that Google says it belongs to; the ending of an
    address says nothing, for anybody may have a private account with it."""
    with database.session(writes=False) as session:
        district_id = session.scalar(
            select(WorkspaceDomain.district_id).where(WorkspaceDomain.domain == user.domain)
        )
    if district_id is None:
        raise refuse("other_domain", words)
    return district_id


def _listed(session: Session, user: GoogleUser, digest: str) -> ListedAdmin:
    """The row of this account; else the one of its address, if no account is bound to it yet."""
    query = (
        select(ListedAdmin)
        .where(or_(ListedAdmin.subject == user.user_id, ListedAdmin.email_digest == digest))
        .order_by(ListedAdmin.id)
        .with_for_update()
    )
    found = session.scalars(query).all()
    mine = next((row for row in found if row.subject == user.user_id), None)
    if mine is not None:
        return mine
    if not found:
        raise refuse("not_listed")
    if found[0].subject is not None:
        raise refuse("other_account")
    return found[0]


def person_of(session: Session, user: GoogleUser) -> Person:
    """Whom we know by this account's id, never by its address, or somebody new."""
    known = known_person(session, user)
    if known is not None:
        return known
    person = Person(name=user.name[:200] or user.email[:200], locale=user.locale)
    session.add(person)
    session.flush()
    session.add(Identity(person_id=person.id, source=SOURCE, subject=user.user_id))
    session.flush()
    return person


def known_person(session: Session, user: GoogleUser) -> Person | None:
    """Whom we know by this account's id."""
    return session.scalars(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.source == SOURCE, Identity.subject == user.user_id)
    ).first()
