"""What Google tells of a course, and looking there because of it.

A push says only that something changed, and pushes come in swarms, late and twice: each is
counted at its feed, and some seconds after the first one the course is looked at once for all of
them. A look that began before a push came does not count for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.classroom.push import Changed, Told
from integrations.classroom.registrations import Feed
from lti_app.db import Database, now
from lti_app.sync import marks, wake
from lti_app.sync.feed_models import ClassroomFeed
from lti_app.sync.models import ClassroomConnection

GATHERS_S = 5.0
"""How long a look waits for more of the same."""
LOOK_AGAIN = timedelta(minutes=2)
"""When to look again where a worker set out, and did not say that it looked."""
FEED_OF = {
    Changed.WORK: Feed.WORK,
    Changed.SUBMISSION: Feed.WORK,
    Changed.STUDENT: Feed.PEOPLE,
    Changed.TEACHER: Feed.PEOPLE,
}


def take(database: Database, told: Told) -> int:
    """Note what a push tells, for every section it concerns (one, or none where it is no longer
    ours); returns how many."""
    query = (
        select(ClassroomFeed.id, ClassroomFeed.district_id)
        .join(ClassroomConnection, ClassroomConnection.section_id == ClassroomFeed.section_id)
        .where(
            ClassroomFeed.registration_id == told.registration_id,
            ClassroomFeed.feed == FEED_OF[told.changed],
            ClassroomFeed.wanted,
            ClassroomFeed.course_id == told.course_id,
            ClassroomConnection.course_id == told.course_id,
            ClassroomConnection.district_id == ClassroomFeed.district_id,
        )
    )
    with database.session(writes=False) as session:
        found = session.execute(query).all()
    for feed_id, district_id in found:
        with database.transaction(district_id=district_id) as session:
            _note(session, feed_id, told)
    return len(found)


def _note(session: Session, feed_id: int, told: Told) -> None:
    feed = session.get(ClassroomFeed, feed_id, with_for_update=True)
    if feed is None:
        return
    feed.pushes += 1
    feed.pushed_at = now()
    if told.changed == Changed.SUBMISSION:
        marks.told(session, feed.section_id, told.coursework_id)
    if feed.look_due_at is None:
        feed.look_due_at = now() + timedelta(seconds=GATHERS_S)
        wake.looks_waiting(session, GATHERS_S)


def set_out(database: Database, most: int = 100) -> Sequence[tuple[Feed, int, int]]:
    """(feed, district, section) of the courses to look at now; put off, so that no other worker
    sets out for them meanwhile."""
    at = now()
    with database.transaction() as session:
        due = session.scalars(
            select(ClassroomFeed)
            .where(ClassroomFeed.look_due_at <= at, ClassroomFeed.wanted)
            .order_by(ClassroomFeed.look_due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        for feed in due:
            feed.look_due_at = at + LOOK_AGAIN
        return [(Feed(feed.feed), feed.district_id, feed.section_id) for feed in due]


@dataclass(frozen=True)
class Look:
    """A look at a course that began."""

    feed_id: int
    pushes: int
    """How many had come by then."""


def begin_look(database: Database, district_id: int, section_id: int, feed: Feed) -> Sequence[Look]:
    """Note what had been told when a look begins: before anything is read of the course."""
    with database.session(district_id=district_id, writes=False) as session:
        rows = session.execute(
            select(ClassroomFeed.id, ClassroomFeed.pushes).where(
                ClassroomFeed.section_id == section_id, ClassroomFeed.feed == feed
            )
        )
        return [Look(feed_id, pushes) for feed_id, pushes in rows]


def end_look(database: Database, district_id: int, looks: Sequence[Look]) -> None:
    """It came to its end; what was told meanwhile is looked at soon."""
    for look in looks:
        with database.transaction(district_id=district_id) as session:
            feed = session.get(ClassroomFeed, look.feed_id, with_for_update=True)
            if feed is None or feed.look_due_at is None:
                continue
            if feed.pushes <= look.pushes:
                feed.look_due_at = None
            else:
                feed.look_due_at = now() + timedelta(seconds=GATHERS_S)
                wake.looks_waiting(session, GATHERS_S)
