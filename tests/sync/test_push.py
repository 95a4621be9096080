"""Google tells of a change, and it is here as soon as the jobs ran; other people's words count for
nothing, and nothing is wrong about words that come twice, late or in no order."""

import threading
from datetime import timedelta

import pytest
import requests
from sqlalchemy import select, update

from integrations.classroom.registrations import Feed
from integrations.practice.school import PracticePerson
from integrations.practice.server import PracticeServer
from lti_app.db import now
from lti_app.learning.models import Checkpoint
from lti_app.people.models import District, Enrolment, Person, Role, Section, Team
from lti_app.sync import push_pages
from lti_app.sync.features import Feature
from lti_app.sync.feed_models import ClassroomFeed
from lti_app.sync.models import ClassroomConnection, GradebookColumn
from tests.conftest import Queries
from tests.sync.conftest import mirror
from tests.sync.looking import attempts_of, dump, submission_of, the_one, work_of
from tests.sync.pushing import (
    allowed,
    feeds_of,
    job,
    look_due,
    looked,
    register,
    run_queue,
    until,
    work_feed,
    worlds,
)


@pytest.fixture
def pushed(settings):
    """A mirrored course of which Google tells."""
    for world in worlds(settings):
        allowed(world, Feature.PUSH)
        mirror(world)
        register(world)
        run_queue(world)
        yield world


def first_work(world) -> dict:
    return world.practice.classroom.graded_work(world.course.id)[0]


def calls(world) -> int:
    counted = world.practice.mischief.calls
    return sum(times for name, times in counted.items() if name.startswith("classroom."))


def graded(world, seat: int, points: float) -> str:
    """The teacher gives a grade in Classroom; the work's title."""
    title = first_work(world)["title"]
    world.practice.classroom.grade(submission_of(world, title, seat), points)
    return title


def newest(world, title: str, seat: int) -> float | None:
    found = attempts_of(world, title, seat)
    return found[-1].score.points if found else None


def test_a_grade_is_here_after_one_look_that_costs_four_requests(pushed):
    title = graded(pushed, 0, 1.5)
    pushed.practice.pubsub.settle()
    assert pushed.practice.pubsub.answers == [204]
    before = calls(pushed)
    looked(pushed)
    assert newest(pushed, title, 0) == 1.5
    assert calls(pushed) - before <= 4
    assert work_feed(pushed).look_due_at is None


def test_an_unchanged_course_costs_four_requests_at_most_also_where_google_told(pushed):
    before = calls(pushed)
    mirror(pushed)
    assert calls(pushed) - before <= 4
    pushed.practice.classroom.changes.work(first_work(pushed))  # nothing was changed really
    before = calls(pushed)
    looked(pushed)
    assert 0 < calls(pushed) - before <= 4


def test_changed_new_and_deleted_coursework_is_here_after_one_look(pushed):
    store, course_id = pushed.practice.classroom, pushed.google_course_id
    changed, deleted = store.graded_work(pushed.course.id)[:2]
    store.change_work(course_id, changed["id"], title="Renamed")
    store.remove_work(course_id, deleted["id"])
    work = store.add_work(course_id, title="Cubes", maxPoints=4)
    store.hand_out(course_id, work["id"])
    pushed.practice.pubsub.settle()
    assert pushed.practice.pubsub.answers == [204] * 3
    looked(pushed)
    assert the_one(pushed, Checkpoint, "Renamed")
    assert the_one(pushed, Checkpoint, deleted["title"]).hidden
    assert the_one(pushed, Checkpoint, "Cubes")


def test_who_joins_and_leaves_is_read_once_and_no_coursework_with_it(pushed):
    with pushed.transaction() as session:
        session.execute(
            update(Section)
            .where(Section.id == pushed.section_id)
            .values(source="google", external_id=pushed.google_course_id, roster_url=None)
        )
    people = pushed.practice.school.people
    people["nia"] = PracticePerson("nia", "Nia New", "student")
    left = people[pushed.subjects[0]].name
    pushed.practice.classroom.join(pushed.google_course_id, "nia")
    pushed.practice.classroom.leave(pushed.google_course_id, pushed.subjects[0])
    before = pushed.practice.mischief.calls["classroom.courseWork.list"]
    looked(pushed)
    with pushed.session() as session:
        active = dict(
            session.execute(
                select(Person.name, Enrolment.active)
                .join(Enrolment, Enrolment.person_id == Person.id)
                .where(Enrolment.role == Role.STUDENT)
            ).all()
        )
    assert (active["Nia New"], active[left]) == (True, False)
    counted = pushed.practice.mischief.calls
    assert counted["classroom.courseWork.list"] == before
    assert counted["classroom.students.list"] == 1
    assert feeds_of(pushed)[Feed.PEOPLE].look_due_at is None


def test_a_swarm_is_one_look(pushed):
    titles = [work["title"] for work in pushed.practice.classroom.graded_work(pushed.course.id)]
    for seat in range(5):
        for title in titles[:3]:
            pushed.practice.classroom.grade(submission_of(pushed, title, seat), 1)
    looked(pushed)
    assert pushed.practice.pubsub.answers == [204] * 15
    assert work_feed(pushed).pushes == 15
    assert pushed.practice.mischief.calls["classroom.get"] == 2  # the first mirror's, and this one
    assert {newest(pushed, title, seat) for title in titles[:3] for seat in range(5)} == {1}
    assert run_queue(pushed) == []


def test_the_first_push_wakes_a_worker_once_some_seconds_later(pushed):
    queue = pushed.app.extensions["pathways.queue"]
    graded(pushed, 0, 1)
    graded(pushed, 1, 1)
    pushed.practice.pubsub.settle()
    waiting = [task for task in queue.pending() if task.name == "look_where_told"]
    assert len(waiting) == 1
    assert waiting[0].eta is not None
    assert timedelta(0) < work_feed(pushed).look_due_at - now() < timedelta(seconds=10)


def test_what_comes_during_a_look_is_looked_at_once_more(pushed):
    graded(pushed, 0, 1)
    pushed.practice.pubsub.settle()
    seen = pushed.practice.mischief.calls
    materials = "classroom.courseWorkMaterials.list"
    before = seen[materials]
    pushed.practice.mischief.next(materials, "slow", seconds=1.5)
    look = threading.Thread(target=looked, args=(pushed,))
    look.start()
    assert until(lambda: seen[materials] > before)
    work = first_work(pushed)  # the coursework was read just before
    pushed.practice.classroom.change_work(pushed.google_course_id, work["id"], title="Renamed")
    assert until(lambda: work_feed(pushed).pushes == 2)
    look.join()
    assert work_feed(pushed).look_due_at is not None
    looked(pushed)
    assert the_one(pushed, Checkpoint, "Renamed")
    assert work_feed(pushed).look_due_at is None


def test_twice_late_and_backwards_end_the_same(pushed):
    pubsub = pushed.practice.pubsub
    pubsub.twice, pubsub.held = True, []
    store, course_id = pushed.practice.classroom, pushed.google_course_id
    title = graded(pushed, 0, 1)
    graded(pushed, 0, 3)
    store.change_work(course_id, first_work(pushed)["id"], title="Renamed")
    mirror(pushed)  # it was looked at before the pushes came
    pubsub.let_go(backwards=True)
    assert pubsub.answers == [204] * 6
    once = dump_without_feeds(pushed)
    looked(pushed)
    assert newest(pushed, "Renamed", 0) == 3
    assert title != "Renamed"
    assert dump_without_feeds(pushed)["attempts"] == once["attempts"]
    assert work_feed(pushed).look_due_at is None


def dump_without_feeds(world) -> dict:
    return {name: rows for name, rows in dump(world).items() if name != "classroom_feeds"}


def test_a_push_that_got_lost_is_made_up_for_by_the_next_look(pushed):
    pushed.practice.pubsub.lost = True
    title = graded(pushed, 0, 1.5)
    looked(pushed)
    assert newest(pushed, title, 0) != 1.5
    mirror(pushed)
    assert newest(pushed, title, 0) == 1.5


def test_a_tool_that_is_busy_is_told_again(pushed, monkeypatch):
    taken, busy = push_pages.pushes.take, iter([True])

    def take(*arguments):
        if next(busy, False):
            raise RuntimeError("busy")
        return taken(*arguments)

    monkeypatch.setattr(push_pages.pushes, "take", take)
    graded(pushed, 0, 1)
    pushed.practice.pubsub.settle()
    assert pushed.practice.pubsub.answers == [500, 204]
    assert work_feed(pushed).pushes == 1


def test_a_worker_that_dies_while_looking_leaves_it_to_another(pushed):
    title = graded(pushed, 0, 1.5)
    pushed.practice.pubsub.settle()
    look_due(pushed)
    job(pushed, "look_where_told")
    queue = pushed.app.extensions["pathways.queue"]
    taken = [task.name for task in iter(queue.dequeue, None)]  # by a worker that is no more
    assert "mirror_section" in taken
    job(pushed, "look_where_told")
    assert run_queue(pushed) == []  # somebody may be about it still
    looked(pushed)
    assert newest(pushed, title, 0) == 1.5


def test_a_look_that_google_did_not_answer_is_made_again(pushed):
    title = graded(pushed, 0, 1.5)
    pushed.practice.mischief.next("classroom.get", "server_error")
    looked(pushed)
    assert newest(pushed, title, 0) != 1.5
    assert work_feed(pushed).look_due_at is not None
    looked(pushed)
    assert newest(pushed, title, 0) == 1.5


def test_of_a_course_that_is_let_go_nothing_is_noted_and_google_need_not_repeat(pushed):
    graded(pushed, 0, 1)
    with pushed.transaction() as session:
        session.delete(session.get_one(ClassroomConnection, pushed.section_id))
    graded(pushed, 1, 1)
    pushed.practice.pubsub.settle()
    register(pushed)
    assert pushed.practice.registrations.by_id == {}
    assert feeds_of(pushed) == {}
    registration = pushed.practice.pubsub.pushed[-1]
    pushed.practice.pubsub.send(registration)
    pushed.practice.pubsub.settle()
    assert pushed.practice.pubsub.answers == [204] * 3


def in_oak(world, course_id: str, registration_id: str) -> None:
    """Another district has a course and a feed of it."""
    with world.database.transaction() as session:
        session.add(oak := District(name="Oak"))
        session.flush()
        oak_id = oak.id
    with world.database.transaction(district_id=oak_id) as session:
        session.add_all([team := Team(name="Oak 5"), teacher := Person(name="Ms. Oak")])
        session.flush()
        section = Section(
            team_id=team.id, title="Oak", source="google", external_id="7", service_scopes=[]
        )
        session.add(section)
        session.flush()
        place = {"section_id": section.id, "teacher_id": teacher.id, "course_id": course_id}
        session.add(ClassroomConnection(**place))
        session.add(ClassroomFeed(**place, feed=Feed.WORK, registration_id=registration_id))


def pushes_by_feed(world) -> list[int]:
    with world.database.session(writes=False) as session:
        query = select(ClassroomFeed.pushes).where(ClassroomFeed.feed == Feed.WORK)
        return list(session.scalars(query))


def test_another_districts_course_is_not_touched(pushed):
    in_oak(pushed, "77", "oaks")
    ours = work_feed(pushed).registration_id
    for registration_id, course_id in (("oaks", pushed.google_course_id), (ours, "77")):
        pushed.practice.pubsub.publish(
            pushed.settings.pubsub_topic,
            {
                "collection": "courses.courseWork",
                "eventType": "MODIFIED",
                "resourceId": {"courseId": course_id, "id": "1"},
            },
            {"registrationId": registration_id},
        )
    pushed.practice.pubsub.settle()
    assert pushed.practice.pubsub.answers == [204] * 2
    assert pushes_by_feed(pushed) == [0, 0]


def test_one_registration_that_serves_two_districts_tells_both(pushed):
    """The same teacher's same course, connected in two: Google registers it once."""
    in_oak(pushed, pushed.google_course_id, work_feed(pushed).registration_id)
    graded(pushed, 0, 1)
    pushed.practice.pubsub.settle()
    assert pushes_by_feed(pushed) == [1, 1]


def test_a_push_costs_a_handful_of_statements_whatever_came_before(pushed):
    graded(pushed, 0, 1)
    pushed.practice.pubsub.settle()
    counted = Queries(pushed.database)
    graded(pushed, 1, 1)
    pushed.practice.pubsub.settle()
    assert len(counted) <= 4
    assert not any(
        pushed.practice.school.people[one].name in said
        for said in counted.statements
        for one in pushed.subjects
    )


def test_without_a_topic_nothing_is_heard(world):
    practice: PracticeServer = world.practice
    answer = requests.post(
        f"{world.settings.public_url}/classroom/changes",
        json={},
        headers={"Authorization": f"Bearer {practice.pubsub.token()}"},
        timeout=5,
    )
    assert answer.status_code == 404
    assert "PATHWAYS_PUBSUB_TOPIC" in answer.json()["message"]


def test_only_the_coursework_that_was_told_of_is_marked(pushed):
    title = graded(pushed, 0, 2)
    pushed.practice.pubsub.settle()
    with pushed.session() as session:
        told = set(
            session.scalars(
                select(GradebookColumn.external_id).where(
                    GradebookColumn.grades_told_at.is_not(None)
                )
            )
        )
    assert told == {work_of(pushed, title)["id"]}
