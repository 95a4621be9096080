"""Who is in a Classroom course: enrolled where the section is Classroom's own, else matched."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from integrations.lms import LmsUnavailable
from integrations.practice.school import PracticePerson
from lti_app.db import now
from lti_app.learning.models import Attempt
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.sync import course_people
from lti_app.sync.models import ClassroomConnection
from tests.school import Browser
from tests.sync.conftest import connect, make_world, mirror


def _classrooms_own(world) -> None:
    """The section was opened by the add-on: no LTI platform knows it."""
    with world.transaction() as session:
        session.execute(
            update(Section)
            .where(Section.id == world.section_id)
            .values(source="google", external_id=world.google_course_id, roster_url=None)
        )


def _read(world, job: str = "read_course_people") -> int:
    """Run the job; returns how many requests it cost."""
    calls = world.practice.mischief.calls
    before = sum(calls.values())
    with world.app.app_context():
        world.app.extensions["pathways.jobs"][job].call_local(world.district_id, world.section_id)
    return sum(calls.values()) - before


def _students(world) -> dict[str, bool]:
    with world.session() as session:
        rows = session.execute(
            select(Person.name, Enrolment.active)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .where(Enrolment.section_id == world.section_id, Enrolment.role == Role.STUDENT)
        )
        return dict(rows.all())


def test_who_joined_is_enrolled_and_who_left_keeps_their_work(connected):
    world = connected
    _classrooms_own(world)
    mirror(world)
    with world.session() as session:
        attempts = len(session.scalars(select(Attempt)).all())
    newcomer = PracticePerson("newcomer", "Nia New", "student")
    world.practice.school.people[newcomer.id] = newcomer
    world.course.student_ids.append(newcomer.id)
    left = world.practice.school.people[world.subjects[0]].name
    world.course.leave(world.subjects[0])

    _read(world)
    students = _students(world)
    assert (students["Nia New"], students[left]) == (True, False)
    assert len(students) == 6  # the others are who they were
    with world.session() as session:
        assert len(session.scalars(select(Attempt)).all()) == attempts
        teacher = session.scalars(
            select(Enrolment).where(Enrolment.person_id == world.teacher_id)
        ).one()
        assert (teacher.active, teacher.role) == (True, Role.TEACHER)
    _read(world)
    assert _students(world) == students


def test_a_class_of_a_hundred_costs_two_requests(settings):
    for world in make_world(settings, students=100):
        connect(world)
        _classrooms_own(world)
        mirror(world)  # the token is there
        assert _read(world) == 2
        assert sum(_students(world).values()) == 100
        assert world.practice.classroom.unmasked == []


def test_every_page_of_a_large_class_is_read(settings):
    for world in make_world(settings, students=104):
        connect(world)
        _classrooms_own(world)
        mirror(world)
        assert _read(world, "bring_in_roster") == 0  # it only wakes the other job
        assert _read(world) == 3
        assert sum(_students(world).values()) == 104


def test_google_failing_in_the_middle_lets_nobody_go(connected):
    world = connected
    _classrooms_own(world)
    world.practice.mischief.next("classroom.students.list", "server_error")
    before = _students(world)
    with pytest.raises(LmsUnavailable, match="server_error"):
        _read(world)
    assert _students(world) == before


def test_in_a_section_of_a_platform_nobody_is_enrolled_and_the_teacher_is_told(connected):
    world = connected
    with world.transaction() as session:
        session.execute(
            delete(Identity).where(
                Identity.source == "google", Identity.person_id == world.student_ids[0]
            )
        )
    newcomer = PracticePerson("newcomer", "Nia New", "student")
    world.practice.school.people[newcomer.id] = newcomer
    world.course.student_ids.append(newcomer.id)
    before = _students(world)
    mirror(world)
    assert _read(world) == 1
    assert _students(world) == before
    with world.session() as session:
        connection = session.get_one(ClassroomConnection, world.section_id)
        enrolment_id = session.scalar(
            select(Enrolment.id).where(Enrolment.person_id == world.teacher_id)
        )
    assert connection.unmatched == 2
    page = Browser(world.app, world.teacher_id, enrolment_id).get("/classroom").text
    assert "2 students of the course are matched with nobody here" in page
    assert f"/classroom/courses/{world.google_course_id}" in page
    assert "Nia New" not in page


def test_people_are_asked_for_once_a_day_also_where_google_says_no(connected):
    world = connected
    with world.session() as session:
        assert course_people.due(session, timedelta(days=1)) == [
            (world.district_id, world.section_id)
        ]
    world.practice.classroom.courses.clear()
    _read(world)
    with world.session() as session:
        assert course_people.due(session, timedelta(days=1)) == []
    with world.transaction() as session:
        connection = session.get_one(ClassroomConnection, world.section_id)
        connection.roster_read_at = now() - timedelta(days=1, minutes=1)
    with world.session() as session:
        assert len(course_people.due(session, timedelta(days=1))) == 1
