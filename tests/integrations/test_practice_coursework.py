"""Coursework in the practice Classroom: when it comes out, for whom, and who may change it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.integrations.google_peer import Google

NEW = {"title": "New", "workType": "ASSIGNMENT"}
STUDENT = ("https://www.googleapis.com/auth/classroom.coursework.me",)
TOPICS = ("https://www.googleapis.com/auth/classroom.topics",)


def _at(**ahead) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


def _due(**ahead):
    at = datetime.now(UTC) + timedelta(**ahead)
    return {
        "dueDate": {"year": at.year, "month": at.month, "day": at.day},
        "dueTime": {"hours": at.hour, "minutes": at.minute},
    }


def _make(google: Google, **fields):
    answer = google.ask("POST", "/courseWork", json={**NEW, **fields})
    assert answer.ok, answer.text
    return answer.json()


def _patch(google: Google, work, **fields):
    mask = ",".join(fields)
    body = {name: value for name, value in fields.items() if value is not None}
    return google.ask("PATCH", f"/courseWork/{work['id']}", json=body, params={"updateMask": mask})


def _submissions(google: Google, work):
    rows = google.ask("GET", f"/courseWork/{work['id']}/studentSubmissions").json()
    return {row["userId"] for row in rows.get("studentSubmissions", [])}


def _seen_by(google: Google, seat: int):
    rows = google.ask("GET", "/courseWork", role="student", seat=seat, scopes=STUDENT).json()
    return {row["title"] for row in rows["courseWork"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "DELETED"},
        {**_due(days=-1)},
        {"scheduledTime": _at(hours=-1)},
        {"scheduledTime": _at(hours=1), "state": "PUBLISHED"},
        {"assigneeMode": "INDIVIDUAL_STUDENTS"},
        {"assigneeMode": "INDIVIDUAL_STUDENTS", "individualStudentsOptions": {"studentIds": ["1"]}},
        {"individualStudentsOptions": {"studentIds": ["1"]}},
        {"materials": [{"link": {"url": "https://x.example.org/" + "x" * 2_024}}]},
    ],
)
def test_what_the_prose_forbids_is_not_made(google, wrong):
    answer = google.ask("POST", "/courseWork", json={**NEW, **wrong})
    assert answer.status_code == 400
    assert len(google.store.works[google.course_id]) == 13


def test_a_draft_has_no_submissions_until_it_is_published_and_never_goes_back(google):
    work = _make(google)
    assert work["state"] == "DRAFT"
    assert _submissions(google, work) == set()
    assert "New" not in _seen_by(google, 0)
    assert _patch(google, work, state="PUBLISHED").json()["state"] == "PUBLISHED"
    assert len(_submissions(google, work)) == 5
    assert "New" in _seen_by(google, 0)
    assert _patch(google, work, state="DRAFT").status_code == 400
    assert _patch(google, work, scheduledTime=_at(hours=1)).status_code == 400


def test_a_scheduled_draft_comes_out_when_its_time_has_come(google):
    work = _make(google, scheduledTime=_at(hours=1))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=50), tick=True):
        assert _submissions(google, work) == set()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61), tick=True):
        shown = google.ask("GET", f"/courseWork/{work['id']}").json()
        assert (shown["state"], shown.get("scheduledTime")) == ("PUBLISHED", None)
        assert len(_submissions(google, work)) == 5


def test_only_the_picked_students_have_it_and_that_can_be_changed(google):
    first, second = google.student(0), google.student(1)
    options = {"studentIds": [first]}
    mode = "INDIVIDUAL_STUDENTS"
    work = _make(google, state="PUBLISHED", assigneeMode=mode, individualStudentsOptions=options)
    assert _submissions(google, work) == {first}
    assert "New" in _seen_by(google, 0)
    assert "New" not in _seen_by(google, 1)

    path = f"/courseWork/{work['id']}:modifyAssignees"
    change = {"addStudentIds": [second], "removeStudentIds": [first]}
    body = {"assigneeMode": mode, "modifyIndividualStudentsOptions": change}
    assert google.ask("POST", path, json=body).ok
    assert _submissions(google, work) == {second}
    nobody = {"assigneeMode": mode, "modifyIndividualStudentsOptions": {"removeStudentIds": second}}
    assert google.ask("POST", path, json=nobody).status_code == 400
    nobody["modifyIndividualStudentsOptions"] = {"removeStudentIds": [second]}
    error = google.ask("POST", path, json=nobody).json()["error"]
    assert error["message"].startswith("@EmptyAssignees")
    assert google.ask("POST", path, json={"assigneeMode": "ALL_STUDENTS"}).ok
    assert len(_submissions(google, work)) == 5


def test_a_due_moment_that_is_over_can_stand_but_not_be_set(google):
    work = _make(google, state="PUBLISHED", **_due(hours=2))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3), tick=True):
        assert _patch(google, work, title="Renamed").ok
        assert _patch(google, work, **_due(hours=-1)).status_code == 400
        assert _patch(google, work, dueDate=None, dueTime=None).ok


def test_coursework_goes_once_and_only_for_the_project_that_made_it(google):
    work = _make(google, state="PUBLISHED")
    foreign = google.work("Exit ticket")
    refused = google.ask("DELETE", f"/courseWork/{foreign}").json()["error"]
    assert refused["message"].startswith("@ProjectPermissionDenied")
    assert google.ask("DELETE", f"/courseWork/{work['id']}").json() == {}
    again = google.ask("DELETE", f"/courseWork/{work['id']}").json()["error"]
    assert again["status"] == "FAILED_PRECONDITION"
    assert google.ask("DELETE", "/courseWork/4711").status_code == 404


def test_a_topic_is_made_once_by_name(google):
    made = google.ask("POST", "/topics", json={"name": "  Unit 4:  Volume "}, scopes=TOPICS).json()
    assert made["name"] == "Unit 4: Volume"
    again = google.ask("POST", "/topics", json={"name": "Unit 4: Volume"}, scopes=TOPICS)
    assert (again.status_code, again.json()["error"]["status"]) == (409, "ALREADY_EXISTS")
    for name in ("", " ", "x" * 101):
        assert google.ask("POST", "/topics", json={"name": name}, scopes=TOPICS).status_code == 400
    listed = google.ask("GET", "/topics", scopes=TOPICS).json()["topic"]
    assert listed[-1]["topicId"] == made["topicId"]
    assert google.ask("POST", "/topics", json={"name": "No"}).status_code == 403
