"""A world whose Google pushes what changes, for tests of pushes."""

import time
from collections.abc import Iterator

from sqlalchemy import select, update

from integrations.classroom.registrations import Feed
from integrations.practice.google_oauth import Grant
from integrations.practice.pubsub import PUSH_ACCOUNT, TOPIC
from lti_app.db import now
from lti_app.settings import Settings
from lti_app.sync.features import Feature, scopes_of
from lti_app.sync.feed_models import ClassroomFeed
from lti_app.sync.models import GoogleAccount
from tests.sync.conftest import World, connect, make_world
from tests.sync.google_room import at_google

WITH_TOPIC = {"pubsub_topic": TOPIC, "pubsub_push_account": PUSH_ACCOUNT}


def worlds(settings: Settings, *, students: int = 5, **changes: str) -> Iterator[World]:
    """The world with a topic set up."""
    settings = settings.model_copy(update={**WITH_TOPIC, **changes})
    yield from make_world(settings, students=students)


def allowed(world: World, *features: Feature) -> None:
    """The teacher connected the course, and allowed these beside the mirror."""
    connect(world)
    scopes = (*scopes_of([Feature.CONNECT, Feature.MIRROR, *features]),)
    grant = Grant(at_google(world), frozenset(scopes))
    with world.transaction() as session:
        session.execute(
            update(GoogleAccount).values(
                refresh_token=world.practice.google.keep(grant), scopes=list(scopes)
            )
        )


def job(world: World, name: str, *args: object) -> None:
    world.app.extensions["pathways.jobs"][name].call_local(*args)


def register(world: World) -> None:
    """The worker's round about feeds."""
    job(world, "keep_feeds")


def feeds_of(world: World) -> dict[str, ClassroomFeed]:
    with world.session() as session:
        return {row.feed: row for row in session.scalars(select(ClassroomFeed))}


def work_feed(world: World) -> ClassroomFeed:
    return feeds_of(world)[Feed.WORK]


def look_due(world: World) -> None:
    """The seconds go by in which pushes gather, and what was put off is due."""
    with world.transaction() as session:
        session.execute(
            update(ClassroomFeed)
            .where(ClassroomFeed.look_due_at.is_not(None))
            .values(look_due_at=now())
        )


def feeds_due(world: World) -> None:
    """Time goes by until every feed is due and every lease is over."""
    with world.transaction() as session:
        session.execute(update(ClassroomFeed).values(due_at=now(), leased_until=None))


def looked(world: World) -> None:
    """What was pushed has arrived, and the worker looks because of it."""
    world.practice.pubsub.settle()
    look_due(world)
    job(world, "look_where_told")
    run_queue(world)


def run_queue(world: World) -> list[str]:
    """Run what waits in the queue now, as a worker would; the names of the jobs, in order."""
    queue = world.app.extensions["pathways.queue"]
    ran = []
    while (task := queue.dequeue()) is not None:
        ran.append(task.name)
        queue.execute(task)
    return ran


def until(done, seconds: float = 10.0) -> bool:
    for _ in range(int(seconds / 0.05)):
        if done():
            return True
        time.sleep(0.05)
    return False
