"""The practice Classroom is as strict as Google's discovery document and the prose around it."""

import pytest
import requests

from integrations.practice import classroom_schema
from integrations.practice.school import PracticeSchool
from integrations.practice.server import PracticeServer
from tests.integrations.google_peer import OURS, Google

ROOT = "https://www.googleapis.com/auth/classroom."
STUDENT = (f"{ROOT}coursework.me", f"{ROOT}courses.readonly", f"{ROOT}rosters.readonly")
PROFILES = (f"{ROOT}rosters.readonly",)


def _submission(google, title=OURS, seat=0):
    return google.store.submission(google.course_id, google.work(title), google.student(seat))


def _path(submission, verb=""):
    return f"/courseWork/{submission['courseWorkId']}/studentSubmissions/{submission['id']}{verb}"


def _as_student(google, method, path, seat=0, **request):
    return google.ask(method, path, role="student", seat=seat, scopes=STUDENT, **request)


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/students", {"unknown": "1"}, 400),
        ("GET", "/courseWork", {"courseWorkStates": "OPEN"}, 400),
        ("GET", "/courseWork", {"orderBy": "title"}, 400),
        ("GET", "/students", {"pageSize": "many"}, 400),
        ("GET", "/students", {"pageSize": "-1"}, 400),
        ("GET", "/students", {"pageSize": ["1", "2"]}, 400),
        ("GET", "/students", {"pageToken": "garbage"}, 400),
        ("GET", "/students", {"fields": "students(userId,grade)"}, 400),
        ("GET", "/students", {"fields": "students/userId/digits"}, 400),
        ("DELETE", "", {}, 403),
    ],
)
def test_what_the_document_does_not_know_is_refused_in_googles_words(
    google, method, path, query, status
):
    answer = google.ask(method, path, params=query)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == status
    assert set(error) == {"code", "message", "status"}


@pytest.mark.parametrize("wrong", [{"grade": 3}, {"draftGrade": "three"}, {"state": "LOST"}, []])
def test_a_body_with_an_unknown_field_or_a_wrong_type_is_refused(google, wrong):
    path = _path(_submission(google))
    answer = google.ask("PATCH", path, json=wrong, params={"updateMask": "draftGrade"})
    assert answer.status_code == 400
    assert google.store.patches == []


def test_a_body_that_is_cut_off_changes_nothing(google):
    submission = _submission(google)
    google.store.grade(submission, 2)
    mask = {"updateMask": "draftGrade"}
    answer = google.ask("PATCH", _path(submission), data=b'{"draftGrade"', params=mask)
    assert answer.status_code == 400
    assert submission["draftGrade"] == 2


def test_an_answer_of_our_own_that_google_would_not_give_breaks_the_test(google):
    google.store.add_work(google.course_id, title="Odd", colour="red")
    assert google.ask("GET", "/courseWork").status_code == 500
    with pytest.raises(classroom_schema.NotInDiscovery):
        classroom_schema.check_body("CourseWork", {"colour": "red"})


def test_tokens_scopes_and_roles_are_checked(google):
    course = f"{google.practice.url}/v1/courses/{google.course_id}"
    assert requests.get(course, timeout=5).status_code == 401
    no_scope = google.ask("GET", "", scopes=("openid",))
    assert (no_scope.status_code, no_scope.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert _as_student(google, "GET", "/students").status_code == 403
    school = PracticeSchool.fifth_grade()
    with PracticeServer("http://127.0.0.1:1", school) as practice:
        elsewhere = Google(practice)
        elsewhere.course_id = practice.classroom.google_course_id(list(school.courses)[1])
        assert elsewhere.ask("GET", "").status_code == 404


def test_pages_hold_thirty_unless_asked_for_fewer():
    with PracticeServer("http://127.0.0.1:1", PracticeSchool.small(34)) as practice:
        google = Google(practice)
        first = google.ask("GET", "/students").json()
        query = {"pageToken": first["nextPageToken"]}
        last = google.ask("GET", "/students", params=query).json()
        few = google.ask("GET", "/students", params={"pageSize": 7}).json()
    assert [len(answer["students"]) for answer in (first, last, few)] == [30, 4, 7]
    assert "nextPageToken" not in last
    assert not {s["userId"] for s in first["students"]} & {s["userId"] for s in last["students"]}


def test_only_asked_for_fields_are_answered(google):
    answer = google.ask("GET", "/students", params={"fields": "students/profile/name"}).json()
    assert {name for student in answer["students"] for name in student} == {"profile"}
    assert set(answer["students"][0]["profile"]) == {"name"}


def test_courses_are_restricted_by_state_teacher_and_student(google):
    def found(role="teacher", **query):
        answer = google.ask_api("GET", "courses", role=role, params=query)
        return [c["id"] for c in answer.json().get("courses", [])] if answer.ok else answer

    assert found() == found(teacherId="me") == found(role="student", studentId="me")
    assert found(studentId="me") == found(role="student", teacherId="me") == []
    assert found(teacherId="12345").status_code == 404
    google.store.courses[google.course_id]["courseState"] = "ARCHIVED"
    assert found(courseStates="ACTIVE") == []
    assert found() == [google.course_id]


def test_students_see_only_their_own_work_and_no_draft_grade(google):
    google.store.grade(_submission(google, seat=0), 2)
    path = "/courseWork/-/studentSubmissions"
    own = _as_student(google, "GET", path).json()["studentSubmissions"]
    assert {row["userId"] for row in own} == {google.student(0)}
    assert not any("draftGrade" in row for row in own)
    others = _as_student(google, "GET", path, params={"userId": google.student(1)}).json()
    assert others == {}
    assert _as_student(google, "GET", _path(_submission(google, seat=1))).status_code == 403
    everyone = google.ask("GET", path, params={"pageSize": 100}).json()["studentSubmissions"]
    assert {row["userId"] for row in everyone} == {google.student(seat) for seat in range(5)}


def test_students_see_no_coursework_before_it_is_published(google):
    draft = google.store.add_work(google.course_id, title="Soon", state="DRAFT")
    query = {"courseWorkStates": ["DRAFT", "PUBLISHED"], "fields": "courseWork/id"}
    for who, expected in (
        (google.ask, True),
        (lambda *a, **k: _as_student(google, *a, **k), False),
    ):
        ids = [w["id"] for w in who("GET", "/courseWork", params=query).json()["courseWork"]]
        assert (draft["id"] in ids) is expected
        assert who("GET", f"/courseWork/{draft['id']}").ok is expected


def test_submissions_are_restricted_by_state(google):
    google.store.turn_in(_submission(google))
    query = {"states": "TURNED_IN"}
    path = f"/courseWork/{google.work(OURS)}/studentSubmissions"
    rows = google.ask("GET", path, params=query).json()["studentSubmissions"]
    assert [row["userId"] for row in rows] == [google.student(0)]


def test_profiles_are_shown_to_their_owner_and_teacher(google):
    def profile(who, user_id):
        return google.ask_api("GET", f"userProfiles/{user_id}", scopes=PROFILES, role=who)

    assert profile("student", "me").json()["id"] == google.student(0)
    assert profile("teacher", google.student(1)).json()["id"] == google.student(1)
    assert "emailAddress" not in profile("teacher", google.student(1)).json()
    assert profile("student", google.student(1)).status_code == 403
    assert profile("teacher", "12345").status_code == 403


def test_mischief_speaks_googles_language(google):
    google.practice.mischief.next("classroom.students.list", "rate_limit_exceeded")
    error = google.ask("GET", "/students").json()["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (403, "rateLimitExceeded")
