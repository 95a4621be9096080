"""After the first reading only what changed is read, as long as the LMS tells it faithfully."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from integrations.lms import LmsUnavailable
from integrations.lti import transport
from lti_app.db import now
from lti_app.launch.services import lti_services
from lti_app.people.models import Enrolment, Identity, Person, Role, Section, TeamMember
from lti_app.sync import reports
from lti_app.sync.roster import bring_in_roster
from tests.conftest import Queries


@pytest.fixture
def told(world):
    """The LMS tells differences, and the roster was read once."""
    world.practice.platform.tells_differences = True
    read(world)
    return world


def section_of(world):
    with world.session() as session:
        return session.get_one(Section, world.section_id)


def read(world):
    """One reading; returns what it counted, without what it found nobody for."""
    roster = lti_services(world.database, section_of(world)).roster()
    bring_in_roster(world.database, world.district_id, world.section_id, roster, "key")
    with world.session() as session:
        counts = reports.newest(session, world.section_id, "roster").counts
    return {name: count for name, count in counts.items() if count}


def calls(world):
    """Pages of the roster asked for since the last time."""
    counted = world.practice.mischief.calls
    return counted.pop("lti.members", 0)


def standing(world):
    with world.session() as session:
        rows = session.execute(
            select(Identity.subject, Enrolment.role, Enrolment.active)
            .join(Enrolment, Enrolment.person_id == Identity.person_id)
            .where(Identity.source.like("lti:%"))
        )
        return {subject: (role, active) for subject, role, active in rows}


def newcomer(world, subject="new-1", name="Nia New"):
    school = world.practice.school
    somebody = next(iter(school.people.values()))
    school.people[subject] = replace(somebody, id=subject, name=name, role="student")
    world.course.student_ids.append(subject)
    return subject


def test_nothing_changed_costs_one_short_page(told):
    calls(told)
    assert read(told) == {}
    assert calls(told) == 1


def test_only_what_changed_is_read_and_applied(told):
    inactive, deleted, promoted = told.subjects[:3]
    new = newcomer(told)
    told.course.leave(inactive)
    told.course.student_ids.remove(deleted)  # not even listed any more: told as `Deleted`
    people = told.practice.school.people
    people[promoted] = replace(people[promoted], role="teacher")
    calls(told)

    assert read(told) == {"new": 1, "enrolled": 1, "left": 2, "role_changed": 1}

    assert calls(told) == 2  # four of eight people, three on a page
    now_in = standing(told)
    assert now_in[inactive] == (Role.STUDENT, False)
    assert now_in[deleted] == (Role.STUDENT, False)
    assert now_in[promoted] == (Role.TEACHER, True)
    assert now_in[new] == (Role.STUDENT, True)
    assert now_in[told.subjects[3]] == (Role.STUDENT, True)
    assert read(told) == {}  # and from the newest link on nothing is told twice


def test_who_comes_back_is_told_too(told):
    told.course.leave(told.subjects[0])
    read(told)
    told.course.inactive_ids.clear()
    told.course.student_ids.append(told.subjects[0])

    assert read(told) == {"back": 1}
    assert standing(told)[told.subjects[0]] == (Role.STUDENT, True)


def test_the_whole_roster_is_read_once_a_day(told):
    with told.transaction() as session:
        session.execute(update(Section).values(roster_read_at=now() - timedelta(hours=25)))
    calls(told)
    read(told)
    assert calls(told) == 2  # two full pages of three
    assert section_of(told).roster_read_at > now() - timedelta(minutes=1)


@pytest.mark.parametrize("broken", ["forgotten", "garbled", "refused"])
def test_differences_that_fail_are_read_as_a_whole(told, broken):
    platform = told.practice.platform
    url = section_of(told).roster_differences_url
    if broken == "forgotten":
        platform.rosters_told.clear()  # 410
    elsewhere = {"garbled": "/practice/", "refused": f"/lti/courses/{told.course.id}/nothing"}
    if broken in elsewhere:
        with told.transaction() as session:
            session.execute(
                update(Section).values(roster_differences_url=told.practice.url + elsewhere[broken])
            )
    told.course.leave(told.subjects[0])

    assert read(told) == {"left": 1}

    assert standing(told)[told.subjects[0]] == (Role.STUDENT, False)
    fresh = section_of(told).roster_differences_url
    assert fresh not in {None, url}
    assert read(told) == {}


def test_an_lms_that_is_down_is_asked_again_later_where_it_was_left(told, monkeypatch):
    monkeypatch.setattr(transport, "PATIENCE_SECONDS", 0.0)
    url = section_of(told).roster_differences_url
    told.course.leave(told.subjects[0])
    told.practice.mischief.next("lti.members", "too_many_requests", seconds=60)

    with pytest.raises(LmsUnavailable):
        read(told)

    assert section_of(told).roster_differences_url == url
    assert read(told) == {"left": 1}


def test_an_lms_without_differences_is_read_whole(world):
    read(world)
    calls(world)
    read(world)
    assert calls(world) == 2
    assert section_of(world).roster_differences_url is None


def test_who_teaches_by_the_roster_belongs_to_the_team_as_by_a_launch(told):
    people = told.practice.school.people
    promoted = told.subjects[0]
    people[promoted] = replace(people[promoted], role="teacher")
    read(told)
    with told.session() as session:
        members = session.scalars(
            select(Person.name).join(TeamMember, TeamMember.person_id == Person.id)
        ).all()
    assert people[promoted].name in members
    assert people[told.course.teacher_ids[0]].name in members
    assert len(members) == 2


def test_newcomers_cost_a_few_statements_however_many_come(told):
    told.practice.platform.page_size = 100
    for number in range(8):
        newcomer(told, f"new-{number}", f"New {number}")
    queries = Queries(told.database)
    read(told)
    few = len(queries)
    for number in range(8, 40):
        newcomer(told, f"new-{number}", f"New {number}")
    queries.clear()
    read(told)
    assert len(queries) == few  # one batch, whether eight or thirty-two come
    with told.session() as session:
        assert session.scalar(select(func.count(Enrolment.id))) == 46
