"""Many calls in one request: each answered, refused or tried again for itself."""

import pytest

from integrations.classroom import client as client_module
from integrations.lms import Criterion, Level, LmsRefused, LmsUnavailable
from tests.integrations.google_peer import AT, OURS, Google, refusal
from tests.integrations.service_platform import Answer
from tests.integrations.test_classroom_client import client_at

RUBRICS = "classroom.courseWork.rubrics.list"
CRITERIA = [
    {
        "title": "Drawing",
        "levels": [
            {"title": "Clear", "description": "All parts are named.", "points": 2},
            {"title": "Begun", "points": 1},
        ],
    }
]


def _ids(google: Google) -> list[str]:
    works = google.store.works[google.course_id]
    return [work["id"] for work in works if not work["_material"]]


def _codes(google: Google, ids: list[str]) -> list[str]:
    found = dict(google.source().rubrics(ids))
    return [getattr(found[one], "code", "read") for one in ids]


def test_rubrics_come_in_one_request_lowest_level_first(google):
    google.store.set_rubric(google.course_id, google.work(OURS), CRITERIA)
    found = dict(google.source().rubrics(_ids(google)))
    levels = (Level("Begun", 1), Level("Clear: All parts are named.", 2))
    assert found[google.work(OURS)] == (Criterion("Drawing", levels),)
    assert found[google.work("Exit ticket")] == ()
    calls = google.practice.mischief.calls
    assert (calls["classroom.batch"], calls[RUBRICS]) == (1, 9)


def test_a_batch_holds_fifty_calls_at_most(google):
    answers = google.client().batch(
        [lambda courses: courses.get(id=google.course_id, fields="id")] * 110
    )
    assert [answer["id"] for answer in answers] == [google.course_id] * 110
    calls = google.practice.mischief.calls
    assert (calls["classroom.batch"], calls["classroom.get"]) == (3, 110)
    assert google.ask_batch(51).status_code == 400


@pytest.mark.parametrize("fault", ["too_many_requests", "rate_limit_exceeded", "server_error"])
def test_only_what_google_was_too_busy_for_is_tried_again_alone(google, monkeypatch, fault):
    waits = []
    monkeypatch.setattr(client_module.time, "sleep", waits.append)
    google.practice.mischief.next(RUBRICS, fault, seconds=2)
    assert _codes(google, _ids(google)) == ["read"] * 9
    calls = google.practice.mischief.calls
    assert (calls["classroom.batch"], calls[RUBRICS]) == (1, 10)
    assert waits == [2] if fault == "too_many_requests" else 0 < waits[0] <= 1


def test_trying_again_has_an_end_and_a_long_wait_is_left_to_a_later_run(google, monkeypatch):
    monkeypatch.setattr(client_module.time, "sleep", lambda _: None)
    google.practice.mischief.next(RUBRICS, "server_error", times=9 + 2 * 9)
    assert _codes(google, _ids(google)) == ["server_error"] * 9
    google.practice.mischief.clear()
    google.practice.mischief.next(RUBRICS, "too_many_requests", seconds=600)
    found = dict(google.source().rubrics(_ids(google)))
    error = found[_ids(google)[0]]
    assert isinstance(error, LmsUnavailable)
    assert (error.code, error.retry_after) == ("rate_limited", 600)


def test_what_is_refused_is_said_of_each(google):
    google.store.remove_work(google.course_id, google.work("Warm-up"))
    codes = _codes(google, [google.work(OURS), "999", google.work("Warm-up")])
    assert codes == ["read", "column_gone", "column_gone"]
    assert google.practice.mischief.calls[RUBRICS] == 3


def test_a_token_that_ends_in_the_middle_is_renewed_once(google):
    google.practice.mischief.next(RUBRICS, "expired_token")
    assert _codes(google, _ids(google)) == ["read"] * 9
    assert len(google.kept) == 2
    google.practice.mischief.next(RUBRICS, "expired_token", times=50)
    assert refusal(lambda: list(google.source().rubrics(_ids(google)))) == "sign_in_again"


@pytest.mark.parametrize(
    ("fault", "error"), [("server_error", LmsUnavailable), ("expired_token", None)]
)
def test_a_batch_that_fails_as_a_whole(google, fault, error):
    google.practice.mischief.next("classroom.batch", fault)
    if error is None:
        assert _codes(google, _ids(google)) == ["read"] * 9
        return
    with pytest.raises(error, match="server_error"):
        list(google.source().rubrics(_ids(google)))


@pytest.mark.parametrize("body", ["<html>busy</html>", "", "--x\r\nContent-Type: a/b\r\n\r\n--x--"])
def test_an_answer_that_is_no_batch_is_garbled(platform, body):
    platform.next["/batch"].append(Answer(200, body))
    with pytest.raises(LmsUnavailable, match="garbled"):
        list(client_at(platform.url).batch([lambda courses: courses.get(id="1", fields="id")]))


def test_without_the_scope_a_rubric_is_refused_and_none_is_made(google):
    scopes = ("openid",)
    found = dict(google.client(scopes).source(google.course_id).rubrics([google.work(OURS)]))
    assert isinstance(found[google.work(OURS)], LmsRefused)
    path = f"/courseWork/{google.work(OURS)}/rubrics"
    made = google.ask("POST", path, json={"criteria": CRITERIA}, scopes=scopes)
    assert (made.status_code, made.json()["error"]["status"]) == (500, "INTERNAL")


@pytest.mark.parametrize(
    "criteria",
    [
        [],
        [{"title": "x", "levels": []}],
        [{"title": "x", "levels": [{"title": "a", "points": 1}, {"title": "b", "points": 1}]}],
        [{"title": "x", "levels": [{"title": "a", "points": 1}, {"title": "b"}]}],
        [
            {
                "title": "x",
                "levels": [
                    {"title": s, "points": p} for s, p in zip("abc", (1, 3, 2), strict=True)
                ],
            }
        ],
        [{"title": "x", "levels": [{"description": "no title"}]}],
        [{"title": "x", "levels": [{"title": "a"}]}] * 51,
    ],
)
def test_the_practice_classroom_takes_only_rubrics_that_google_would(google, criteria):
    path = f"/courseWork/{google.work(OURS)}/rubrics"
    refused = google.ask("POST", path, json={"criteria": criteria})
    assert refused.status_code == 400
    assert "RubricCriteriaInvalidFormat" in refused.json()["error"]["message"]
    made = google.ask("POST", path, json={"criteria": CRITERIA})
    assert made.json()["criteria"][0]["levels"][1]["id"]
    assert google.ask("GET", f"{path}/{made.json()['id']}").json() == made.json()
    assert google.ask("POST", path, json={"criteria": CRITERIA}).status_code == 400
    theirs = f"/courseWork/{google.work('Exit ticket')}/rubrics"
    assert google.ask("POST", theirs, json={"criteria": CRITERIA}).status_code == 403


def test_only_what_changed_is_read_and_what_was_deleted_among_it(google):
    for work in google.store.works[google.course_id]:
        work["updateTime"] = "2026-03-01T08:00:00.000Z"
    assert list(google.source().coursework(AT)) == []
    google.store.change_work(google.course_id, google.work("Exit ticket"), title="Exit, new")
    google.store.remove_work(google.course_id, google.work("Warm-up"))
    google.store.change_work(google.course_id, google.work("Game"), state="DRAFT")
    found = [(work.title, work.gone) for work in google.source().coursework(AT)]
    assert sorted(found) == [
        ("Exit, new", False),
        ("Game: fraction war", True),
        ("Warm-up", True),
    ]
    calls = google.practice.mischief.calls
    assert (calls["classroom.courseWork.list"], calls["classroom.courseWorkMaterials.list"]) == (
        2,
        2,
    )
