"""What may be changed in the practice Classroom, by whom, and what Google would not take."""

import pytest

from tests.integrations.google_peer import OURS

STUDENT = ("https://www.googleapis.com/auth/classroom.coursework.me",)


def _submission(google, title=OURS, seat=0):
    return google.store.submission(google.course_id, google.work(title), google.student(seat))


def _path(submission, verb=""):
    return f"/courseWork/{submission['courseWorkId']}/studentSubmissions/{submission['id']}{verb}"


def _as_student(google, method, path, seat=0, **request):
    return google.ask(method, path, role="student", seat=seat, scopes=STUDENT, **request)


@pytest.mark.parametrize(
    ("mask", "status"),
    [("", 400), ("state", 400), ("draftGrade,state", 400), ("draft_grade", 200)],
)
def test_only_grades_may_be_in_a_patchs_mask(google, mask, status):
    answer = google.ask(
        "PATCH", _path(_submission(google)), json={"draftGrade": 2}, params={"updateMask": mask}
    )
    assert answer.status_code == status


@pytest.mark.parametrize("grade", [-1, float("nan"), float("inf")])
def test_a_grade_that_is_none_is_refused(google, grade):
    body = f'{{"assignedGrade": {str(grade).replace("nan", "NaN").replace("inf", "Infinity")}}}'
    answer = google.ask(
        "PATCH", _path(_submission(google)), data=body, params={"updateMask": "assignedGrade"}
    )
    assert answer.status_code == 400
    assert google.store.patches == []


def test_grades_keep_two_decimals_and_a_masked_field_left_out_is_cleared(google):
    submission = _submission(google)
    query = {"updateMask": "draftGrade,assignedGrade"}
    body = {"draftGrade": 2.66666, "assignedGrade": 1}
    assert google.ask("PATCH", _path(submission), json=body, params=query).ok
    assert submission["draftGrade"] == 2.67
    assert google.ask("PATCH", _path(submission), json={"draftGrade": 3}, params=query).ok
    assert "assignedGrade" not in submission
    assert [patch["draftGrade"] for patch in google.store.patches] == [2.67, 3]


@pytest.mark.parametrize("verb", ["", ":return"])
def test_work_of_another_project_is_not_ours_to_change(google, verb):
    submission = _submission(google, "Exit ticket")
    method = "POST" if verb else "PATCH"
    query = {} if verb else {"updateMask": "draftGrade"}
    answer = google.ask(method, _path(submission, verb), json={}, params=query)
    assert answer.status_code == 403
    assert answer.json()["error"]["message"].startswith("@ProjectPermissionDenied")


def test_students_grade_nothing(google):
    answer = _as_student(
        google,
        "PATCH",
        _path(_submission(google)),
        json={"assignedGrade": 4},
        params={"updateMask": "assignedGrade"},
    )
    assert answer.status_code == 403
    assert google.store.patches == []


def test_nothing_changes_in_an_archived_course(google):
    google.store.courses[google.course_id]["courseState"] = "ARCHIVED"
    query = {"updateMask": "draftGrade"}
    patch = google.ask("PATCH", _path(_submission(google)), json={"draftGrade": 1}, params=query)
    create = google.ask("POST", "/courseWork", json={"title": "New", "workType": "ASSIGNMENT"})
    for answer in (patch, create):
        error = answer.json()["error"]
        assert (error["code"], error["status"]) == (400, "FAILED_PRECONDITION")
        assert error["message"].startswith("@CourseNotModifiable")


def test_only_the_owner_turns_in_and_once(google):
    submission = _submission(google)
    path = _path(submission, ":turnIn")
    assert _as_student(google, "POST", path, seat=1).status_code == 403
    assert _as_student(google, "POST", path).json() == {}
    assert submission["state"] == "TURNED_IN"
    again = _as_student(google, "POST", path)
    assert again.json()["error"]["status"] == "FAILED_PRECONDITION"
    assert len(submission["submissionHistory"]) == 1


def test_returning_does_not_make_the_draft_the_grade(google):
    submission = _submission(google)
    submission["draftGrade"] = 3
    early = google.ask("POST", _path(submission, ":return")).json()["error"]
    assert early["status"] == "FAILED_PRECONDITION"
    google.store.turn_in(submission)
    assert google.ask("POST", _path(submission, ":return")).json() == {}
    assert submission["state"] == "RETURNED"
    assert "assignedGrade" not in submission
    assert _as_student(google, "POST", _path(submission, ":return")).status_code == 403


def test_coursework_we_make_is_ours_and_handed_to_every_student(google):
    body = {"title": "New", "workType": "ASSIGNMENT", "state": "PUBLISHED", "maxPoints": 4}
    made = google.ask("POST", "/courseWork", json={**body, "id": "mine"}).json()
    assert made["associatedWithDeveloper"]
    assert made["id"] != "mine"
    rows = google.ask("GET", f"/courseWork/{made['id']}/studentSubmissions").json()
    assert len(rows["studentSubmissions"]) == 5
    query = {"updateMask": "title,maxPoints"}
    path = f"/courseWork/{made['id']}"
    changed = google.ask("PATCH", path, json={"title": "Renamed"}, params=query).json()
    assert changed["title"] == "Renamed"
    assert "maxPoints" not in changed
    foreign = f"/courseWork/{google.work('Exit ticket')}"
    assert google.ask("PATCH", foreign, json={"title": "x"}, params=query).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 3_001},
        {"description": "x" * 30_001},
        {"workType": None},
        {"maxPoints": -1},
        {"maxPoints": 2.5},
        {"topicId": "none"},
        {"dueDate": {"year": 2026, "month": 3, "day": 6}},
        {"materials": [{"link": {"url": "https://x.example.org"}}] * 21},
    ],
)
def test_coursework_that_google_would_not_take_is_not_made(google, wrong):
    body = {"title": "New", "workType": "ASSIGNMENT", **wrong}
    answer = google.ask(
        "POST", "/courseWork", json={k: v for k, v in body.items() if v is not None}
    )
    assert answer.status_code == 400
    assert len(google.store.works[google.course_id]) == 13


def test_an_id_is_never_given_twice(google):
    last = google.store.works[google.course_id][-1]["id"]
    google.store.remove_work(google.course_id, last)
    assert google.store.add_work(google.course_id, title="New")["id"] != last
