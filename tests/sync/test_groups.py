"""Groups of the LMS's course stand among the team's own, and follow the LMS."""

import pytest
from sqlalchemy import select

from integrations.practice.school import PracticeGroup
from lti_app.people import groups
from lti_app.people.models import Section, StudentGroup, StudentGroupMember
from tests.conftest import Queries


@pytest.fixture
def grouped(world):
    """Two groups in the LMS, one of a teacher's own here."""
    world.practice.platform.offers_groups = True
    one, two, three, *_ = world.subjects
    world.course.groups = [
        PracticeGroup("g-1", "Red table", [one, two]),
        PracticeGroup("g-2", "Blue table", [two, three, world.course.teacher_ids[0]]),
    ]
    with world.transaction() as session:
        section = session.get_one(Section, world.section_id)
        section.groups_url = f"{world.practice.url}/lti/courses/{world.course.id}/groups"
        own = groups.add(session, section.team_id, "Window table")
        groups.change(session, own, "Window table", world.student_ids[:1])
    return world


def read(world):
    """One reading of the roster, as the worker does it."""
    world.app.extensions["pathways.jobs"]["bring_in_roster"].call_local(
        world.district_id, world.section_id
    )


def shown(world):
    """Groups by name, with the seats of who is in them."""
    seats = {person_id: seat for seat, person_id in enumerate(world.student_ids)}
    with world.session() as session:
        named = dict(session.execute(select(StudentGroup.id, StudentGroup.name)).all())
        found = {name: set() for name in named.values()}
        for one in session.scalars(select(StudentGroupMember)):
            found[named[one.group_id]].add(seats[one.person_id])
    return found


OWN = {"Window table": {0}}


def test_groups_come_with_their_students(grouped):
    read(grouped)
    assert shown(grouped) == OWN | {"Red table": {0, 1}, "Blue table": {1, 2}}
    read(grouped)
    assert shown(grouped) == OWN | {"Red table": {0, 1}, "Blue table": {1, 2}}


def test_names_and_students_follow_and_groups_that_vanish_go(grouped):
    read(grouped)
    red = grouped.course.groups[0]
    red.name = "Window table"  # as a teacher's own: each keeps its students
    red.student_ids[:] = [grouped.subjects[4]]
    grouped.course.groups[1:] = [PracticeGroup("g-3", "  Green\n table " + "x" * 200, [])]
    read(grouped)
    with grouped.session() as session:
        found = session.execute(
            select(StudentGroup.external_id, StudentGroup.name).order_by(StudentGroup.id)
        ).all()
        assert [one.external_id for one in found] == [None, "g-1", "g-3"]
        assert [one.name[:12] for one in found] == ["Window table", "Window table", "Green table "]
        own, theirs = session.scalars(
            select(StudentGroupMember.person_id).order_by(StudentGroupMember.group_id)
        ).all()
    assert (own, theirs) == (grouped.student_ids[0], grouped.student_ids[4])


def test_who_leaves_the_course_leaves_its_groups(grouped):
    read(grouped)
    grouped.course.leave(grouped.subjects[1])
    read(grouped)
    assert shown(grouped) == OWN | {"Red table": {0}, "Blue table": {2}}


def test_a_change_of_groups_is_seen_though_no_membership_changed(grouped):
    grouped.practice.platform.tells_differences = True
    read(grouped)
    grouped.course.groups[0].student_ids.append(grouped.subjects[3])
    read(grouped)
    assert shown(grouped)["Red table"] == {0, 1, 3}


@pytest.mark.parametrize("trouble", ["server_error", "expired_token", "no_service"])
def test_groups_that_can_not_be_read_change_nothing_and_hold_nobody_up(grouped, trouble):
    read(grouped)
    grouped.course.leave(grouped.subjects[4])
    if trouble == "no_service":
        grouped.practice.platform.offers_groups = False
    else:
        grouped.practice.mischief.next("lti.groups", trouble, times=5)
    read(grouped)
    assert shown(grouped) == OWN | {"Red table": {0, 1}, "Blue table": {1, 2}}
    with grouped.session() as session:
        present = groups.of_team(session, session.get_one(Section, grouped.section_id).team_id)
    assert {one.group.name: one.students for one in present}["Red table"] == 2


def test_many_groups_cost_a_few_statements(grouped):
    read(grouped)
    queries = Queries(grouped.database)
    read(grouped)
    few = len(queries)
    grouped.practice.platform.page_size = 500
    grouped.course.groups += [
        PracticeGroup(f"m-{n}", f"Group {n}", grouped.subjects[:4]) for n in range(150)
    ]
    read(grouped)
    queries.clear()
    read(grouped)
    assert len(queries) <= few
