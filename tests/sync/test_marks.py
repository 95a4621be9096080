"""What a look at a Classroom course asks for next, and how its hold on the course lasts."""

from datetime import timedelta

import pytest
import time_machine

from integrations.lms import Submission
from lti_app.db import now
from lti_app.sync import connections
from lti_app.sync.marks import Ask, Marks, Waiting, Work
from lti_app.sync.models import ClassroomConnection

AGO = timedelta(minutes=1)
LASTS = timedelta(seconds=90)


def _work(name: str, read_ago: timedelta, *, due_in: timedelta | None = None, waiting="0") -> Work:
    at = now()
    return Work(name, at + due_in if due_in else None, None, at - read_ago, waiting)


def _marks(submissions: int, waiting_ago: timedelta = AGO, topics_ago: timedelta = AGO) -> Marks:
    at = now()
    return Marks(
        submissions=submissions, waiting_read_at=at - waiting_ago, topics_read_at=at - topics_ago
    )


def test_a_small_course_is_read_whole_but_for_its_topics_now_and_then():
    works = [_work("a", AGO), _work("b", 4 * AGO)]
    assert _marks(100).next(works)[0] == Ask.ALL_GRADES
    assert _marks(100, topics_ago=timedelta(hours=3)).next(works)[0] == Ask.TOPICS
    assert _marks(0).next([])[0] == Ask.ALL_GRADES


def test_in_a_large_course_the_one_that_waited_longest_by_its_own_measure_is_next():
    quarter = timedelta(minutes=15)
    fresh = [_work(f"new {n}", AGO) for n in range(3)]
    due = _work("due", 5 * quarter, due_in=timedelta(days=2))
    old = _work("old", 90 * quarter, due_in=-timedelta(days=40))
    works = [due, old, *fresh]
    assert _marks(101, waiting_ago=2 * quarter).next(works) == (Ask.WAITING, None)
    assert _marks(101, waiting_ago=quarter).next(works) == (Ask.ONE_WORK, due)
    # What nobody works on any more is left to the daily reading, unless some wait.
    assert _marks(101).next([old, *fresh])[1] != old
    waits = _work("old", 90 * quarter, due_in=-timedelta(days=40), waiting="2 now")
    assert _marks(101).next([waits, *fresh]) == (Ask.ONE_WORK, waits)


def test_the_mark_never_stands_at_what_may_still_be_followed_by_an_earlier_change():
    at = now()
    before = at - timedelta(hours=5)
    marks = Marks(changed_mark=before, began=at)
    assert marks.after([]) == before
    assert marks.after([at - timedelta(hours=1), None]) == at - timedelta(hours=1)
    assert marks.after([at + timedelta(hours=1)]) == at - timedelta(minutes=10)
    assert marks.after([at - timedelta(hours=9)]) == before


def _submission(number: int, changed_ago: timedelta, *, waits: bool = True) -> Submission:
    at = now().replace(microsecond=0) - changed_ago
    return Submission(f"{number}", "w", f"{number}", 1, None, at, at, waits=waits)


def test_whatever_changes_among_those_that_wait_changes_their_fingerprint():
    with time_machine.travel(now(), tick=False):
        rows = [_submission(1, 3 * AGO), _submission(2, 2 * AGO), _submission(3, AGO, waits=False)]

        def fingerprint(some) -> str:
            waiting = Waiting()
            waiting.add(some)
            return waiting.of("w")

        assert fingerprint(rows) == fingerprint(rows[::-1])
        assert fingerprint([]) == "0"
        given_back, turned_in = rows[1:], [*rows, _submission(4, timedelta(0))]
        both = [*rows[1:], _submission(4, timedelta(0))]
        found = [fingerprint(some) for some in (rows, given_back, turned_in, both, [])]
        assert len(set(found)) == 5


def test_a_hold_lasts_while_its_worker_goes_on(connected):
    world = connected
    with time_machine.travel(now(), tick=False) as clock:
        taken = connections.lease_mirror(world.database, world.district_id, world.section_id, LASTS)
        lease = connections.Lease(world.database, taken, LASTS)
        for _ in range(5):
            clock.shift(LASTS * 0.6)
            lease.keep()
            again = connections.lease_mirror(
                world.database, world.district_id, world.section_id, LASTS
            )
            assert again is None
        lease.end(done=True)
    with world.session() as session:
        connection = session.get_one(ClassroomConnection, world.section_id)
    assert connection.mirroring_until is None
    assert connection.mirrored_at is not None


def test_a_worker_that_took_too_long_stops_and_leaves_the_course_to_the_next(connected):
    world = connected
    with time_machine.travel(now(), tick=False) as clock:
        taken = connections.lease_mirror(world.database, world.district_id, world.section_id, LASTS)
        slow = connections.Lease(world.database, taken, LASTS)
        clock.shift(LASTS * 2)
        other = connections.lease_mirror(world.database, world.district_id, world.section_id, LASTS)
        assert other is not None
        with pytest.raises(connections.LeaseLost):
            slow.keep()
        slow.end(done=True)
    with world.session() as session:
        connection = session.get_one(ClassroomConnection, world.section_id)
    assert connection.mirroring_until == other.mirroring_until
    assert connection.mirrored_at is None
