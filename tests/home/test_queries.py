"""Speed is designed in: the number of queries does not grow with the class."""

import pytest

from tests.school import browser_of, make_school


def _busy_school(app, database, name, students):
    school = make_school(database, name=name, students=students)
    for person_id in school.student_ids:
        browser = browser_of(app, school, person_id)
        browser.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
        browser.post(f"/targets/{school.target_id}/help")
    return school


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", 18), ("/scoring", 4), ("/help", 10), ("/plan", 9), ("/grades", 4), ("/classroom", 6)],
)
def test_a_teachers_page_costs_the_same_for_two_students_and_for_twelve(
    app, database, queries, path, most
):
    counted = []
    for name, students in (("Small", 2), ("Large", 12)):
        school = _busy_school(app, database, name, students)
        teacher = browser_of(app, school, school.teacher_id)
        teacher.get(path)
        queries.clear()
        assert teacher.get(path).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= most


@pytest.mark.parametrize(
    ("path", "most"), [("/", 15), ("/targets/{target}", 11), ("/checkpoints/{checkpoint}", 6)]
)
def test_a_students_page_costs_the_same_in_any_class(app, database, queries, path, most):
    counted = []
    for name, students in (("Small", 2), ("Large", 12)):
        school = _busy_school(app, database, name, students)
        student = browser_of(app, school, school.student_ids[0])
        address = path.format(target=school.target_id, checkpoint=school.checkpoint_id)
        student.get(address)
        queries.clear()
        assert student.get(address).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= most
