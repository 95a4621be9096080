"""Connecting a course: one section, the right students, and only by the teacher's word."""

import re

import pytest
from sqlalchemy import select

from lti_app.errors import BadInput
from lti_app.people.identities import email_digest
from lti_app.people.models import Enrolment, Identity
from lti_app.sync import connections
from lti_app.sync.models import ClassroomConnection
from tests.school import Browser
from tests.sync.conftest import connect


def test_a_course_belongs_to_one_section(connected):
    world = connected
    with world.transaction() as session:
        twin = world.add_twin(session)
        with pytest.raises(BadInput):
            connections.connect(
                session,
                section_id=twin.id,
                teacher_id=world.teacher_id,
                course_id=world.google_course_id,
                course_title="again",
                person_of={},
            )


def test_an_equal_address_proposes_and_only_the_teachers_form_links(world):
    connect(world)
    secret = world.settings.secret_key.get_secret_value()
    with world.transaction() as session:
        session.delete(session.get(ClassroomConnection, world.section_id))
        for identity in session.scalars(select(Identity).where(Identity.source == "google")):
            if identity.person_id != world.teacher_id:
                session.delete(identity)
        for seat, subject in enumerate(world.subjects[:2]):
            person = world.practice.school.people[subject]
            identity = session.scalars(
                select(Identity).where(Identity.person_id == world.student_ids[seat])
            ).one()
            identity.email_digest = email_digest(secret, person.email)
        enrolment_id = session.scalar(
            select(Enrolment.id).where(Enrolment.person_id == world.teacher_id)
        )
    teacher = Browser(world.app, world.teacher_id, enrolment_id)
    page = teacher.get(f"/classroom/courses/{world.google_course_id}").text
    assert "2 of 5 students are matched." in re.sub(r"\s+", " ", page)
    teacher.post(
        f"/classroom/courses/{world.google_course_id}",
        **{f"person-{world.google_id(1)}": world.student_ids[1]},
    )
    with world.session() as session:
        linked = session.scalars(
            select(Identity.person_id).where(
                Identity.source == "google", Identity.person_id != world.teacher_id
            )
        ).all()
    assert linked == [world.student_ids[1]]


def test_the_same_person_twice_or_a_stranger_in_the_form_is_refused(world):
    with world.transaction() as session:
        for person_of in (
            {"1": world.student_ids[0], "2": world.student_ids[0]},
            {"1": world.teacher_id},
            {"1": 999},
        ):
            with pytest.raises(BadInput):
                connections.connect(
                    session,
                    section_id=world.section_id,
                    teacher_id=world.teacher_id,
                    course_id=world.google_course_id,
                    course_title="x",
                    person_of=person_of,
                )
