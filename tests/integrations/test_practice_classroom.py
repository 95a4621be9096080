"""The practice Classroom is as strict as Google's discovery document."""

import pytest
import requests

from integrations.classroom import oauth
from integrations.practice import classroom_schema
from integrations.practice.google_oauth import Grant
from integrations.practice.server import PracticeServer


@pytest.fixture(scope="module")
def server():
    with PracticeServer("http://127.0.0.1:1") as practice:
        yield practice


def _ask(server, method, path, *, scopes=oauth.MIRROR_SCOPES, role="teacher", body=None, **query):
    person = server.school.of_role(role)[0]
    token = server.google.access(Grant(person, frozenset(scopes)))
    course_id = next(iter(server.classroom.courses))
    return requests.request(
        method,
        f"{server.url}/v1/" + path.format(course=course_id),
        headers={"Authorization": f"Bearer {token}"},
        params=query,
        json=body,
        timeout=5,
    )


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "courses/{course}/nothing", {}, 404),
        ("GET", "courses", {"unknown": "1"}, 400),
        ("GET", "courses", {"courseStates": "OPEN"}, 400),
        ("GET", "courses", {"pageSize": "many"}, 400),
        ("GET", "courses/{course}/students", {"pageToken": "garbage"}, 400),
        ("DELETE", "courses/{course}", {}, 403),
    ],
)
def test_what_the_document_does_not_know_is_refused_in_googles_words(
    server, method, path, query, status
):
    answer = _ask(server, method, path, **query)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == status
    assert set(error) == {"code", "message", "status"}


def test_a_body_with_an_unknown_field_or_a_wrong_type_is_refused():
    for wrong in ({"grade": 3}, {"draftGrade": "three"}, {"state": "LOST"}, []):
        with pytest.raises(classroom_schema.NotInDiscovery):
            classroom_schema.check_body("StudentSubmission", wrong)
    classroom_schema.check_body("StudentSubmission", {"draftGrade": 3, "state": "TURNED_IN"})


def test_tokens_scopes_and_roles_are_checked(server):
    course = next(iter(server.classroom.courses))
    assert requests.get(f"{server.url}/v1/courses/{course}", timeout=5).status_code == 401
    assert _ask(server, "GET", "courses/{course}", scopes=("openid",)).status_code == 403
    assert _ask(server, "GET", "courses/{course}/students", role="student").status_code == 403
    assert _ask(server, "GET", "courses/{course}", role="administrator").status_code == 404


def test_only_asked_for_fields_are_answered(server):
    answer = _ask(server, "GET", "courses", fields="courses(id,name)").json()
    assert {name for course in answer["courses"] for name in course} == {"id", "name"}
    nested = _ask(server, "GET", "courses/{course}/students", fields="students/profile/name").json()
    assert list(nested["students"][0]) == ["profile"]


def test_only_grades_may_be_in_a_patchs_mask(server):
    course = next(iter(server.classroom.courses))
    works = server.classroom.works[course]
    work = next(w for w in works if w["title"].startswith("Checkpoint"))["id"]
    submission = next(iter(server.classroom.submissions[(course, work)]))
    path = f"courses/{course}/courseWork/{work}/studentSubmissions/{submission}"
    for mask, status in (("", 400), ("state", 400), ("draftGrade", 200)):
        answer = _ask(server, "PATCH", path, body={"draftGrade": 2}, updateMask=mask)
        assert answer.status_code == status
