"""A small district mirrored: what a course costs does not grow, and nothing gets lost or mixed up,
also where a worker dies in the middle."""

import os
import signal
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select

from integrations.practice.server import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    PracticeServer,
)
from lti_app import create_app
from lti_app.db import Database
from lti_app.learning.models import Attempt, Checkpoint, Score
from lti_app.people.models import Enrolment, Identity, Role, Section
from lti_app.settings import Settings
from lti_app.sync import connections
from lti_app.sync.course_jobs import MIRROR_EVERY
from lti_app.sync.models import ClassroomConnection, GradebookColumn
from tests import district
from tests.conftest import Queries
from tests.sync.test_worker_killed import start_worker, until

SUBMISSIONS = "classroom.courseWork.studentSubmissions.list"


@dataclass
class Place:
    """A district at Google and here."""

    app: Flask
    settings: Settings
    database: Database
    practice: PracticeServer
    district_id: int

    def job(self, name: str):
        return self.app.extensions["pathways.jobs"][name]

    def section_ids(self) -> list[int]:
        with self.session() as session:
            return list(session.scalars(select(Section.id).order_by(Section.id)))

    def session(self):
        return self.database.session(district_id=self.district_id, writes=False)

    def due(self) -> list[tuple[int, int]]:
        with self.session() as session:
            return connections.due_for_mirror(session, MIRROR_EVERY, MIRROR_EVERY)

    def read_people(self, section_id: int) -> None:
        self.job("read_course_people").call_local(self.district_id, section_id)

    def mirror(self, section_id: int) -> None:
        self.job("mirror_section").call_local(self.district_id, section_id)


def _make(settings: Settings, courses: int, students: int, works: int) -> Iterator[Place]:
    school = district.school(courses, students)
    with PracticeServer("http://127.0.0.1:9", school, works=district.works(works)) as practice:
        district.settle(practice.classroom)
        settings = settings.model_copy(
            update={
                "classroom_api_url": practice.url + "/",
                "google_client_id": GOOGLE_CLIENT_ID,
                "google_client_secret": type(settings.secret_key)(GOOGLE_CLIENT_SECRET),
                "google_auth_url": practice.url + "/o/oauth2/v2/auth",
                "google_token_url": practice.url + "/token",
                "google_revoke_url": practice.url + "/revoke",
            }
        )
        app = create_app(settings)
        database: Database = app.extensions["pathways.database"]
        district_id = district.connect(database, district.at_google(practice))
        yield Place(app, settings, database, practice, district_id)
        database.dispose()


@pytest.fixture
def place(settings):
    yield from _make(settings, courses=24, students=6, works=5)


def _at_google(place: Place) -> Counter:
    """Grades: (course, coursework, student, points)."""
    return Counter(
        (course_id, work_id, one["userId"], one["assignedGrade"])
        for (course_id, work_id), submissions in place.practice.classroom.submissions.items()
        for one in submissions.values()
        if "assignedGrade" in one
    )


def _here(place: Place) -> Counter:
    """As `_at_google`, by the section where each grade arrived."""
    with place.session() as session:
        rows = session.execute(
            select(
                Section.external_id,
                GradebookColumn.external_id,
                Identity.subject,
                Score.points,
            )
            .select_from(Score)
            .join(Attempt, Score.attempt_id == Attempt.id)
            .join(Section, Section.id == Attempt.section_id)
            .join(GradebookColumn, GradebookColumn.checkpoint_id == Attempt.checkpoint_id)
            .join(Identity, Identity.person_id == Attempt.person_id)
        )
        return Counter(tuple(row) for row in rows)


def _must_be_as_at_google(place: Place) -> None:
    assert _here(place) == _at_google(place)
    store = place.practice.classroom
    with place.session() as session:
        enrolled = session.execute(
            select(Section.external_id, Identity.subject)
            .join(Enrolment, Enrolment.section_id == Section.id)
            .join(Identity, Identity.person_id == Enrolment.person_id)
            .where(Enrolment.role == Role.STUDENT, Enrolment.active)
        ).all()
        checkpoints = session.execute(
            select(Section.external_id, GradebookColumn.external_id)
            .join(Checkpoint, Checkpoint.id == GradebookColumn.checkpoint_id)
            .join(Section, Section.id == Checkpoint.section_id)
            .where(GradebookColumn.section_id == Section.id)
        ).all()
        assert session.scalar(select(func.count(Checkpoint.id))) == len(checkpoints)
    people = place.practice.school.people
    assert sorted(map(tuple, enrolled)) == sorted(
        (store.google_course_id(course.id), people[student_id].google_id)
        for course in place.practice.school.courses.values()
        for student_id in course.student_ids
    )
    assert sorted(map(tuple, checkpoints)) == sorted(
        (course_id, work["id"])
        for course_id, works in store.works.items()
        for work in works
        if work.get("maxPoints")
    )


def test_everything_arrives_where_it_belongs_and_the_last_course_costs_what_the_first_did(place):
    asked, counted, peaks = [], [], []
    calls, queries = place.practice.mischief.calls, Queries(place.database)
    for number, section_id in enumerate(place.section_ids()):
        if number == 4:  # modules, statements and methods are there by then
            tracemalloc.start()
        queries.clear()
        before = sum(calls.values())
        place.read_people(section_id)
        place.mirror(section_id)
        asked.append(sum(calls.values()) - before)
        counted.append(len(queries))
        if number in (7, 23):
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.reset_peak()
    tracemalloc.stop()
    _must_be_as_at_google(place)
    # A teacher's first course makes the team's plan and asks for a token; the second does not.
    for which in (0, 1):
        assert len(set(asked[2 + which :: 2])) == 1
        assert max(counted[2 + which :: 2]) - min(counted[2 + which :: 2]) <= 2
    assert peaks[1] <= 1.15 * peaks[0]


@pytest.fixture
def uneven(settings):
    """Courses of 24 students; of one of them most have left."""
    for place in _make(settings, courses=6, students=24, works=5):
        third = list(place.practice.school.courses.values())[2]
        for student_id in third.student_ids[4:]:
            third.leave(student_id)
        yield place


def test_statements_do_not_grow_with_the_students_and_their_grades(uneven):
    counted, grades = [], []
    queries = Queries(uneven.database)
    for section_id in uneven.section_ids():
        uneven.read_people(section_id)
        before = _here(uneven).total()
        queries.clear()
        uneven.mirror(section_id)
        counted.append(len(queries))
        grades.append(_here(uneven).total() - before)
    assert grades[4] > 4 * grades[2]  # each the first of its teacher
    assert abs(counted[4] - counted[2]) <= 4


def test_grades_that_were_read_before_their_students_came_are_here_at_the_next_look(place):
    section_id = place.section_ids()[0]
    course_id = next(iter(place.practice.classroom.courses))
    place.mirror(section_id)
    assert not _here(place)
    place.read_people(section_id)
    place.mirror(section_id)
    assert _here(place) == Counter(
        {grade: times for grade, times in _at_google(place).items() if grade[0] == course_id}
    )


@pytest.fixture
def large(settings):
    yield from _make(settings, courses=8, students=30, works=8)


def test_another_worker_goes_on_with_a_district_where_one_was_killed(large):
    place, courses = large, 8
    for section_id in place.section_ids():
        place.read_people(section_id)
    calls = place.practice.mischief.calls
    place.practice.mischief.next(SUBMISSIONS, "slow", seconds=0.4, times=12)
    with place.app.app_context():
        for section_id in place.section_ids():
            place.job("mirror_section")(place.district_id, section_id)
    first, second = start_worker(place), start_worker(place)
    try:
        assert until(lambda: calls[SUBMISSIONS] >= 4, 60)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        assert _are_held(place)
        assert not _is_done(place, courses)
        ended = False
        for _minute in range(40):
            with place.app.app_context():  # what every minute does, without the wait
                if ended := not place.due() and _is_done(place, courses):
                    break
                if not place.app.extensions["pathways.queue"].pending_count():
                    for one in place.due():
                        place.job("mirror_section")(*one)
            until(lambda: _is_done(place, courses), 2)
    finally:
        for worker in (first, second):
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
    assert ended
    _must_be_as_at_google(place)
    # Each page once, and once more what the dead worker had under way.
    handed_out = sum(
        len(place.practice.classroom.submissions[(course_id, work["id"])])
        for course_id, works in place.practice.classroom.works.items()
        for work in works
    )
    pages = courses * -(-handed_out // courses // 100)
    assert pages > courses
    looks = max(0, calls["classroom.get"] - courses - 2)  # a minute may have passed meanwhile
    assert pages <= calls[SUBMISSIONS] <= pages + 2 + looks
    assert calls["classroom.courseWork.list"] <= courses + 2 + looks


def _are_held(place: Place) -> bool:
    with place.session() as session:
        held = select(func.count(ClassroomConnection.section_id)).where(
            ClassroomConnection.mirroring_until.is_not(None)
        )
        return bool(session.scalar(held))


def _is_done(place: Place, courses: int) -> bool:
    with place.session() as session:
        return courses == session.scalar(
            select(func.count(ClassroomConnection.section_id)).where(
                ClassroomConnection.mirrored_at.is_not(None)
            )
        )
