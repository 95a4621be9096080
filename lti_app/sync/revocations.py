"""Giving a grant back: unusable here at once, and Google is told until it has heard it."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from integrations.classroom import oauth
from integrations.lms import LmsUnavailable
from lti_app.db import Database, now
from lti_app.people.models import Section
from lti_app.sync import feeds
from lti_app.sync.delivery import wait_s
from lti_app.sync.models import ClassroomConnection, GoogleAccount, GoogleRevocation
from lti_app.sync.wake import revocations_waiting

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than Google may take for an answer."""
AT_ONCE = 50


def sections_of(session: Session, person_id: int) -> Sequence[Section]:
    """The sections whose courses are read on behalf of a teacher, by title."""
    return session.scalars(
        select(Section)
        .join(ClassroomConnection, ClassroomConnection.section_id == Section.id)
        .where(ClassroomConnection.teacher_id == person_id)
        .order_by(Section.title, Section.id)
    ).all()


def give_back(session: Session, person_id: int) -> bool:
    """Forget a teacher's Google account and have Google end the grant; False: there was none.

    From this transaction on nothing here can use it.
    """
    account = session.get(GoogleAccount, person_id, with_for_update={"of": GoogleAccount})
    if account is None:
        return False
    if account.refresh_token is not None:
        end(session, person_id, account.user_id, account.refresh_token)
    session.delete(account)
    session.flush()
    feeds.grant_changed(session, person_id)
    return True


def end(session: Session, person_id: int, user_id: str | None, token: str) -> None:
    """Have Google end the grant behind a token, once the transaction is through."""
    session.add(GoogleRevocation(person_id=person_id, user_id=user_id, token=token))
    session.flush()
    revocations_waiting(session)


def superseded(session: Session, user_id: str) -> None:
    """The account's owner granted anew: Google would end that with the older one, so it is no
    longer asked to."""
    session.execute(delete(GoogleRevocation).where(GoogleRevocation.user_id == user_id))


def tell_google(database: Database, client: oauth.OAuthClient) -> int:
    """Tell Google of the grants that are over, as far as they are due; returns how many it has.

    A row goes only when Google has answered; a worker that died leaves it to another.
    """
    told = 0
    for row in _taken(database):
        try:
            oauth.revoke(client, row.token)
        except LmsUnavailable as error:
            log.warning("revocation %s waits: %s", row.id, error.code)
            wait = wait_s(row.tries, error.retry_after)
            outcome = (
                update(GoogleRevocation)
                .where(GoogleRevocation.id == row.id)
                .values(due_at=now() + timedelta(seconds=wait))
            )
        else:
            outcome = delete(GoogleRevocation).where(GoogleRevocation.id == row.id)  # type: ignore[assignment]
            told += 1
        with database.transaction() as session:
            session.execute(outcome)
    return told


def _taken(database: Database) -> Sequence[GoogleRevocation]:
    """Due ones, put off so that no other worker takes them meanwhile."""
    with database.transaction() as session:
        rows = session.scalars(
            select(GoogleRevocation)
            .where(GoogleRevocation.due_at <= now())
            .order_by(GoogleRevocation.due_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.tries += 1
            row.due_at = now() + LEASE
        return rows
