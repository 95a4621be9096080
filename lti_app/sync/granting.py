"""A teacher on the way to Google and back, and what they allowed there."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from integrations.classroom import oauth
from lti_app.db import Database, insert_if_missing, now
from lti_app.errors import BadInput
from lti_app.launch import google_sign_in
from lti_app.launch.google_sign_in import oauth_client
from lti_app.launch.models import WorkspaceDomain
from lti_app.people.models import Enrolment, Identity
from lti_app.settings import Settings
from lti_app.sync import accounts, feeds, outbox, revocations
from lti_app.sync.features import NEEDS, SIGN_IN_SCOPES, Feature, scopes_of
from lti_app.sync.models import ClassroomConnection, GoogleAccount, GoogleSignIn
from lti_app.sync.wake import mirror_wanted

WAY_LASTS = timedelta(minutes=10)
ASKED_OF_TEACHERS = {Feature.SIGN_IN, *(one for one, need in NEEDS.items() if need.by_teacher)}
MENDED = ("sign_in_again", "not_connected", "scope_missing")
"""Why grades were parked that a new grant may mend."""


@dataclass(frozen=True)
class Returned:
    """A teacher is back from Google."""

    enrolment: Enrolment
    features: tuple[Feature, ...]
    """What they were asked for."""
    missing: tuple[Feature, ...]
    """What of it they did not allow: a box may be unticked."""


def redirect_uri(settings: Settings) -> str:
    """Where Google sends a teacher back to."""
    return f"{settings.public_url}/google/callback"


def redirect_uris(settings: Settings) -> tuple[str, ...]:
    """All addresses that Google sends somebody back to: teachers, administrators, the add-on."""
    return (
        redirect_uri(settings),
        google_sign_in.redirect_uri(settings),
        f"{settings.public_url}/addon/signed-in",
    )


def begin(session: Session, settings: Settings, enrolment_id: int, features: Iterable[str]) -> str:
    """Note that a teacher is on the way to Google; returns the address to open there.

    They are asked for what `features` need; what they allowed before comes along. Raises
    `BadInput` for a name that is no feature a teacher can allow.
    """
    wanted = _known(features)
    enrolment = session.get_one(Enrolment, enrolment_id)
    account = session.get(GoogleAccount, enrolment.person_id)
    state = secrets.token_urlsafe(32)
    asked = oauth.authorization_url(
        oauth_client(settings),
        redirect_uri(settings),
        tuple(dict.fromkeys((*SIGN_IN_SCOPES, *scopes_of(wanted)))),
        state,
        account.user_id if account else None,
        lasting=_is_lasting(wanted),
    )
    session.execute(delete(GoogleSignIn).where(GoogleSignIn.expires_at < now()))
    session.add(
        GoogleSignIn(
            state=state,
            enrolment_id=enrolment_id,
            code_verifier=asked.code_verifier,
            features=[*wanted],
            expires_at=now() + WAY_LASTS,
        )
    )
    session.flush()
    return asked.url


def _known(features: Iterable[str]) -> tuple[Feature, ...]:
    wanted = tuple(dict.fromkeys(features))
    if not wanted or not {*wanted} <= ASKED_OF_TEACHERS:
        raise BadInput(
            _l("We do not know what this asks Google for."),
            _l("Go back and press the button again."),
        )
    return tuple(Feature(one) for one in wanted)


def _is_lasting(features: Iterable[str]) -> bool:
    """Whether tokens are to be kept; who somebody is needs none."""
    return any(one != Feature.SIGN_IN for one in features)


def find(session: Session, state: str) -> GoogleSignIn:
    """The way a teacher is on. Raises `BadInput` for one that is unknown, used or too old."""
    found = session.get(GoogleSignIn, state)
    if found is None or found.expires_at < now():
        raise BadInput(
            _l("This sign-in took too long."),
            _l("Close this window and start again from Pathways."),
        )
    return found


def finish(database: Database, settings: Settings, state: str, code: str) -> Returned:
    """Exchange Google's code and keep the grant with the teacher who set out.

    The way is used up first, so that sending the page twice can't exchange twice. Raises
    `BadInput`, with nothing kept, where the way is not valid, and where the Google account is
    somebody else's here, another than before, or of no domain of the district's; `LmsError` where
    Google refuses.
    """
    with database.transaction() as session:
        way = find(session, state)
        session.delete(way)
    lasting = _is_lasting(way.features)
    grant = oauth.exchange_code(
        oauth_client(settings), redirect_uri(settings), code, way.code_verifier, lasting=lasting
    )
    try:
        with database.transaction(district_id=way.district_id) as session:
            return _keep(session, way, grant)
    except BadInput:
        _do_not_keep(database, way, grant)
        raise


def _keep(session: Session, way: GoogleSignIn, grant: oauth.Grant) -> Returned:
    enrolment = session.get_one(Enrolment, way.enrolment_id)
    features = tuple(Feature(one) for one in way.features)
    account = keep_grant(session, enrolment.person_id, grant)
    missing = tuple(one for one in features if not accounts.allows(account, one))
    return Returned(enrolment, features, missing)


def keep_grant(session: Session, person_id: int, grant: oauth.Grant) -> GoogleAccount:
    """Keep what a teacher allowed, in place of what they allowed before: Google's newest grant
    holds all of it. What waited for it goes on.

    Raises `BadInput` where the Google account is somebody else's here, another than before, or of
    no domain of the district's.
    """
    _must_be_of_the_district(session, grant.domain)
    account = session.get(GoogleAccount, person_id)
    if account is not None and account.user_id not in (None, grant.user_id):
        raise BadInput(
            _l("This is another Google account than the one you connected."),
            _l("Sign in with the same one as before, or remove that one first: see Classroom."),
        )
    _link(session, person_id, grant.user_id)
    if account is None:
        account = GoogleAccount(person_id=person_id)
        session.add(account)
    account.user_id = grant.user_id
    account.granted_at = now()
    account.delegated_token = None
    if grant.refresh_token:
        account.refresh_token = grant.refresh_token
        account.access_token = grant.access_token
        account.expires_at = grant.expires_at
        account.scopes = list(grant.scopes)
        account.broken_at = None
        revocations.superseded(session, grant.user_id)
    session.flush()
    session.refresh(account)
    _go_on(session, account)
    return account


def _must_be_of_the_district(session: Session, domain: str) -> None:
    """Where a district registered its Workspace domains, accounts are of these."""
    registered = set(session.scalars(select(WorkspaceDomain.domain)))
    if registered and domain not in registered:
        raise BadInput(
            _l("This Google account is not of your school."),
            _l("Sign in at Google with your school account and try again."),
        )


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


def _do_not_keep(database: Database, way: GoogleSignIn, grant: oauth.Grant) -> None:
    """Have a grant ended that is not to be kept, unless its account has one that is."""
    if not grant.refresh_token:
        return
    with database.session(writes=False) as session:
        query = select(GoogleAccount.person_id).where(GoogleAccount.user_id == grant.user_id)
        is_kept = session.scalars(query).first() is not None
    if not is_kept:
        with database.transaction(district_id=way.district_id) as session:
            enrolment = session.get_one(Enrolment, way.enrolment_id)
            revocations.end(session, enrolment.person_id, grant.user_id, grant.refresh_token)


def _go_on(session: Session, account: GoogleAccount) -> None:
    """What waited for this teacher's grant goes on: courses are mirrored, parked grades sent."""
    connections = session.execute(
        select(ClassroomConnection.district_id, ClassroomConnection.section_id).where(
            ClassroomConnection.teacher_id == account.person_id
        )
    ).all()
    for district_id, section_id in connections:
        if accounts.allows(account, Feature.MIRROR):
            mirror_wanted(session, district_id, section_id)
    feeds.grant_changed(session, account.person_id)
    if accounts.allows(account, Feature.GRADES):
        outbox.retry_parked(session, [section_id for _, section_id in connections], MENDED)
