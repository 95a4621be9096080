"""What a mirror asks of Google, and of the database: little where nothing changed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lti_app.db import Base
from lti_app.learning.models import Activity, Checkpoint, Unit
from lti_app.sync import marks
from lti_app.sync.models import ClassroomConnection, SyncReport
from tests.conftest import Queries
from tests.sync.conftest import connect, look_now, make_world, mirror
from tests.sync.looking import attempts_of, dump, notes_of, submission_of, the_one, work_of

A_LOOK = timedelta(minutes=15)
HANDED_OUT = "Long ago: work 20"
MORE = 31
BEGIN = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def clock():
    with time_machine.travel(BEGIN, tick=False) as travelling:
        yield travelling


@pytest.fixture
def course(settings, clock):
    """Forty pieces of coursework and thirty students; all of it stands for some hours."""
    for world in make_world(settings, students=30):
        _fill(world)
        clock.shift(timedelta(hours=3))
        connect(world)
        yield world


def _fill(world) -> None:
    store, course_id = world.practice.classroom, world.google_course_id
    topic = store.topics[course_id][0]["topicId"]
    for number in range(MORE):
        title = f"Long ago: work {number}"
        work = store.add_work(course_id, title=title, maxPoints=4, topicId=topic)
        store.hand_out(course_id, work["id"])
    store.turn_in(submission_of(world, HANDED_OUT, 3))


def _calls(world) -> int:
    """What Google counts: every call, those inside a batch too."""
    calls = world.practice.mischief.calls
    return sum(times for name, times in calls.items() if name.startswith("classroom."))


def _cost(world) -> int:
    before = _calls(world)
    mirror(world)
    return _calls(world) - before


def test_the_first_mirror_reads_every_page_once(course):
    cost = _cost(course)
    calls = course.practice.mischief.calls
    assert calls["classroom.courseWork.studentSubmissions.list"] == 12
    assert (calls["classroom.batch"], calls["classroom.courseWork.rubrics.list"]) == (1, 39)
    assert cost == 4 + 12 + 1 + 39
    assert course.practice.classroom.unmasked == []


def test_an_unchanged_course_costs_four_requests_at_most_and_changes_nothing(course, clock):
    mirror(course)
    before = dump(course)
    costs = []
    for _ in range(12):
        clock.shift(A_LOOK)
        costs.append(_cost(course))
    assert max(costs) <= 4
    assert dump(course) == before
    with course.session() as session:  # the report of the first one stays the newest
        assert session.scalar(select(func.count(SyncReport.id))) == 1
        assert session.scalar(select(ClassroomConnection.mirrored_at)) > BEGIN
    assert notes_of(course)[1].counts["new"] == 44


def test_right_after_the_first_mirror_an_unchanged_course_costs_four_requests_too(settings):
    for world in make_world(settings, students=30):
        _fill(world)
        connect(world)
        mirror(world)
        before = dump(world)
        assert [_cost(world) for _ in range(4)] == [4] * 4
        assert dump(world) == before


def test_a_whole_reading_that_broke_off_long_ago_begins_anew_and_ends(course, clock):
    mirror(course)
    with course.transaction() as session:
        connection = session.scalars(select(ClassroomConnection)).one()
        connection.whole_began_at, connection.whole_page = connection.read_whole_at, "old"
    clock.shift(timedelta(days=3))
    mirror(course)
    assert notes_of(course)[1].failed == ""
    clock.shift(A_LOOK)
    assert _cost(course) <= 4


def test_one_changed_work_costs_its_rubric_more_and_leaves_the_rest_alone(course, clock):
    mirror(course)
    clock.shift(A_LOOK)
    work = work_of(course, "Long ago: work 7")
    course.practice.classroom.change_work(course.google_course_id, work["id"], title="Renamed")
    assert _cost(course) <= 4 + 2
    assert the_one(course, Checkpoint, "Renamed")
    counts = notes_of(course)[1].counts
    assert (counts["changed"], counts.get("gone", 0), counts.get("unchanged", 0)) == (1, 0, 0)
    # What was worth knowing of the rest still is.
    assert ("no_points", "Fraction strips: make your own set") in notes_of(course)[0]
    clock.shift(A_LOOK)
    assert _cost(course) <= 4
    assert notes_of(course)[1].counts["changed"] == 1


def test_new_work_under_a_new_topic_comes_with_its_unit_and_its_grades(course, clock):
    mirror(course)
    clock.shift(A_LOOK)
    store, course_id = course.practice.classroom, course.google_course_id
    topic = store.add_topic(course_id, "Unit 4: Volume")
    work = store.add_work(course_id, title="Cubes", maxPoints=4, topicId=topic)
    store.hand_out(course_id, work["id"])
    store.grade(submission_of(course, "Cubes", 2), 3)
    assert _cost(course) <= 4 + 1 + 2
    with course.session() as session:
        assert "Unit 4: Volume" in set(session.scalars(select(Unit.title)))
    assert [one.score.points for one in attempts_of(course, "Cubes", 2)] == [3]


def test_deleted_work_and_work_taken_back_to_a_draft_are_hidden_at_the_next_look(course, clock):
    mirror(course)
    clock.shift(A_LOOK)
    store, course_id = course.practice.classroom, course.google_course_id
    store.remove_work(course_id, work_of(course, "Long ago: work 7")["id"])
    store.change_work(course_id, work_of(course, "Game: fraction war")["id"], state="DRAFT")
    assert _cost(course) <= 4
    assert the_one(course, Checkpoint, "Long ago: work 7").hidden
    assert the_one(course, Activity, "Game: fraction war").hidden
    assert not the_one(course, Checkpoint, "Long ago: work 8").hidden


def test_work_that_google_forgot_is_hidden_within_a_day(course, clock):
    mirror(course)
    store, course_id = course.practice.classroom, course.google_course_id
    store.forget_work(course_id, work_of(course, "Long ago: work 7")["id"])
    clock.shift(A_LOOK)
    mirror(course)
    assert not the_one(course, Checkpoint, "Long ago: work 7").hidden
    clock.shift(timedelta(days=1))
    mirror(course)
    assert the_one(course, Checkpoint, "Long ago: work 7").hidden


def _looks_until_graded(course, clock, title: str, seat: int, points: float) -> int:
    for look in range(1, 100):
        clock.shift(A_LOOK)
        mirror(course)
        if [one.score.points for one in attempts_of(course, title, seat)][-1:] == [points]:
            return look
    raise AssertionError("never")


def test_a_grade_for_work_that_was_turned_in_is_here_after_three_looks(course, clock):
    mirror(course)
    clock.shift(A_LOOK)
    mirror(course)
    course.practice.classroom.grade(submission_of(course, HANDED_OUT, 3), 4)
    assert _looks_until_graded(course, clock, HANDED_OUT, 3, 4) <= 3


def test_a_grade_that_is_changed_later_is_here_as_soon_as_the_docstring_says(course, clock):
    due = (BEGIN + timedelta(days=1)).date()
    work = work_of(course, "Long ago: work 5")
    course.practice.classroom.change_work(
        course.google_course_id,
        work["id"],
        dueDate={"year": due.year, "month": due.month, "day": due.day},
        dueTime={"hours": 12},
    )
    mirror(course)
    course.practice.classroom.grade(submission_of(course, "Long ago: work 5", 3), 2)
    # Three that came in last, one where something waits, and the one that is due: five.
    assert _looks_until_graded(course, clock, "Long ago: work 5", 3, 2) <= 8 + 2 + 1


def test_any_other_grade_is_here_within_a_day(course, clock):
    mirror(course)
    title = "Long ago: work 2"
    course.practice.classroom.grade(submission_of(course, title, 3), 2)
    assert 12 < _looks_until_graded(course, clock, title, 3, 2) <= 97


def test_what_a_push_told_is_read_at_the_next_look(course, clock):
    mirror(course)
    clock.shift(A_LOOK)
    title = "Long ago: work 2"
    course.practice.classroom.grade(submission_of(course, title, 3), 2)
    with course.transaction() as session:
        marks.told(session, course.section_id, work_of(course, title)["id"])
    assert _cost(course) <= 4
    assert [one.score.points for one in attempts_of(course, title, 3)] == [2]
    clock.shift(A_LOOK)
    before = course.practice.mischief.calls["classroom.courseWork.studentSubmissions.list"]
    mirror(course)  # and not again
    after = course.practice.mischief.calls["classroom.courseWork.studentSubmissions.list"]
    assert after - before <= 1


def test_a_teacher_who_looks_now_gets_everything(course, clock):
    mirror(course)
    clock.shift(A_LOOK)
    title = "Long ago: work 2"
    course.practice.classroom.grade(submission_of(course, title, 3), 2)
    look_now(course)
    assert [one.score.points for one in attempts_of(course, title, 3)] == [2]


def test_a_topic_that_is_renamed_renames_its_unit_within_hours(course, clock):
    mirror(course)
    course.practice.classroom.topics[course.google_course_id][0]["name"] = "Unit 2: Decimals!"
    for _ in range(10):
        clock.shift(A_LOOK)
        mirror(course)
    with course.session() as session:
        assert "Unit 2: Decimals!" in set(session.scalars(select(Unit.title)))


def test_an_archived_course_is_noticed_at_the_next_look(course, clock):
    mirror(course)
    clock.shift(A_LOOK)
    course.practice.classroom.courses[course.google_course_id]["courseState"] = "ARCHIVED"
    assert _cost(course) == 1
    assert notes_of(course)[1].failed == "course_archived"


def test_a_change_that_google_shows_late_is_still_seen(course, clock):
    """Its time is older than the newest that was read already."""
    late = work_of(course, "Long ago: work 7")
    store, course_id = course.practice.classroom, course.google_course_id
    store.change_work(course_id, work_of(course, "Long ago: work 8")["id"], title="Newest")
    clock.shift(timedelta(seconds=2))
    mirror(course)
    store.change_work(course_id, late["id"], title="Late")
    stamp = work_of(course, "Newest")["updateTime"]
    work_of(course, "Late")["updateTime"] = stamp.replace("Z", "").rpartition(":")[0] + ":00.000Z"
    clock.shift(A_LOOK)
    mirror(course)
    assert the_one(course, Checkpoint, "Late")


def test_statements_do_not_grow_with_the_coursework(settings):
    counted = []
    for more in (0, 80):
        for world in make_world(settings, students=1):
            world.course.student_ids.clear()
            store, course_id = world.practice.classroom, world.google_course_id
            for number in range(more):
                topic = store.add_topic(course_id, f"Topic {number}")
                store.add_work(course_id, title=f"Work {number}", maxPoints=4, topicId=topic)
                store.add_work(course_id, title=f"Link {number}", material=True, topicId=topic)
            connect(world)
            first = Queries(world.database)
            mirror(world)
            # SQLite gives new ids in no certain order: there (and without a network in between)
            # rows go in one by one.
            one_by_one = world.database.is_sqlite
            counted.append(
                sum(not (one_by_one and said.startswith("INSERT")) for said in first.statements)
            )
            if not more:
                _empty(world)
    # Rubrics come in batches of fifty, each with a few statements; nothing else grows.
    assert counted[1] - counted[0] <= 12


def _empty(world) -> None:
    with world.database.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
