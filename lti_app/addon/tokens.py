"""With what Classroom is asked who looks, without another sign-in.

Of a student only an access token is kept, until it ends; of a teacher the grant they gave.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_app.addon.models import AddOnToken
from lti_app.db import Database, insert_if_missing, now
from lti_app.settings import Settings
from lti_app.sync import accounts
from lti_app.sync.features import Feature
from lti_app.sync.models import GoogleAccount

LONGEST = timedelta(hours=1)
SPARE = timedelta(seconds=30)
"""A token that ends sooner is not used any more."""


def keep(session: Session, person_id: int, access_token: str, expires_at: datetime) -> None:
    """Keep a student's access token until it ends, an hour at most."""
    ends = min(expires_at, now() + LONGEST)
    if insert_if_missing(
        session, AddOnToken, person_id=person_id, access_token=access_token, expires_at=ends
    ):
        return
    kept = session.get_one(AddOnToken, person_id)
    kept.access_token, kept.expires_at = access_token, ends


def of(session: Session, person_id: int) -> str | None:
    """A student's access token, while it is good."""
    kept = session.get(AddOnToken, person_id)
    return kept.access_token if kept is not None and kept.expires_at > now() + SPARE else None


def teachers(
    database: Database, settings: Settings, district_id: int, person_id: int
) -> str | None:
    """An access token of a teacher who allowed the add-on; None where there is no such grant.

    May ask Google for a fresh one: no transaction may be open. Raises `LmsError`.
    """
    with database.session(district_id=district_id, writes=False) as session:
        if not accounts.allows(session.get(GoogleAccount, person_id), Feature.ADDON):
            return None
    client = accounts.client_of(database, settings, district_id, person_id, Feature.ADDON)
    return client.access_token()


def forget(database: Database, district_id: int, person_id: int) -> None:
    """Google does not take somebody's token, or a teacher's grant, any more."""
    with database.transaction(district_id=district_id) as session:
        session.execute(delete(AddOnToken).where(AddOnToken.person_id == person_id))
    accounts.mark_broken(database, district_id, person_id)


def forget_ended(session: Session) -> None:
    """Delete what has ended, of everybody."""
    session.execute(delete(AddOnToken).where(AddOnToken.expires_at < now()))
