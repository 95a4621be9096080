"""No one in where they don't belong: every page, seen by everyone it is not for."""

import re

import pytest

from lti_app.people.models import Enrolment, Role
from tests.pages import EVERYONE, STAFF, STUDENT, TEACHER, Page, all_pages
from tests.school import Browser, browser_of, ids_of, make_school

SECTION_PAGES = [page for page in all_pages() if page.in_section]
FOR_STUDENTS = [page for page in SECTION_PAGES if page.who == STUDENT]
FOR_STAFF = [page for page in SECTION_PAGES if page.who in {STAFF, TEACHER}]
FOR_TEACHERS = [page for page in SECTION_PAGES if page.who == TEACHER]
WITH_IDS = [page for page in SECTION_PAGES if "{" in page.path]
OUTSIDE = [page for page in all_pages() if not page.in_section]


@pytest.fixture
def schools(database):
    return make_school(database, name="Maple"), make_school(database, name="Birch")


@pytest.fixture
def furnished(database, schools):
    """The ids that pages name, of each school."""
    return [ids_of(database, school) for school in schools]


def _visit(browser, page, ids):
    path = page.path.format(**ids)
    if page.method == "GET":
        return browser.get(f"{path}?{page.query}" if page.query else path)
    return browser.post(path)


def _role(database, school, person_id, role):
    with database.transaction() as session:
        session.get_one(Enrolment, school.enrolment_of[person_id]).role = role


def test_every_page_of_the_tool_is_named(app):
    named = {(page.method, re.sub(r"\{.*?\}|\b\d+\b", "*", page.path)) for page in all_pages()}
    for rule in app.url_map.iter_rules():
        in_section = "enrolment_id" in rule.arguments
        of_a_person = in_section or rule.rule.startswith(("/admin", "/building"))
        if not of_a_person or rule.endpoint == "home.front":
            continue
        path = re.sub(r"<.*?>", "*", rule.rule.removeprefix("/e/<int:enrolment_id>"))
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert (method, path) in named, rule


def _answers(pages, visit):
    """What each page answers, by page; all of them in one go, for a school takes a while to
    build."""
    return {str(page): visit(page) for page in pages}


def test_students_pages_are_not_for_teachers(app, schools, furnished):
    teacher = browser_of(app, schools[0], schools[0].teacher_id)
    answers = _answers(FOR_STUDENTS, lambda page: _visit(teacher, page, furnished[0]))
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 403
    )
    assert all("This page is not for you." in answer.text for answer in answers.values())


def test_teachers_pages_are_not_for_students(app, schools, furnished):
    student = browser_of(app, schools[0], schools[0].student_ids[0])
    answers = _answers(FOR_STAFF, lambda page: _visit(student, page, furnished[0]).status_code)
    assert answers == dict.fromkeys(answers, 403)


def test_assistants_look_on_but_leave_planning_to_teachers(app, database, schools, furnished):
    school = schools[0]
    _role(database, school, school.teacher_id, Role.ASSISTANT)
    assistant = browser_of(app, school, school.teacher_id)
    opened = [page for page in FOR_STAFF if page.method == "GET"]
    changes = [page for page in FOR_TEACHERS if page.method == "POST"]
    answers = _answers(
        opened + changes, lambda page: _visit(assistant, page, furnished[0]).status_code == 403
    )
    assert answers == {str(page): page.who == TEACHER for page in opened + changes}


def test_a_stranger_is_asked_to_open_pathways_from_the_class(app, schools, furnished):
    school = schools[0]
    stranger = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False
    base = f"/e/{school.enrolment_of[school.teacher_id]}"
    answers = _answers(
        [*SECTION_PAGES, Page(EVERYONE, "/")],
        lambda page: stranger.open(base + page.path.format(**furnished[0]), method=page.method),
    )
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 401
    )
    asked = "Please open Pathways again from your class."
    assert all(asked in answer.text for answer in answers.values())


def test_pages_outside_of_sections_are_not_for_people_of_a_section(app, schools, furnished):
    for person_id in (schools[0].teacher_id, schools[0].student_ids[0]):
        client = Browser(app, person_id).client
        answers = _answers(
            OUTSIDE,
            lambda page, client=client: (
                client.open(page.path.format(**furnished[0]), method=page.method).status_code
            ),
        )
        assert answers == dict.fromkeys(answers, 401)


def test_another_districts_things_are_not_there(app, schools, furnished):
    maple, _birch = schools
    student = browser_of(app, maple, maple.student_ids[0])
    teacher = browser_of(app, maple, maple.teacher_id)
    answers = _answers(
        WITH_IDS,
        lambda page: (
            _visit(student if page.who == STUDENT else teacher, page, furnished[1]).status_code
        ),
    )
    assert answers == dict.fromkeys(answers, 404)


def test_nobody_looks_through_another_persons_enrolment(app, schools):
    maple, birch = schools
    for other in (maple.student_ids[1], maple.teacher_id, birch.teacher_id):
        browser = Browser(app, other, maple.enrolment_of[maple.student_ids[0]])
        assert browser.get("/").status_code == 401


def test_another_sections_attempt_cannot_be_scored(app, schools):
    maple, birch = schools
    browser_of(app, birch, birch.student_ids[0]).post(
        f"/checkpoints/{birch.checkpoint_id}", number=1, evidence="6/5"
    )
    teacher = browser_of(app, maple, maple.teacher_id)
    assert teacher.get("/scoring/1").status_code == 404
    assert teacher.post("/scoring/1", points="4").status_code == 404


def test_who_left_the_section_has_no_access_but_keeps_the_work(app, database, schools):
    school = schools[0]
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
    with database.transaction() as session:
        session.get_one(Enrolment, school.enrolment_of[school.student_ids[0]]).active = False
    assert student.get("/").status_code == 401
    teacher = browser_of(app, school, school.teacher_id)
    assert "Nothing waits for a score." in teacher.get("/scoring").text
    assert teacher.get("/scoring/1").status_code == 200


def test_administrators_see_their_own_district_only(app, schools):
    maple, _birch = schools
    page = Browser(app, maple.admin_id).get("/admin/").text
    assert "Maple Room 12" in page
    assert "Birch" not in page
    for other in (maple.teacher_id, maple.student_ids[0]):
        assert Browser(app, other).get("/admin/").status_code == 401


def test_a_form_without_its_token_is_refused_and_says_what_to_do(app, schools):
    school = schools[0]
    student = browser_of(app, school, school.student_ids[0])
    app.config["WTF_CSRF_ENABLED"] = True
    answer = student.post(f"/targets/{school.target_id}/help", note="hi")
    assert answer.status_code == 400
    assert "This page was open for too long." in answer.text


@pytest.mark.parametrize(
    "back", ["//evil.example.org", "/\\evil.example.org", "https://evil.example.org", ""]
)
def test_choosing_a_language_never_leads_away(app, back):
    answer = app.test_client().get("/language/es", query_string={"back": back})
    assert answer.location == "/"


def test_numbers_no_row_can_have_are_answered_in_words(app, schools):
    school = schools[0]
    teacher = browser_of(app, school, school.teacher_id)
    huge = "9" * 30
    assert teacher.get(f"/plan/{huge}").status_code == 404
    assert teacher.get(f"/students/{2**31}").status_code == 404
    for path, form in (
        ("/choice", {"level": "open", "student": huge}),
        ("/choice/way", {"pathway": huge, "student": school.student_ids[0]}),
    ):
        answer = teacher.post(path, **form)
        assert answer.status_code in {400, 404}
        assert "<h1>" in answer.text
