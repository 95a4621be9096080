"""Registering feeds at Google, having them last, and ending them.

A registration lives a week. It is made to last longer by the same request, some days before its
end and never in step with others; a worker that dies after Google took the request leaves it to
another, which asks for the same once more.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from integrations.classroom.registrations import Feed, Registered, Registrations
from integrations.lms import LmsRefused, LmsUnavailable
from lti_app.db import Database, now
from lti_app.sync import accounts, feeds, leases
from lti_app.sync.delivery import LEASE_S, wait_s
from lti_app.sync.feed_models import ClassroomFeed

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(days=2)
SPREAD_S = 24 * 3600.0
"""How much earlier still, by chance."""
ASK_AGAIN = timedelta(hours=6)
"""What Google refused may be mended there, where nobody tells us."""
ENDED = frozenset({"not_connected", "sign_in_again", "scope_missing"})
"""Without a grant there is no registration: Google ends it with the grant."""

Open = Callable[[int, int, str], Registrations]
"""Of a district's teacher, with a topic; raises `LmsRefused` where they have not allowed it."""


def keep_registered(
    database: Database,
    open_registrations: Open,
    topic: str,
    *,
    lease_s: float = LEASE_S,
    most: int = 200,
) -> int:
    """Do what is due, at most `most`; returns how much was done."""
    feeds.follow(database, topic)
    done = 0
    while done < most and (feed := _lease_next(database, lease_s)) is not None:
        _do(database, open_registrations, topic, feed)
        done += 1
    return done


def _lease_next(database: Database, lease_s: float) -> ClassroomFeed | None:
    with database.transaction() as session:
        return leases.lease_next(session, ClassroomFeed, lease_s)


def _do(database: Database, open_registrations: Open, topic: str, feed: ClassroomFeed) -> None:
    outcome: Callable[[Session, ClassroomFeed], None]
    try:
        if not feed.wanted:
            _end(open_registrations, feed)
            outcome = _gone
        else:
            if feed.registration_id and feed.topic != topic:
                _end(open_registrations, feed)
            registrations = open_registrations(feed.district_id, feed.teacher_id, topic)
            made = registrations.create(Feed(feed.feed), feed.course_id)
            outcome = partial(_registered, made=made, topic=topic)
    except LmsUnavailable as error:
        log.warning("feed %s waits: %s", feed.id, error.code)
        outcome = partial(_later, code=error.code, retry_after_s=error.retry_after)
    except LmsRefused as error:
        log.warning("feed %s was refused: %s", feed.id, error.code)
        if error.code == "sign_in_again":
            accounts.mark_broken(database, feed.district_id, feed.teacher_id)
        outcome = partial(_refused, code=error.code)
    leases.settle(database, feed, outcome, district_id=feed.district_id)
    if outcome is _gone:
        _register_others_anew(database, feed)


def _end(open_registrations: Open, feed: ClassroomFeed) -> None:
    """Raises `LmsUnavailable`; what Google refuses is over."""
    if not feed.registration_id:
        return
    try:
        registrations = open_registrations(feed.district_id, feed.teacher_id, feed.topic)
        registrations.delete(feed.registration_id)
    except LmsRefused as error:
        if error.code not in ENDED:
            log.warning("feed %s could not be ended: %s", feed.id, error.code)


def _registered(_session: Session, row: ClassroomFeed, *, made: Registered, topic: str) -> None:
    row.registration_id, row.expires_at, row.topic = made.id, made.expires_at, topic
    row.tries, row.reason, row.delivered_at = 0, "", now()
    row.due_at = renew_at(made.expires_at)


def renew_at(expires_at: datetime) -> datetime:
    """When to make a registration last longer: two to three days before it ends."""
    early_s = random.uniform(0, SPREAD_S)  # noqa: S311 - not a secret
    return max(expires_at - RENEW_BEFORE - timedelta(seconds=early_s), now() + timedelta(hours=1))


def _gone(session: Session, row: ClassroomFeed) -> None:
    if not row.wanted:  # else it was connected again meanwhile
        session.delete(row)
    else:
        row.registration_id, row.expires_at = "", None


def _later(
    _session: Session, row: ClassroomFeed, *, code: str, retry_after_s: float | None
) -> None:
    if code != "budget_spent":  # then nobody was asked
        row.tries += 1
    row.reason = code
    wait = wait_s(row.tries, retry_after_s)
    row.due_at = now() + timedelta(seconds=wait)


def _refused(_session: Session, row: ClassroomFeed, *, code: str) -> None:
    row.tries += 1
    row.reason = code
    row.expires_at = None  # it is not relied on: the course is looked at in between again
    row.due_at = now() + ASK_AGAIN
    if code in ENDED:
        row.registration_id = ""
        leases.park(row, code)  # until the teacher allows it (`feeds.grant_changed`)


def _register_others_anew(database: Database, ended: ClassroomFeed) -> None:
    """The same teacher's same course may be another section's now: Google has one registration
    for both, which was ended."""
    same = (ClassroomFeed.feed == ended.feed) & (ClassroomFeed.course_id == ended.course_id)
    theirs = [ClassroomFeed.teacher_id == ended.teacher_id]
    if ended.registration_id:
        theirs.append(ClassroomFeed.registration_id == ended.registration_id)
    with database.transaction() as session:
        session.execute(
            update(ClassroomFeed)
            .where(ClassroomFeed.wanted, ClassroomFeed.id != ended.id, same, or_(*theirs))
            .values(due_at=now(), version=ClassroomFeed.version + 1)
            .execution_options(synchronize_session=False)
        )
