"""The budget of requests to Google that all processes share: its rules, over both stores."""

import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from integrations.classroom.budget import Meter, Share
from integrations.classroom.client import ClassroomClient
from integrations.lms import LmsUnavailable
from integrations.practice.google_oauth import Grant
from integrations.practice.server import PracticeServer
from lti_app.sync import quota as quota_module
from lti_app.sync.quota import Numbers, Quota
from tests.integrations.google_peer import good_for_an_hour

ROOT = Path(__file__).parents[2]
NUMBERS = Numbers(minute=20, user_minute=10, day=1000)
NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("America/Los_Angeles"))


@pytest.fixture(params=["memory", "redis"])
def url(request):
    """Where it is counted."""
    if request.param == "memory":
        return "memory://"
    return request.getfixturevalue("redis_url")


@pytest.fixture
def no_waiting(monkeypatch):
    """How long somebody would have slept."""
    slept = []
    monkeypatch.setattr(quota_module.time, "sleep", slept.append)
    return slept


def make(url: str, **numbers) -> Quota:
    values = {"minute": 20, "user_minute": 10, "day": 1000, "window_s": 61, **numbers}
    return Quota(url, "a-project", Numbers(**values))


def takes(quota: Quota, user="t1", share=Share.PAGE, count=1) -> float | None:
    """None where it was let; else for how long not."""
    try:
        quota.take(user, share, count)
    except LmsUnavailable as error:
        return error.retry_after if error.code == "budget_spent" else -1.0
    return None


def how_many(quota: Quota, share=Share.PAGE, user="t1", count=1) -> int:
    times = 0
    while takes(quota, user, share, count) is None:
        times += 1
        assert times < 5000
    return times


def test_a_user_and_the_project_have_each_their_limit(url, no_waiting):
    quota = make(url)
    assert how_many(quota) == 10
    assert how_many(quota, user="t2") == 10
    assert how_many(quota, user="t3") == 0
    assert quota.used().minute == 20
    assert no_waiting == []  # a minute is too long to wait for


def test_a_batch_counts_each_of_its_calls_and_is_taken_whole_or_not(url):
    quota = make(url)
    assert how_many(quota, count=4) == 2
    assert how_many(quota) == 2


def test_mirrors_leave_a_part_to_grades_and_grades_a_part_to_pages(url):
    quota = make(url, minute=100, user_minute=100)
    assert how_many(quota, Share.BACKGROUND) == 80
    assert how_many(quota, Share.SENDING) == 15
    assert how_many(quota, Share.PAGE) == 5


def test_a_mirror_that_found_no_room_has_all_mirrors_rest_but_nobody_else(url):
    quota = make(url, minute=100, user_minute=200)
    how_many(quota, Share.BACKGROUND)
    rests = quota.used().rests_s
    assert 55 < rests <= 62  # nothing of what was just used is free before
    assert takes(quota, "t2", Share.BACKGROUND) >= rests - 1
    assert quota.used().rests_s <= rests  # who asks meanwhile does not make it longer
    assert takes(quota, "t2", Share.SENDING) is None


def test_a_mirror_that_used_one_teachers_share_leaves_other_teachers_alone(url):
    quota = make(url, minute=100)
    assert how_many(quota, Share.BACKGROUND, user="t1") == 8
    assert how_many(quota, Share.BACKGROUND, user="t2") == 8
    assert quota.used().rests_s == 0


def test_the_window_moves(no_waiting):
    with time_machine.travel(NOON, tick=False) as clock:
        quota = make("memory://")
        assert how_many(quota) == 10
        clock.shift(60)
        assert takes(quota) == pytest.approx(1, abs=0.5)  # a second longer than Google's
        clock.shift(1.5)
        assert how_many(quota) == 10


def test_a_moment_is_waited_for_with_jitter(no_waiting):
    with time_machine.travel(NOON, tick=False) as clock:
        quota = make("memory://")
        how_many(quota)
        clock.shift(59.5)
        no_waiting.clear()
        assert takes(quota) is not None
        assert len(no_waiting) == 2
        assert all(1.5 <= slept <= 2.0 for slept in no_waiting)
        assert no_waiting[0] != no_waiting[1]


def test_the_days_limit_is_counted_to_midnight_pacific(no_waiting):
    with time_machine.travel(NOON, tick=False) as clock:
        quota = make("memory://", day=12, minute=100, user_minute=100)
        assert how_many(quota) == 12
        assert takes(quota) >= 12 * 3600
        clock.shift(3 * 3600)
        assert takes(quota) is not None
        clock.shift(9 * 3600 + 1)
        assert takes(quota) is None


def test_mirrors_that_used_their_share_of_the_day_rest_until_it_is_over():
    with time_machine.travel(NOON, tick=False):
        quota = make("memory://", day=100, minute=1000, user_minute=1000)
        assert how_many(quota, Share.BACKGROUND) == 80
        assert quota.used().rests_s == pytest.approx(12 * 3600, abs=2)
        assert takes(quota, share=Share.SENDING) is None


def test_low_limits_make_small_batches():
    assert make("memory://").at_once == 4
    assert make("memory://", minute=3000, user_minute=1200).at_once == 50


@pytest.mark.parametrize("told", [None, 7.0])
def test_where_google_says_too_many_everybody_is_quiet_at_once(url, told, no_waiting):
    first, second = make(url), make(url)
    if url == "memory://":
        second = first
    wait = first.told("t1", Share.BACKGROUND, "project", told)
    assert (told or 2) <= wait <= (told or 2) + 2
    assert takes(second, "t2", Share.BACKGROUND) >= (told or 2) - 1
    assert second.quiet_s("t3", Share.SENDING) > (told or 2) - 1
    # A person's page is not held up by a guess of ours; by Google's word it is.
    assert (second.quiet_s("t2", Share.PAGE) > 0) is (told is not None)


def test_where_google_says_it_of_a_user_others_go_on(url):
    quota = make(url)
    quota.told("t1", Share.SENDING, "user", 30)
    assert takes(quota, "t1", Share.SENDING) >= 29
    assert takes(quota, "t1", Share.PAGE) >= 29
    assert takes(quota, "t2", Share.BACKGROUND) is None


def test_the_quiet_doubles_but_not_by_those_who_asked_at_the_same_time():
    with time_machine.travel(NOON, tick=False) as clock:
        quota = make("memory://")
        waits = []
        for _ in range(8):
            wait = quota.told("t1", Share.SENDING, "project", None)
            assert quota.told("t2", Share.SENDING, "project", None) == wait
            waits.append(wait)
            clock.shift(wait + 0.1)
    for times, wait in enumerate(waits[:4]):
        assert 2 * 2**times <= wait <= 2 * 2**times * 1.5 + 1
    assert max(waits) <= 64 * 1.5 + 1


def test_a_day_that_is_used_up_is_over_for_mirrors_and_tried_again_for_grades():
    with time_machine.travel(NOON, tick=False) as clock:
        quota = make("memory://")
        quota.told("t1", Share.BACKGROUND, "day", None)
        assert 12 * 3600 <= quota.quiet_s("t2", Share.BACKGROUND) <= 12 * 3600 + 301
        assert 400 < quota.quiet_s("t2", Share.SENDING) <= 901
        assert takes(quota) is None  # a person asks, and hears it from Google
        clock.shift(12 * 3600 + 302)
        assert takes(quota, share=Share.BACKGROUND) is None


def test_a_store_that_is_down_is_told_once_and_never_stops_a_grade(caplog):
    quota = make("redis://127.0.0.1:1/0")
    began = time.monotonic()
    assert how_many(quota, Share.SENDING) == 9
    assert time.monotonic() - began < 3
    told = [one for one in caplog.records if "does not answer" in one.message]
    assert len(told) == 1
    assert not quota.used().is_shared
    assert quota.told("t1", Share.SENDING, "user", 30) >= 30
    assert takes(quota, "t1", Share.SENDING) is not None


def test_a_store_that_is_back_is_used_again(redis_url, caplog, monkeypatch):
    quota = make("redis://127.0.0.1:1/0")
    assert takes(quota) is None
    real = make(redis_url)
    quota._shared, quota._open_shared = None, real._open_shared
    assert takes(quota) is None
    assert real.used().minute == 0  # not asked again at once
    monkeypatch.setattr(quota, "_again_at", 0.0)
    assert takes(quota) is None
    assert real.used().minute == 1
    assert quota.used().is_shared
    assert "together again" in caplog.text


PROCESS = """
import sys, time
from datetime import UTC, datetime, timedelta
from integrations.classroom.budget import Meter, Share
from integrations.classroom.client import ClassroomClient
from integrations.classroom.tokens import Tokens
from integrations.lms import LmsUnavailable
from lti_app.sync.quota import Numbers, Quota
store, url, token, user, course, seconds = sys.argv[1:]
quota = Quota(store, "a-project", Numbers(minute=15, user_minute=10, day=1000, window_s=3))
tokens = Tokens(None, None, token, datetime.now(UTC) + timedelta(hours=1))
client = ClassroomClient(url, tokens, meter=Meter(quota, user, Share.PAGE))
ends = time.monotonic() + float(seconds)
print("ready", flush=True)
sys.stdin.readline()
while time.monotonic() < ends:
    try:
        client.source(course).course()
        list(client.batch([lambda courses: courses.get(id=course, fields="id")] * 2))
    except LmsUnavailable as error:
        assert error.code == "budget_spent", error.code
        time.sleep(min(0.2, error.retry_after))
"""


def test_processes_that_share_a_budget_never_ask_too_much_together(redis_url):
    with PracticeServer("http://127.0.0.1:1") as practice:
        course = next(iter(practice.school.courses.values()))
        course_id = practice.classroom.google_course_id(course.id)
        counts = practice.classroom.quota
        counts.minute, counts.user_minute, counts.window_s = 15, 10, 2.0
        processes = []
        scopes = frozenset({"https://www.googleapis.com/auth/classroom.courses.readonly"})
        for person_id in (course.teacher_ids[0], course.teacher_ids[0], course.student_ids[0]):
            person = practice.school.people[person_id]
            token = practice.google.access(Grant(person, scopes))
            words = [redis_url, f"{practice.url}/", token, person.google_id, course_id, "9"]
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", PROCESS, *words],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        for one in processes:
            assert one.stdout.readline() == "ready\n"
        for one in processes:
            one.stdin.write("\n")
            one.stdin.flush()
        assert [one.wait(40) for one in processes] == [0, 0, 0]
        for one in processes:
            one.stdin.close()
            one.stdout.close()
        said = counts.counted()
    assert said["refused"] == 0
    assert said["most_a_minute"] <= 15
    assert said["most_a_minute_of_a_user"] <= 10
    assert said["total"] >= 30  # all of the quota was used, more than once


def test_threads_of_one_process_share_it_too(no_waiting):
    quota = make("memory://", minute=300, user_minute=200)
    let = []

    def ask(user: str) -> None:
        let.append(how_many(quota, user=user))

    threads = [threading.Thread(target=ask, args=(user,)) for user in ("t1", "t1", "t2", "t2")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(let) == 300


def test_a_client_keeps_quiet_without_asking_google(url):
    with PracticeServer("http://127.0.0.1:1") as practice:
        quota = make(url)
        quota.told("t1", Share.SENDING, "project", 20)
        client = ClassroomClient(
            f"{practice.url}/", good_for_an_hour(), meter=Meter(quota, "t1", Share.SENDING)
        )
        assert client.quiet_s() > 18
        with pytest.raises(LmsUnavailable, match="budget_spent"):
            client.source("1").course()
        assert practice.classroom.quota.total == 0
        assert practice.mischief.calls == {}
