"""Mirrors of many courses: the longest due first, so many at a time as workers are free for it."""

import os
import signal
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from integrations.classroom.budget import Share
from lti_app.db import now
from lti_app.sync import course_jobs, course_people
from lti_app.sync.models import ClassroomConnection
from lti_app.sync.quota import quota_of
from tests.sync.conftest import connect, make_world
from tests.sync.test_worker_killed import start_worker, until

BEGIN = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def clock():
    with time_machine.travel(BEGIN, tick=False) as travelling:
        yield travelling


@pytest.fixture
def world(settings):
    for world in make_world(settings, students=2):
        connect(world)
        yield world


@pytest.fixture
def round_of(clock, world):
    """Four more sections that are connected with courses of which Google knows nothing."""
    return world, _connect_more(world, 4)


def _connect_more(world, number: int) -> list[int]:
    """The ids of so many more sections."""
    ids = []
    with world.transaction() as session:
        for one in range(number):
            twin = world.add_twin(session)
            twin.external_id = course_id = f"99{number}{one:03}"
            ids.append(twin.id)
            session.add(
                ClassroomConnection(
                    section_id=twin.id, teacher_id=world.teacher_id, course_id=course_id
                )
            )
    return ids


def _next(world) -> int:
    """One link of a chain; how many wait in the queue then."""
    world.app.extensions["pathways.queue"].flush()
    world.app.extensions["pathways.jobs"]["mirror_next"].call_local()
    return world.app.extensions["pathways.queue"].pending_count()


def _mirrored(world) -> dict[int, datetime | None]:
    with world.session() as session:
        rows = session.execute(
            select(ClassroomConnection.section_id, ClassroomConnection.mirrored_at)
        )
        return dict(rows.all())


def test_courses_are_mirrored_one_after_another_the_longest_due_first(round_of, clock):
    world, ids = round_of
    with world.transaction() as session:
        for hours, section_id in enumerate([*ids, world.section_id], 1):
            at = None if section_id == ids[2] else now() - timedelta(hours=hours)
            session.execute(
                update(ClassroomConnection)
                .where(ClassroomConnection.section_id == section_id)
                .values(mirrored_at=at)
            )
    order = []
    for left in (1, 1, 1, 1, 1, 0):  # each link wakes the next, until nothing is due
        before = _mirrored(world)
        assert _next(world) == left
        order += [one for one, at in _mirrored(world).items() if at != before[one]]
        clock.shift(timedelta(seconds=1))
    assert order == [ids[2], world.section_id, ids[3], ids[1], ids[0]]


def test_a_round_wakes_a_bounded_number_and_not_those_that_wait_already(round_of):
    world, _ = round_of
    _connect_more(world, 40)
    queue = world.app.extensions["pathways.queue"]
    rounds = [one for one in queue._registry.periodic_tasks if one.name.startswith("every_minute")]
    assert {"every_minute", "every_minute_of_courses"} <= {one.name for one in rounds}

    def a_minute_goes_by():
        for one in rounds:
            one.execute()

    for _ in range(3):
        a_minute_goes_by()
        waiting = Counter(task.name for task in queue.pending())
        assert waiting["mirror_next"] == course_jobs.MIRROR_CHAINS
        assert waiting["mirror_section"] == 0
        assert waiting["read_course_people"] == course_people.MOST_AT_ONCE
    queue.flush()
    quota_of(world.database, world.settings).told("x", Share.BACKGROUND, "day", None)
    a_minute_goes_by()
    waiting = Counter(task.name for task in queue.pending())
    assert (waiting["mirror_next"], waiting["read_course_people"]) == (0, 0)
    assert waiting["deliver_grades"] == 1


def test_one_worker_is_kept_free_of_mirrors(round_of):
    world, _ = round_of
    world.app.extensions["pathways.mirrors"] = threading.Semaphore(2)
    free = world.app.extensions["pathways.mirrors"]
    free.acquire()
    assert _next(world) == 1
    free.acquire()
    done = _mirrored(world)
    assert _next(world) == 0
    assert _mirrored(world) == done
    free.release()
    assert _next(world) == 1


def test_a_course_that_fails_is_left_for_a_while_and_holds_no_other_up(round_of, clock):
    world, _ = round_of
    world.practice.mischief.next("classroom.get", "server_error")
    assert _next(world) == 1
    failed = [one for one, at in _mirrored(world).items() if at is None]
    assert len(failed) == 5
    for _ in range(4):
        _next(world)
    assert sum(at is None for at in _mirrored(world).values()) == 1
    assert _next(world) == 0
    clock.shift(timedelta(seconds=61))
    assert _next(world) == 1
    assert None not in _mirrored(world).values()


def test_while_google_is_quiet_no_round_begins(round_of):
    world, _ = round_of
    quota_of(world.database, world.settings).told("x", Share.BACKGROUND, "project", 30)
    assert _next(world) == 0
    assert set(_mirrored(world).values()) == {None}
    assert world.practice.classroom.quota.total == 0


def test_a_real_worker_goes_from_course_to_course_until_none_is_due(world):
    _connect_more(world, 6)
    world.practice.mischief.next("classroom.get", "server_error")
    with world.app.app_context():
        world.app.extensions["pathways.jobs"]["mirror_next"]()
    worker = start_worker(world)
    try:
        assert until(lambda: list(_mirrored(world).values()).count(None) == 1, 40)
    finally:
        os.killpg(worker.pid, signal.SIGTERM)
        worker.wait(20)
    with world.session() as session:  # the one that failed has its time
        failed = session.scalars(
            select(ClassroomConnection).where(ClassroomConnection.mirrored_at.is_(None))
        ).one()
    assert failed.mirror_after > now()
    assert failed.mirroring_until is None
