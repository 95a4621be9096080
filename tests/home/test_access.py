"""No one in where they don't belong: every page, seen by everyone it is not for."""

import pytest

from lti_app.people.models import Enrolment
from tests.school import Browser, browser_of, make_school

STUDENT_PAGES = [
    ("GET", "/targets/{target}"),
    ("POST", "/targets/{target}/help"),
    ("POST", "/pathways/{pathway}/choose"),
    ("POST", "/activities/{activity}/done"),
    ("GET", "/checkpoints/{checkpoint}"),
    ("POST", "/checkpoints/{checkpoint}"),
    ("POST", "/invitations/1"),
    ("POST", "/coaching/1/join"),
]
STAFF_PAGES = [
    ("GET", "/scoring"),
    ("GET", "/scoring/1"),
    ("POST", "/scoring/1"),
    ("GET", "/help"),
    ("POST", "/help/invite"),
    ("POST", "/gaps/1/close"),
    ("GET", "/plan"),
    ("POST", "/plan"),
    ("GET", "/plan/{target}"),
    ("POST", "/plan/{target}"),
    ("POST", "/plan/{target}/pathways"),
    ("POST", "/plan/{target}/checkpoints"),
    ("POST", "/plan/{target}/activities/{activity}"),
    ("POST", "/plan/{target}/checkpoints/{checkpoint}"),
    ("GET", "/grades"),
    ("POST", "/grades/1/retry"),
    ("POST", "/grades/retry"),
    ("GET", "/classroom"),
    ("POST", "/classroom/sign-in"),
    ("GET", "/classroom/courses"),
    ("GET", "/classroom/courses/1"),
    ("POST", "/classroom/courses/1"),
    ("POST", "/classroom/mirror"),
    ("POST", "/classroom/disconnect"),
]


@pytest.fixture
def schools(database):
    return make_school(database, name="Maple"), make_school(database, name="Birch")


def _visit(browser, method, path, school):
    path = path.format(
        target=school.target_id,
        pathway=school.pathway_id,
        activity=school.activity_id,
        checkpoint=school.checkpoint_id,
    )
    return browser.get(path) if method == "GET" else browser.post(path)


def test_the_lists_above_name_every_page_of_a_section(app):
    named = {(method, path.split("{")[0]) for method, path in STUDENT_PAGES + STAFF_PAGES}
    for rule in app.url_map.iter_rules():
        if "enrolment_id" not in rule.arguments or rule.endpoint == "home.front":
            continue
        path = rule.rule.removeprefix("/e/<int:enrolment_id>")
        method = "POST" if "POST" in rule.methods else "GET"
        start = path.split("<")[0]
        assert any(m == method and p.startswith(start) for m, p in named), rule


@pytest.mark.parametrize(("method", "path"), STUDENT_PAGES)
def test_students_pages_are_not_for_teachers(app, schools, method, path):
    school = schools[0]
    answer = _visit(browser_of(app, school, school.teacher_id), method, path, school)
    assert answer.status_code == 403
    assert "This page is not for you." in answer.text


@pytest.mark.parametrize(("method", "path"), STAFF_PAGES)
def test_teachers_pages_are_not_for_students(app, schools, method, path):
    school = schools[0]
    answer = _visit(browser_of(app, school, school.student_ids[0]), method, path, school)
    assert answer.status_code == 403


@pytest.mark.parametrize(("method", "path"), [*STUDENT_PAGES, *STAFF_PAGES, ("GET", "/")])
def test_a_stranger_is_asked_to_open_pathways_from_the_class(app, schools, method, path):
    school = schools[0]
    stranger = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False
    address = f"/e/{school.enrolment_of[school.teacher_id]}" + path.format(
        target=1, pathway=1, activity=1, checkpoint=1
    )
    answer = stranger.open(address, method=method)
    assert answer.status_code == 401
    assert "Please open Pathways again from your class." in answer.text


def test_nobody_looks_through_another_persons_enrolment(app, schools):
    maple, birch = schools
    for other in (maple.student_ids[1], maple.teacher_id, birch.teacher_id):
        browser = Browser(app, other, maple.enrolment_of[maple.student_ids[0]])
        assert browser.get("/").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/targets/{target}"),
        ("POST", "/targets/{target}/help"),
        ("POST", "/pathways/{pathway}/choose"),
        ("POST", "/activities/{activity}/done"),
        ("GET", "/checkpoints/{checkpoint}"),
        ("POST", "/checkpoints/{checkpoint}"),
    ],
)
def test_another_districts_things_are_not_there(app, schools, method, path):
    maple, birch = schools
    browser = browser_of(app, maple, maple.student_ids[0])
    assert _visit(browser, method, path, birch).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/plan/{target}"),
        ("POST", "/plan/{target}"),
        ("POST", "/plan/{target}/pathways"),
        ("POST", "/plan/{target}/activities/{activity}"),
        ("POST", "/plan/{target}/checkpoints/{checkpoint}"),
    ],
)
def test_another_districts_targets_cannot_be_planned(app, schools, method, path):
    maple, birch = schools
    browser = browser_of(app, maple, maple.teacher_id)
    assert _visit(browser, method, path, birch).status_code == 404


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
