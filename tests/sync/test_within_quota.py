"""Work that Google's quota stops goes on where it stood; people and grades get through."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from sqlalchemy import func, select, update

from integrations.classroom.budget import Share
from lti_app.db import now
from lti_app.learning.models import Attempt, Checkpoint
from lti_app.sync import delivery, jobs, leases
from lti_app.sync.models import ClassroomConnection, DeliveryState, GradeDelivery, SyncReport
from lti_app.sync.publication_models import Publication
from lti_app.sync.publishing import publish_due
from lti_app.sync.quota import quota_of
from tests.sync.conftest import connect, look_now, make_world, mirror
from tests.sync.google_room import command, teacher_at
from tests.sync.looking import notes_of, submission_of, the_one, work_of
from tests.sync.test_publishing import give

BEGIN = datetime.now(UTC).replace(microsecond=0)
MORE = 16
OURS = "Checkpoint: fraction times whole number"
RUBRICS = "classroom.courseWork.rubrics.list"
RUBRIC = [
    {"title": "Drawing", "levels": [{"title": "All", "points": 4}, {"title": "Some", "points": 1}]}
]


@pytest.fixture
def clock():
    with time_machine.travel(BEGIN, tick=False) as travelling:
        yield travelling


@pytest.fixture
def limits() -> dict[str, int]:
    return {"google_user_minute_quota": 20}


@pytest.fixture
def world(request, settings, clock, limits):
    """A course of 26 pieces of coursework and 30 students; of a minute's 20 requests for its
    teacher mirrors may use 16."""
    if not settings.database_url.startswith("sqlite"):  # as installations have it
        limits |= {"limits_url": request.getfixturevalue("redis_url")}
    for world in make_world(settings.model_copy(update=limits), students=30):
        _fill(world)
        clock.shift(timedelta(hours=3))
        connect(world)
        yield world


def _fill(world) -> None:
    store, course_id = world.practice.classroom, world.google_course_id
    for number in range(MORE):
        work = store.add_work(course_id, title=f"More: work {number}", maxPoints=4)
        store.hand_out(course_id, work["id"])
        store.set_rubric(course_id, work["id"], RUBRIC)
        store.grade(submission_of(world, f"More: work {number}", 3), 2)


def connection(world) -> ClassroomConnection:
    with world.session() as session:
        return session.get_one(ClassroomConnection, world.section_id)


def deliver_now(world) -> None:
    """One round of the worker; only the grades' own waits are over."""
    with world.transaction() as session:
        session.execute(update(GradeDelivery).values(due_at=now(), leased_until=None))
    delivery.deliver_due(world.database, world.gradebooks)


def rubrics(world) -> int:
    with world.session() as session:
        return session.scalar(
            select(func.count()).select_from(Checkpoint).where(Checkpoint.looks_for.is_not(None))
        )


def graded(world) -> int:
    """Grades that stand at Google."""
    store = world.practice.classroom
    given = [one for rows in store.submissions.values() for one in rows.values()]
    return sum("assignedGrade" in one for one in given)


def attempts(world) -> int:
    with world.session() as session:
        return session.scalar(select(func.count()).select_from(Attempt))


def test_a_first_mirror_takes_as_long_as_the_quota_says_and_goes_on_where_it_stood(world, clock):
    quota = world.practice.classroom.quota
    quota.clock = lambda: now().timestamp()
    quota.reset()
    read = []
    for _ in range(8):
        before = quota.total
        mirror(world)
        read.append((quota.total - before, rubrics(world), attempts(world)))
        assert connection(world).mirroring_until is None
        if connection(world).mirrored_at is not None:
            break
        again = connection(world).mirror_after - now()
        assert timedelta(seconds=8) < again < timedelta(seconds=90)
        assert notes_of(world)[1].failed == "budget_spent"
        clock.shift(timedelta(seconds=62))
        world.end_quiet()
    assert 4 <= len(read) < 8
    assert (rubrics(world), attempts(world)) == (MORE, graded(world))
    # Each time something came on, and what was read was not read again but for the beginning.
    assert read == sorted(read, key=lambda one: one[1:])
    calls = world.practice.mischief.calls
    assert calls[RUBRICS] < 2 * 26
    assert calls["classroom.courseWork.studentSubmissions.list"] == 8
    assert quota.refused == 0
    assert quota.most <= 16
    assert notes_of(world)[1].failed == ""
    assert {code for code, _ in notes_of(world)[0]} & {"rubric_unread"} == set()


def test_while_mirrors_rest_grades_go_out_and_a_teachers_page_is_answered(world):
    world.practice.mischief.calls.clear()
    mirror(world)
    assert connection(world).mirrored_at is None
    stopped = world.practice.classroom.quota.total
    mirror(world)  # it rests: nobody is asked, and no report says so again
    assert world.practice.classroom.quota.total == stopped
    with world.session() as session:
        assert session.scalar(select(func.count(SyncReport.id))) == 1

    world.score(0, 3, checkpoint=the_one(world, Checkpoint, OURS).id)
    deliver_now(world)
    assert submission_of(world, OURS, 0)["assignedGrade"] == 3
    page = teacher_at(world).get("/classroom/courses")
    assert page.status_code == 200
    assert world.course.title in page.text
    assert "We go on by ourselves soon" in teacher_at(world).get("/classroom").text


def test_a_look_that_stops_for_the_quota_is_no_failure(world, clock):
    quota = quota_of(world.database, world.settings)
    for _ in range(8):
        mirror(world)
        clock.shift(timedelta(seconds=62))
        world.end_quiet()
    assert connection(world).mirrored_at is not None
    clock.shift(timedelta(minutes=15))
    reports = _reports(world)
    # Google's id of the teacher is not known of this account.
    quota.take(f"person {world.teacher_id}", Share.BACKGROUND, 14)
    before = connection(world).mirrored_at
    mirror(world)
    assert connection(world).mirrored_at == before
    assert _reports(world) == reports
    clock.shift(timedelta(seconds=62))
    world.end_quiet()
    mirror(world)
    assert connection(world).mirrored_at > before


def _reports(world) -> list[tuple[int, str]]:
    with world.session() as session:
        rows = session.execute(select(SyncReport.id, SyncReport.failed).order_by(SyncReport.id))
        return [tuple(row) for row in rows]


def test_a_teacher_who_looks_now_while_mirrors_rest_gets_everything_once_they_do_not(world, clock):
    for _ in range(8):
        mirror(world)
        clock.shift(timedelta(seconds=62))
        world.end_quiet()
    work = work_of(world, "Exit ticket")
    quota_of(world.database, world.settings).told("x", Share.BACKGROUND, "project", 20)
    world.practice.classroom.forget_work(world.google_course_id, work["id"])
    look_now(world)
    assert not the_one(world, Checkpoint, work["title"]).hidden
    for _ in range(8):
        clock.shift(timedelta(seconds=62))
        world.end_quiet()
        mirror(world)
    assert the_one(world, Checkpoint, work["title"]).hidden


@pytest.mark.parametrize("limits", [{}])
def test_a_grade_that_finds_no_room_waits_without_losing_a_try(world, clock):
    mirror(world)
    quota = quota_of(world.database, world.settings)
    quota.told("x", Share.SENDING, "project", 30)
    world.score(0, 3, checkpoint=the_one(world, Checkpoint, OURS).id)
    asked = world.practice.classroom.quota.total
    for _ in range(delivery.MOST_TRIES + 2):
        deliver_now(world)
    row = world.delivery()
    assert (row.state, row.tries, row.reason) == (DeliveryState.WAITING, 0, "budget_spent")
    assert world.practice.classroom.quota.total == asked
    wait = (row.due_at - now()).total_seconds()
    assert 28 < wait < 60
    clock.shift(timedelta(seconds=wait + 1))
    world.end_quiet()
    delivery.deliver_due(world.database, world.gradebooks)
    assert submission_of(world, OURS, 0)["assignedGrade"] == 3


@pytest.mark.parametrize("limits", [{}])
def test_what_is_published_waits_without_losing_a_try(world, clock):
    quota_of(world.database, world.settings).told("x", Share.SENDING, "project", 30)
    give(world)
    opened = partial(jobs.classroom_course, world.database, world.settings)
    with world.app.app_context():
        due_at = publish_due(world.database, opened, world.settings.public_url)
    with world.session() as session:
        row = session.scalars(select(Publication)).one()
    assert (row.state, row.tries, row.reason) == (DeliveryState.WAITING, 0, "budget_spent")
    assert row.due_at == due_at
    assert timedelta(seconds=28) < row.due_at - now() < timedelta(seconds=60)
    clock.shift(timedelta(seconds=61))
    world.end_quiet()
    with world.app.app_context():
        publish_due(world.database, opened, world.settings.public_url)
    with world.session() as session:
        assert session.scalars(select(Publication.external_id)).one()


def test_a_try_that_google_refused_counts():
    row = Publication(tries=0)
    leases.later(row, "budget_spent", 30)
    assert row.tries == 0
    leases.later(row, "rate_limited", 30)
    assert row.tries == 1


@pytest.mark.parametrize("limits", [{}])
@pytest.mark.parametrize("fault", ["too_many_requests", "rate_limit_exceeded"])
def test_where_google_says_too_many_nobody_asks_for_a_while(world, fault):
    mirror(world)
    world.practice.mischief.next("classroom.topics.list", fault, seconds=40)
    look_now(world)
    assert notes_of(world)[1].failed == "rate_limited"
    least = 39 if fault == "too_many_requests" else 1
    assert connection(world).mirror_after >= now() + timedelta(seconds=least)
    asked = world.practice.classroom.quota.total
    mirror(world)
    world.score(0, 3, checkpoint=the_one(world, Checkpoint, OURS).id)
    deliver_now(world)
    assert world.practice.classroom.quota.total == asked
    assert world.delivery().reason == "budget_spent"


@pytest.mark.parametrize("limits", [{}])
def test_a_rubric_that_google_was_too_busy_for_is_read_later_and_no_other_again(world, clock):
    world.practice.mischief.next(RUBRICS, "too_many_requests", seconds=30)
    mirror(world)
    assert notes_of(world)[1].failed == "rate_limited"
    asked = world.practice.mischief.calls[RUBRICS]
    clock.shift(timedelta(seconds=40))
    world.end_quiet()
    mirror(world)
    assert rubrics(world) == MORE
    assert world.practice.mischief.calls[RUBRICS] == asked + 1
    assert notes_of(world)[1].failed == ""
    assert "rubric_unread" not in {code for code, _ in notes_of(world)[0]}


@pytest.mark.parametrize("limits", [{}])
def test_people_of_a_course_are_asked_for_again_where_there_was_no_room(world, clock):
    quota_of(world.database, world.settings).told("x", Share.BACKGROUND, "project", 30)
    job = world.app.extensions["pathways.jobs"]["read_course_people"].call_local
    job(world.district_id, world.section_id)
    assert connection(world).roster_read_at is None
    clock.shift(timedelta(seconds=40))
    world.end_quiet()
    job(world.district_id, world.section_id)
    assert connection(world).roster_read_at is not None
    assert connection(world).unmatched == 0


@pytest.mark.parametrize("limits", [{}])
def test_the_doctor_tells_how_much_is_used_and_why_it_is_quiet(world):
    mirror(world)
    used = world.practice.classroom.quota.total
    said = command(world, "classroom", "doctor").output
    assert f"Requests to Google: ok ({used} of 3000 this minute, {used} of 4000000 today)" in said
    quota = quota_of(world.database, world.settings)
    quota.told("x", Share.SENDING, "project", 30)
    said = command(world, "classroom", "doctor").output
    assert "Requests to Google: look at this" in said
    assert "quiet until" in said
    assert "Quotas & System Limits" in said


@pytest.mark.parametrize("limits", [{"google_minute_quota": 40}])
def test_the_doctor_says_when_mirrors_wait_and_where_to_ask_for_more(world):
    mirror(world)
    said = command(world, "classroom", "doctor").output
    assert "Mirrors wait, so that grades and pages get through" in said
    assert "PATHWAYS_GOOGLE_MINUTE_QUOTA" in said
