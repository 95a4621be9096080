"""Asking platforms to tell us of copied courses: noted at a launch, done by a worker."""

import logging
from datetime import timedelta

from sqlalchemy import select

from integrations.lms import LmsError, LmsUnavailable
from integrations.lti.claims import LaunchClaims
from integrations.lti.notices import CONTEXT_COPY, put_handler
from lti_app import backoff
from lti_app.db import Database, Joined, insert_if_missing, now
from lti_app.launch.models import Deployment, NoticeSubscription, Platform
from lti_app.launch.platforms import is_safe_address
from lti_app.launch.services import connector_to

log = logging.getLogger(__name__)

WANTED = (CONTEXT_COPY,)
"""Of an asset notice nothing would follow here, so no platform is asked to send any."""
LEASE = timedelta(minutes=2)
FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 6 * 3600.0
REFUSED_WAIT = timedelta(days=1)
"""An administrator may grant the scope later."""
AT_ONCE = 50


def handler_at(public_url: str) -> str:
    """Where platforms post their notices."""
    return f"{public_url}/lti/notices"


def note_service(
    joined: Joined,
    deployment_id: int,
    claims: LaunchClaims,
    public_url: str,
    *,
    allow_loopback_http: bool,
) -> None:
    """A launch announced a notification service: have a worker subscribe, where that is new.

    Takes what opens a session: most launches announce none.
    """
    url = claims.notice_service_url
    wanted = [one for one in WANTED if one in claims.notice_types]
    if url is None or not wanted:
        return
    if not is_safe_address(url, allow_loopback_http=allow_loopback_http):
        return
    session, handler = joined(), handler_at(public_url)
    known = {
        row.notice_type: row
        for row in session.scalars(
            select(NoticeSubscription).where(NoticeSubscription.deployment_id == deployment_id)
        )
    }
    for notice_type in wanted:
        row = known.get(notice_type)
        if row is None:
            insert_if_missing(
                session,
                NoticeSubscription,
                deployment_id=deployment_id,
                notice_type=notice_type,
                service_url=url,
                handler=handler,
                due_at=now(),
                tries=0,
                reason="",
            )
        elif (row.service_url, row.handler) != (url, handler):
            row.service_url, row.handler = url, handler
            row.due_at, row.tries = now(), 0


def subscribe_due(database: Database) -> None:
    """Tell the platforms that do not know our handler yet, each in a request of its own."""
    for row, platform in _take(database):
        try:
            put_handler(
                connector_to(database, platform), row.service_url, row.notice_type, row.handler
            )
        except LmsError as error:
            log.warning("subscription %s stopped: %s", row.id, error.code)
            _write(database, row, error)
        else:
            _write(database, row, None)


def _take(database: Database) -> list[tuple[NoticeSubscription, Platform]]:
    with database.session(writes=False) as session:  # every minute: seldom is there anything
        due = select(NoticeSubscription.id).where(NoticeSubscription.due_at <= now()).limit(1)
        if session.scalar(due) is None:
            return []
    with database.transaction() as session:
        rows = session.execute(
            select(NoticeSubscription, Platform)
            .join(Deployment, NoticeSubscription.deployment_id == Deployment.id)
            .join(Platform, Deployment.platform_id == Platform.id)
            .where(NoticeSubscription.due_at <= now(), Platform.active)
            .order_by(NoticeSubscription.due_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True, of=NoticeSubscription)
        ).all()
        for row, _platform in rows:
            row.due_at = now() + LEASE
        return [(row, platform) for row, platform in rows]


def _write(database: Database, taken: NoticeSubscription, error: LmsError | None) -> None:
    with database.transaction(district_id=taken.district_id) as session:
        row = session.get_one(NoticeSubscription, taken.id, with_for_update=True)
        if (row.service_url, row.handler) != (taken.service_url, taken.handler):
            return  # a launch said otherwise meanwhile, and it is due again
        row.reason = error.code if error is not None else ""
        row.tries = row.tries + 1 if error is not None else 0
        row.due_at = None if error is None else now() + _wait(error, row.tries)


def _wait(error: LmsError, tries: int) -> timedelta:
    if not isinstance(error, LmsUnavailable):
        return REFUSED_WAIT
    asked = min(error.retry_after or 0.0, LONGEST_WAIT_S)
    wait = backoff.wait_s(
        tries, first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S, retry_after_s=asked
    )
    return timedelta(seconds=wait)
