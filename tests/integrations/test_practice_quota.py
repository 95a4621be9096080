"""Google's quotas: the practice Classroom refuses as Google does, and our client hears which."""

import pytest
import requests

from integrations.classroom import client as client_module
from integrations.classroom.budget import AT_ONCE, Meter, Share
from integrations.classroom.client import ClassroomClient
from integrations.lms import LmsUnavailable
from tests.integrations.google_peer import Google
from tests.integrations.service_platform import Answer
from tests.integrations.test_classroom_client import client_at

RUBRICS = "classroom.courseWork.rubrics.list"


class Counted:
    """A budget that allows all and writes down what it hears."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.at_once = at_once
        self.taken: list[int] = []
        self.heard: list[tuple[str, str, float | None]] = []

    def take(self, user: str, share: Share, count: int) -> None:
        self.taken.append(count)

    def quiet_s(self, user: str, share: Share) -> float:
        return 0.0

    def told(self, user: str, share: Share, limit: str, retry_after_s: float | None) -> float:
        self.heard.append((user, limit, retry_after_s))
        return 99.0


@pytest.fixture
def budget() -> Counted:
    return Counted()


@pytest.fixture
def quota(google):
    """Its clock stands still; three calls a user, five for all."""
    quota = google.store.quota
    quota.user_minute, quota.minute, quota.day = 3, 5, None
    quota.clock = lambda: quota.at
    quota.at = 1000.0
    quota.reset()
    return quota


def counted_client(google: Google, budget: Counted) -> ClassroomClient:
    client = google.client()
    client._meter = Meter(budget, "teacher", Share.BACKGROUND)
    return client


def _get(google, role="teacher", seat=0):
    return google.ask("GET", "?fields=id", role=role, seat=seat)


def test_a_user_who_asks_too_much_is_refused_in_googles_words_until_a_minute_is_over(google, quota):
    assert [_get(google).status_code for _ in range(4)] == [200, 200, 200, 429]
    error = _get(google).json()["error"]
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert "limit 'Queries per minute per user'" in error["message"]
    assert error["errors"][0]["reason"] == "rateLimitExceeded"
    detail = error["details"][0]
    assert detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    assert detail["reason"] == "RATE_LIMIT_EXCEEDED"
    assert detail["metadata"]["quota_limit"] == "DefaultRequestsPerMinutePerUser"
    assert detail["metadata"]["quota_limit_value"] == "3"
    assert _get(google, "student").status_code == 200  # another user
    quota.at += 59.9
    assert _get(google).status_code == 429
    quota.at += 0.2
    assert _get(google).status_code == 200


def test_all_users_share_the_projects_minute_and_day(google, quota):
    codes = [_get(google, "student", seat).status_code for seat in (0, 0, 0, 1, 1, 1)]
    assert codes == [200] * 5 + [429]
    assert "PerMinutePerProject" in _get(google, "student", 2).text
    quota.at += 61
    quota.day = 6
    assert [_get(google).status_code for _ in range(2)] == [200, 429]
    assert "PerDayPerProject" in _get(google).text
    quota.at += 86_400
    assert _get(google).status_code == 200


def test_each_call_of_a_batch_counts_and_is_refused_for_itself(google, quota, budget, monkeypatch):
    monkeypatch.setattr(client_module.time, "sleep", lambda _: None)
    client = counted_client(google, budget)
    answers = list(client.batch([lambda courses: courses.get(id=google.course_id)] * 5))
    assert [isinstance(one, dict) for one in answers] == [True] * 3 + [False] * 2
    assert {(one.code, one.limit) for one in answers[3:]} == {("rate_limited", "user")}
    assert budget.taken == [5]
    assert budget.heard == [("teacher", "user", None)] * 2
    assert answers[3].retry_after == 99  # as the budget decided: nobody waits for it here
    assert quota.counted() == {
        "total": 5,
        "refused": 2,
        "bytes": quota.bytes,
        "most_a_minute": 5,
        "most_a_minute_of_a_user": 5,
    }
    assert quota.bytes > 1000


def test_what_reaches_google_is_counted_once_whichever_way_it_goes(google, budget):
    google.store.quota.reset()
    client = counted_client(google, budget)
    source = client.source(google.course_id)
    source.course()
    list(source.topics())
    list(source.coursework())
    list(source.submissions())
    ids = [work["id"] for work in google.store.works[google.course_id] if not work["_material"]]
    list(source.rubrics(ids))
    list(client.roster(google.course_id).members())
    google.practice.mischief.next("classroom.get", "expired_token")
    source.course()  # asked twice, with another token
    calls = google.practice.mischief.calls
    asked = sum(
        times
        for name, times in calls.items()
        if name.startswith("classroom.") and name != "classroom.batch"
    )
    assert sum(budget.taken) == asked > len(ids)


def test_a_batch_holds_no_more_than_the_budget_lets_at_once(google):
    client = counted_client(google, budget := Counted(at_once=4))
    list(client.batch([lambda courses: courses.get(id=google.course_id, fields="id")] * 10))
    assert budget.taken == [4, 4, 2]
    assert google.practice.mischief.calls["classroom.batch"] == 3


def _said(code: int, reason: str, message: str = "Quota exceeded.", quota: str = "") -> Answer:
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}
    body = {
        "code": code,
        "message": message,
        "status": "RESOURCE_EXHAUSTED" if code == 429 else "PERMISSION_DENIED",
        "errors": [{"reason": reason, "domain": "usageLimits"}] if reason else [],
        "details": [{**detail, "metadata": {"quota_limit": quota}}] if quota else [],
    }
    return Answer(code, {"error": body})


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        (_said(403, "rateLimitExceeded"), "project"),
        (_said(403, "userRateLimitExceeded"), "user"),
        (_said(403, "quotaExceeded"), "project"),
        (_said(403, "dailyLimitExceeded"), "day"),
        (_said(429, "rateLimitExceeded", quota="DefaultRequestsPerMinutePerUser"), "user"),
        (_said(429, "rateLimitExceeded", quota="DefaultRequestsPerDayPerProject"), "day"),
        (_said(429, "", "… and limit 'Queries per day' of service …"), "day"),
        (_said(429, ""), "project"),
        (Answer(429, "<html>busy</html>"), "project"),
    ],
)
def test_which_limit_google_means_is_heard(platform, answer, limit):
    platform.next["/v1/courses/1"].append(answer)
    client = client_at(platform.url)
    client._meter = Meter(budget := Counted(), "teacher")
    with pytest.raises(LmsUnavailable, match="rate_limited") as caught:
        client.source("1").course()
    assert budget.heard == [("teacher", limit, None)]
    assert (caught.value.limit, caught.value.retry_after) == (limit, 99)


def test_another_refusal_is_no_limit(google, budget):
    client = counted_client(google, budget)
    with pytest.raises(Exception, match="course_gone"):
        client.source("999").course()
    assert budget.heard == []


def test_counts_can_be_seen_and_limits_set_from_outside(google):
    url = f"{google.practice.url}/practice/quota"
    assert requests.post(url, json={"minute": 2}, timeout=5).status_code == 201
    assert requests.post(url, json={"second": 2}, timeout=5).status_code == 400
    assert requests.post(url, json={"minute": "many"}, timeout=5).status_code == 400
    assert [_get(google).status_code for _ in range(3)] == [200, 200, 429]
    said = requests.get(url, timeout=5).json()
    assert (said["total"], said["refused"], said["most_a_minute"]) == (3, 1, 3)
    requests.delete(url, timeout=5)
    assert requests.get(url, timeout=5).json()["total"] == 0
