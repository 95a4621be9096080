"""Which feeds of Classroom courses we want, and how a course hears of changes.

A course whose feed lasts, where pushes do arrive, is looked at rarely; every other one each
quarter of an hour. A feed knows nothing of materials and topics: these come with the next look.
"""

import enum
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from integrations.classroom.registrations import Feed
from lti_app.db import Database, insert_missing, now
from lti_app.settings import Settings
from lti_app.sync import accounts, wake
from lti_app.sync.features import Feature
from lti_app.sync.feed_models import ClassroomFeed
from lti_app.sync.models import ClassroomConnection, DeliveryState, GoogleAccount

PROVEN_FOR = timedelta(days=3)
"""Without any push for so long (a weekend may be quiet) nobody knows whether they arrive."""
AT_ONCE = 200


class Hears(enum.StrEnum):
    """How a course's changes come in."""

    AT_ONCE = "at_once"
    SOON = "soon"
    """Google is being asked to tell, or has told of nothing yet: looked at in between."""
    NOT_ALLOWED = "not_allowed"
    """The teacher has not allowed it."""
    FAILING = "failing"
    LOOKING = "looking"
    """Looked at every quarter of an hour: there is no topic, or nobody can read the course."""


def follow(database: Database, topic: str) -> None:
    """Have a row for each feed of each connected course, and none wanted of others. `topic` empty:
    none is wanted at all."""
    if topic:
        _add(database)
    _renounce(database, topic)


def _add(database: Database) -> None:
    missing = select(ClassroomConnection).where(
        or_(*(~exists().where(_is_of_connection(), ClassroomFeed.feed == one) for one in Feed))
    )
    with database.session(writes=False) as session:
        found = session.scalars(missing.limit(AT_ONCE)).all()
    for connection in found:
        rows = [
            {
                "section_id": connection.section_id,
                "teacher_id": connection.teacher_id,
                "course_id": connection.course_id,
                "feed": one,
                **_FRESH,
                "due_at": now(),
            }
            for one in Feed
        ]
        with database.transaction(district_id=connection.district_id) as session:
            insert_missing(session, ClassroomFeed, rows)
            # One that was to be ended is wanted again: the course is connected once more.
            session.execute(
                update(ClassroomFeed)
                .where(
                    ClassroomFeed.section_id == connection.section_id,
                    ClassroomFeed.teacher_id == connection.teacher_id,
                    ClassroomFeed.course_id == connection.course_id,
                    ClassroomFeed.wanted.is_(False),
                )
                .values(wanted=True, **_at_once())
            )


_FRESH = {
    "wanted": True,
    "topic": "",
    "registration_id": "",
    "pushes": 0,
    "version": 1,
    "state": DeliveryState.WAITING,
    "tries": 0,
    "reason": "",
}


def _is_of_connection() -> ColumnElement[bool]:
    """A wanted feed of the connection as it is now."""
    return and_(
        ClassroomFeed.section_id == ClassroomConnection.section_id,
        ClassroomFeed.teacher_id == ClassroomConnection.teacher_id,
        ClassroomFeed.course_id == ClassroomConnection.course_id,
        ClassroomFeed.wanted,
    )


def _renounce(database: Database, topic: str) -> None:
    """Those of connections that are gone or other now are ended; those of another topic are
    registered anew."""
    is_left = ~exists().where(_is_of_connection()) if topic else ClassroomFeed.wanted
    with database.transaction() as session:
        session.execute(
            update(ClassroomFeed)
            .where(ClassroomFeed.wanted, is_left)
            .values(wanted=False, **_at_once())
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(ClassroomFeed)
            .where(
                ClassroomFeed.wanted,
                ClassroomFeed.topic.not_in(["", topic]),
                ClassroomFeed.due_at > now(),
                ClassroomFeed.tries == 0,
            )
            .values(due_at=now())
            .execution_options(synchronize_session=False)
        )


def grant_changed(session: Session, teacher_id: int) -> None:
    """A teacher granted anew, or took their grant back, with which Google ends what was
    registered: their feeds are tried at once."""
    session.execute(
        update(ClassroomFeed).where(ClassroomFeed.teacher_id == teacher_id).values(**_at_once())
    )
    wake.feeds_waiting(session)


def _at_once() -> dict[str, Any]:
    """Have a worker do it now, also where one is about it just now."""
    return {
        "state": DeliveryState.WAITING,
        "due_at": now(),
        "tries": 0,
        "version": ClassroomFeed.version + 1,
    }


def lasts(feed: Feed) -> ColumnElement[bool]:
    """Whether a connection's feed is registered now: for a query of `ClassroomConnection`."""
    return exists().where(
        _is_of_connection(),
        ClassroomFeed.feed == feed,
        ClassroomFeed.registration_id != "",
        ClassroomFeed.expires_at > now(),
    )


def pushes_arrive() -> ColumnElement[bool]:
    """Whether pushes reached this installation lately: the topic may exist and its subscription
    not."""
    proof = ClassroomFeed.__table__.alias()  # whichever district's
    return exists().where(proof.c.pushed_at > now() - PROVEN_FOR)


def hears(
    session: Session,
    settings: Settings,
    connection: ClassroomConnection,
    account: GoogleAccount | None,
) -> tuple[Hears, str]:
    """How a connected course's changes come in, and the code of what fails; `account` is the one
    it is read with."""
    if not settings.pubsub_topic or not accounts.allows(account, Feature.MIRROR):
        return Hears.LOOKING, ""
    if not accounts.allows(account, Feature.PUSH):
        return Hears.NOT_ALLOWED, ""
    found = session.execute(
        select(
            select(ClassroomFeed.reason)
            .where(
                _is_of_connection(),
                ClassroomFeed.feed == Feed.WORK,
                ClassroomFeed.reason.not_in(["", "scope_missing"]),
            )
            .scalar_subquery(),
            lasts(Feed.WORK),
            pushes_arrive(),
        ).where(ClassroomConnection.section_id == connection.section_id)
    ).one()
    reason, is_registered, arrive = cast("tuple[str | None, bool, bool]", tuple(found))
    if is_registered:
        return (Hears.AT_ONCE if arrive else Hears.SOON), ""
    return (Hears.FAILING, reason) if reason else (Hears.SOON, "")
