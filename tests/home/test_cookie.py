"""The visit's cookie is written only when the visit changes."""

from tests.school import browser_of, make_school


def test_reading_pages_and_style_sheets_never_writes_the_cookie_back(app, database):
    school = make_school(database)
    student = browser_of(app, school, school.student_ids[0])
    with student.client.session_transaction() as cookie:
        cookie.permanent = True
    student.get(f"/targets/{school.target_id}")  # its first form brings a form token

    answers = [
        student.client.get("/static/pathways.css"),
        student.get("/"),
        student.get(f"/targets/{school.target_id}"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.headers.get("Set-Cookie") for answer in answers] == [None, None, None]


def test_choosing_a_language_is_remembered(app, database):
    school = make_school(database)
    student = browser_of(app, school, school.student_ids[0])

    answer = student.client.get("/language/es?back=/e/1/")

    assert answer.headers["Location"] == "/e/1/"
    assert '<html lang="es">' in student.get("/").text
