"""A worker is killed in the middle of a mirror: another one goes on, and it ends the same."""

import os
import signal

import pytest
from sqlalchemy import select

from lti_app.sync import connections
from lti_app.sync.models import ClassroomConnection
from tests.sync.conftest import connect, look_now, make_world, mirror
from tests.sync.looking import dump, notes_of, works_of
from tests.sync.test_worker_killed import start_worker, until

SUBMISSIONS = "classroom.courseWork.studentSubmissions.list"
POINTS = {
    # where Google is slow, and by which call of it the worker is killed
    "before anything came": ("classroom.get", 1),
    "among the coursework": ("classroom.courseWorkMaterials.list", 1),
    "among the rubrics": ("classroom.batch", 1),
    "at the first grades": (SUBMISSIONS, 1),
    "among the grades": (SUBMISSIONS, 3),
}


@pytest.fixture
def world(settings):
    for world in make_world(settings, students=40):
        connect(world)
        yield world


def _graded(world) -> list[dict]:
    """Submissions with a grade, at Google."""
    store = world.practice.classroom
    return [
        submission
        for work in works_of(world)
        if work.get("maxPoints")
        for submission in store.submissions[(world.google_course_id, work["id"])].values()
        if "assignedGrade" in submission
    ]


def _came(world) -> dict[str, list[str]]:
    """What came: who got how many points where, and how many rows there are."""
    with world.database.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT c.id, p.id, s.points FROM scores s"
            " JOIN attempts a ON a.id = s.attempt_id JOIN checkpoints c ON c.id = a.checkpoint_id"
            " JOIN persons p ON p.id = a.person_id ORDER BY 1, 2, 3"
        ).all()
    rows = dump(world)
    counted = {name: len(rows[name]) for name in ("units", "targets", "activities", "checkpoints")}
    return {"grades": [repr(row) for row in found], "rows": [repr(counted)]}


@pytest.mark.parametrize("point", POINTS)
def test_a_mirror_goes_on_after_its_worker_was_killed(world, point):
    slow_at, calls = POINTS[point]
    seen = world.practice.mischief.calls
    for _ in range(calls - 1):
        world.practice.mischief.next(slow_at, "slow", seconds=0)
    world.practice.mischief.next(slow_at, "slow", seconds=3)
    with world.app.app_context():
        world.app.extensions["pathways.jobs"]["mirror_section"](world.district_id, world.section_id)
    worker = start_worker(world)
    try:
        assert until(lambda: seen[slow_at] >= calls, 40)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    with world.session() as session:
        left = session.get_one(ClassroomConnection, world.section_id)
    assert left.mirroring_until is not None
    assert left.read_whole_at is None
    if point == "among the grades":
        assert left.whole_page

    assert connections.lease_mirror(world.database, world.district_id, world.section_id) is None
    with world.transaction() as session:  # the dead worker's hold is over
        session.get_one(ClassroomConnection, world.section_id).mirroring_until = None
    world.practice.mischief.clear()
    before = seen[SUBMISSIONS]
    mirror(world)

    pages = -(-9 * 40 // 100)
    read = seen[SUBMISSIONS] - before
    assert read == (pages - (calls - 1) if slow_at == SUBMISSIONS else pages)
    assert notes_of(world)[1].failed == ""
    once = _came(world)
    assert len(set(once["grades"])) == len(once["grades"]) == len(_graded(world))
    look_now(world)
    assert _came(world) == once


def test_a_page_that_google_no_longer_knows_begins_anew(world):
    mirror(world)
    once = dump(world)
    with world.transaction() as session:
        connection = session.scalars(select(ClassroomConnection)).one()
        connection.whole_page, connection.whole_began_at = "forgotten", connection.read_whole_at
    world.practice.mischief.calls.clear()
    mirror(world)
    assert world.practice.mischief.calls[SUBMISSIONS] == 1 + 4
    assert dump(world) == once
