"""What tests of goals, reflections and student voice do again and again."""

from datetime import UTC, datetime

import time_machine
from sqlalchemy import select

from lti_app.people.models import Enrolment, Role, Section
from tests.school import browser_of

MONDAY = datetime(2026, 11, 16, 15, tzinfo=UTC)
"""A Monday, ten in the morning in New York."""


def on(moment):
    """Live at a moment."""
    return time_machine.travel(moment, tick=False)


def rows(database, school, model, *where):
    """The rows of a model, oldest first."""
    with database.session(district_id=school.district_id) as session:
        return list(session.scalars(select(model).where(*where).order_by(model.id)))


def student_of(app, school, number=0):
    """A student's browser; it must be opened at the moment it is used."""
    return browser_of(app, school, school.student_ids[number])


def teacher_of(app, school):
    """The teacher's browser."""
    return browser_of(app, school, school.teacher_id)


def second_section(database, school, person_id=None):
    """Another section of the team; `person_id` (a new one's otherwise nobody's) is its student.
    Returns its id."""
    with database.transaction(district_id=school.district_id) as session:
        section = Section(
            team_id=school.team_id, title="Room 14", source="lti:1", external_id="other"
        )
        session.add(section)
        session.flush()
        if person_id is not None:
            session.add(Enrolment(section_id=section.id, person_id=person_id, role=Role.STUDENT))
        return section.id


def leaves(database, school, person_id):
    """Someone left the section."""
    with database.transaction() as session:
        session.get_one(Enrolment, school.enrolment_of[person_id]).active = False
