"""A teacher's grant to read and write Classroom: to Google and back, kept encrypted, ended."""

import secrets
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from integrations.classroom import oauth
from integrations.classroom.client import ClassroomClient, StoredGrant
from integrations.lms import LmsRefused
from lti_app.db import Database, insert_if_missing, now
from lti_app.errors import BadInput
from lti_app.launch.google_sign_in import oauth_client
from lti_app.people.models import Enrolment, Identity
from lti_app.settings import Settings
from lti_app.sync.models import GoogleAccount, GoogleSignIn

WAY_LASTS = timedelta(minutes=10)


def redirect_uri(settings: Settings) -> str:
    """Where Google sends a teacher back to."""
    return f"{settings.public_url}/google/callback"


def begin_sign_in(
    session: Session, settings: Settings, enrolment_id: int, *, reminders: bool = False
) -> str:
    """Note that a teacher is on the way to Google; returns the address to open there.

    With `reminders` they are asked to let us write announcements and calendar events, too.
    """
    state = secrets.token_urlsafe(32)
    scopes = (*oauth.MIRROR_SCOPES, *(oauth.REMINDER_SCOPES if reminders else ()))
    asked = oauth.authorization_url(oauth_client(settings), redirect_uri(settings), scopes, state)
    session.execute(delete(GoogleSignIn).where(GoogleSignIn.expires_at < now()))
    session.add(
        GoogleSignIn(
            state=state,
            enrolment_id=enrolment_id,
            code_verifier=asked.code_verifier,
            expires_at=now() + WAY_LASTS,
        )
    )
    session.flush()
    return asked.url


def find_sign_in(session: Session, state: str) -> GoogleSignIn:
    """The way a teacher is on. Raises `BadInput` for one that is unknown, used or too old."""
    found = session.get(GoogleSignIn, state)
    if found is None or found.expires_at < now():
        raise BadInput(
            _l("This sign-in took too long."),
            _l("Close this window and start again from Pathways."),
        )
    return found


def finish_sign_in(database: Database, settings: Settings, state: str, code: str) -> Enrolment:
    """Exchange Google's code and keep the grant with the teacher who set out.

    The way is used up first, so that sending the page twice can't exchange twice. Returns the
    teacher's enrolment. Raises `BadInput` where the way is not valid, or where this Google
    account already belongs to someone else here; `LmsError` where Google refuses.
    """
    with database.transaction() as session:
        sign_in = find_sign_in(session, state)
        session.delete(sign_in)
    grant = oauth.exchange_code(
        oauth_client(settings), redirect_uri(settings), code, sign_in.code_verifier
    )
    with database.transaction(district_id=sign_in.district_id) as session:
        enrolment = session.get_one(Enrolment, sign_in.enrolment_id)
        _link(session, enrolment.person_id, grant.user_id)
        keep_grant(session, enrolment.person_id, grant)
    return enrolment


def keep_grant(session: Session, person_id: int, grant: oauth.Grant) -> None:
    """What a teacher allowed at Google, in place of what they allowed before: Google's newest
    grant holds all of it."""
    account = session.get(GoogleAccount, person_id)
    if account is None:
        account = GoogleAccount(person_id=person_id)
        session.add(account)
    account.refresh_token = grant.refresh_token
    account.access_token = grant.access_token
    account.expires_at = grant.expires_at
    account.scopes = list(grant.scopes)
    account.granted_at = now()
    account.broken_at = None


def allows(session: Session, person_id: int, scope: str) -> bool:
    """Whether a teacher's grant is there, good, and has this scope in it."""
    account = session.get(GoogleAccount, person_id)
    return account is not None and account.broken_at is None and scope in account.scopes


def _link(session: Session, person_id: int, user_id: str) -> None:
    insert_if_missing(session, Identity, person_id=person_id, source="google", subject=user_id)
    owner = session.scalar(
        select(Identity.person_id).where(Identity.source == "google", Identity.subject == user_id)
    )
    if owner != person_id:
        raise BadInput(
            _l("This Google account is connected with someone else here."),
            _l("Sign in at Google with your own school account and try again."),
        )


def client_of(
    database: Database, settings: Settings, district_id: int, person_id: int
) -> ClassroomClient:
    """A Classroom client on behalf of a teacher. Raises `LmsRefused('not_connected')`."""
    with database.session(district_id=district_id, writes=False) as session:
        account = session.get(GoogleAccount, person_id)
    if account is None:
        raise LmsRefused("not_connected")
    if account.broken_at is not None:
        raise LmsRefused("sign_in_again")

    def keep(access_token: str, expires_at: datetime) -> None:
        with database.transaction(district_id=district_id) as session:
            session.execute(
                update(GoogleAccount)
                .where(GoogleAccount.person_id == person_id)
                .values(access_token=access_token, expires_at=expires_at)
            )

    return ClassroomClient(
        settings.classroom_api_url,
        StoredGrant(
            refresh_token=account.refresh_token,
            access_token=account.access_token,
            expires_at=account.expires_at,
            scopes=tuple(account.scopes),
        ),
        oauth_client(settings),
        keep,
    )


def mark_broken(database: Database, district_id: int, person_id: int) -> None:
    """Google refuses the refresh token: from now on the teacher is asked to sign in again."""
    with database.transaction(district_id=district_id) as session:
        session.execute(
            update(GoogleAccount)
            .where(GoogleAccount.person_id == person_id)
            .values(broken_at=now(), access_token=None)
        )
