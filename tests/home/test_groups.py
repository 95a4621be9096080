"""Groups of students that a team looks at together."""

import pytest
from sqlalchemy import select

from lti_app.people.models import Enrolment, StudentGroup, StudentGroupMember
from tests.school import browser_of, make_school


@pytest.fixture
def school(database):
    return make_school(database, students=4)


@pytest.fixture
def group_id(database, teacher):
    teacher.post("/groups", name="Table 4")
    with database.session() as session:
        return session.scalars(select(StudentGroup.id)).one()


def _members(database):
    with database.session() as session:
        return set(session.scalars(select(StudentGroupMember.person_id)))


def test_a_group_takes_only_students_of_the_team(app, teacher, database, school):
    birch = make_school(database, name="Birch")
    teacher.post("/groups", name="Table 4")
    with database.session() as session:
        group_id = session.scalars(select(StudentGroup.id)).one()
    for stranger in (birch.student_ids[0], school.teacher_id, 4711):
        answer = teacher.post(f"/groups/{group_id}", name="Table 4", student=stranger)
        assert answer.status_code == 404
    assert teacher.post(f"/groups/{group_id}", name=" ").status_code == 400
    again = {"name": "Table 4", "student": school.student_ids[:2]}
    assert teacher.post(f"/groups/{group_id}", **again).status_code == 302
    assert teacher.post(f"/groups/{group_id}", **again).status_code == 302
    assert "2 students" in teacher.get("/groups").text
    assert teacher.post(f"/groups/{group_id}/remove").status_code == 302
    assert "There are no groups yet." in teacher.get("/groups").text


def test_students_come_into_a_group_and_leave_it(database, teacher, school, group_id):
    one, two, three, _ = school.student_ids
    teacher.post(f"/groups/{group_id}", name="Table 4", student=[one, two])
    page = teacher.get(f"/groups/{group_id}").text
    assert page.count("checked") == 2
    teacher.post(f"/groups/{group_id}", name="Window table", student=[two, three], was=[one, two])
    assert _members(database) == {two, three}
    assert "Window table" in teacher.get("/groups").text


def test_two_teachers_who_change_a_group_at_once_lose_nothing(database, teacher, school, group_id):
    one, two, three, _ = school.student_ids
    teacher.post(f"/groups/{group_id}", name="Table 4", student=[one])
    # Both opened the page with one student in the group; one takes in, the other lets go.
    teacher.post(f"/groups/{group_id}", name="Table 4", student=[one, two], was=[one])
    teacher.post(f"/groups/{group_id}", name="Table 4", student=[three], was=[one])
    assert _members(database) == {two, three}


def test_who_left_the_class_is_not_counted(database, teacher, school, group_id):
    kid = school.student_ids[0]
    teacher.post(f"/groups/{group_id}", name="Table 4", student=school.student_ids[:2])
    with database.transaction() as session:
        session.get_one(Enrolment, school.enrolment_of[kid]).active = False
    assert "1 student<" in teacher.get("/groups").text
    teacher.post(f"/groups/{group_id}", name="Table 4", was=school.student_ids[1])
    assert _members(database) == {kid}, "should they come back, they are where they were"


def test_a_refused_change_changes_nothing(app, database, teacher, school, group_id):
    teacher.post(f"/groups/{group_id}", name="Table 4", student=school.student_ids[0])
    for wrong in ({"name": " "}, {"name": "x" * 101}, {"name": "Other", "student": 4711}):
        answer = teacher.post(f"/groups/{group_id}", was=school.student_ids[0], **wrong)
        assert answer.status_code in {400, 404}
    assert _members(database) == {school.student_ids[0]}
    assert "Table 4" in teacher.get("/groups").text
    student = browser_of(app, school, school.student_ids[0])
    assert student.post(f"/groups/{group_id}/remove").status_code == 403
    assert teacher.post(f"/groups/{group_id}/remove").status_code == 302
    assert teacher.post(f"/groups/{group_id}/remove").status_code == 404, "it is gone already"


def test_a_group_of_the_lms_is_looked_at_and_changed_there(database, teacher, school, group_id):
    teacher.post(f"/groups/{group_id}", name="Table 4", student=school.student_ids[:1])
    with database.transaction(district_id=school.district_id) as session:
        group = session.get_one(StudentGroup, group_id)
        group.section_id, group.external_id = school.section_id, "g-1"

    page = teacher.get(f"/groups/{group_id}").text
    assert "This group comes from your LMS." in page
    assert "checkbox" not in page

    answer = teacher.post(f"/groups/{group_id}", name="Mine now", was=school.student_ids[:1])
    assert answer.status_code == 400
    assert teacher.post(f"/groups/{group_id}/remove").status_code == 400
    assert _members(database) == {school.student_ids[0]}
    assert "Table 4" in teacher.get("/groups").text
