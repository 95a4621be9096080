"""Google tells of a change: it is here as soon as the job ran, and nobody else can tell us."""

import pytest

from integrations.classroom.registrations import Feed
from lti_app.sync.features import Feature
from tests.sync.conftest import mirror
from tests.sync.looking import attempts_of, submission_of, the_one, work_of
from tests.sync.pushing import (
    allowed,
    feeds_of,
    job,
    look_due,
    looked,
    register,
    run_queue,
    work_feed,
    worlds,
)
from lti_app.learning.models import Checkpoint

TITLE = "Exit"


@pytest.fixture
def pushed(settings):
    """A mirrored course whose feeds are registered."""
    for world in worlds(settings):
        allowed(world, Feature.PUSH)
        mirror(world)
        register(world)
        yield world


def test_a_change(pushed):
    assert {one.feed: one.reason for one in feeds_of(pushed).values()} == {
        Feed.WORK: "",
        Feed.PEOPLE: "",
    }
    assert work_feed(pushed).registration_id
    work = next(
        w for w in pushed.practice.classroom.works[pushed.google_course_id] if w.get("maxPoints")
    )
    pushed.practice.classroom.change_work(pushed.google_course_id, work["id"], title="Renamed")
    pushed.practice.pubsub.settle()
    assert pushed.practice.pubsub.answers == [204]
    assert work_feed(pushed).pushes == 1
    looked(pushed)
    assert the_one(pushed, Checkpoint, "Renamed")
    assert work_feed(pushed).look_due_at is None
