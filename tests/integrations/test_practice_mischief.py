"""Each way the practice LMS can misbehave really happens, and then is over."""

import time

import pytest
import requests

from integrations.practice.lti_services import LINE_ITEM, SCORE


@pytest.fixture
def token(peer_tool):
    return peer_tool.token()


def members(peer_tool, token, **request):
    return peer_tool.ask("GET", "members", token, **request)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("too_many_requests", 429), ("server_error", 500), ("expired_token", 401)],
)
def test_it_answers_with_an_error_as_often_as_told(peer_tool, token, kind, status):
    peer_tool.practice.mischief.next("lti.members", kind, times=2)

    answers = [members(peer_tool, token).status_code for _ in range(3)]

    assert answers == [status, status, 200]


def test_it_says_when_to_come_back(peer_tool, token):
    peer_tool.practice.mischief.next("lti.members", "too_many_requests", seconds=30)

    assert members(peer_tool, token).headers["Retry-After"] == "30"


def test_an_expired_token_is_named_as_real_platforms_do(peer_tool, token):
    peer_tool.practice.mischief.next("lti.members", "expired_token")

    assert "invalid_token" in members(peer_tool, token).headers["WWW-Authenticate"]


def test_it_is_slow_and_then_answers(peer_tool, token):
    peer_tool.practice.mischief.next("lti.members", "slow", seconds=0.3)
    began = time.monotonic()

    assert members(peer_tool, token).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_it_never_answers(peer_tool, token):
    peer_tool.practice.mischief.next("lti.members", "timeout", seconds=0.5)

    with pytest.raises(requests.ReadTimeout):
        members(peer_tool, token, timeout=0.2)


def test_a_score_is_kept_though_the_connection_is_lost(peer_tool, token):
    column = peer_tool.ask(
        "POST",
        "line_items",
        token,
        json={"label": "Fractions", "scoreMaximum": 10},
        headers={"Content-Type": LINE_ITEM},
    ).json()["id"]
    score = {
        "userId": peer_tool.course.student_ids[0],
        "timestamp": "2026-03-02T09:30:00Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 7,
        "scoreMaximum": 10,
    }
    peer_tool.practice.mischief.next("lti.scores", "lost_after_accepting")

    with pytest.raises(requests.ConnectionError):
        peer_tool.ask(
            "POST", column + "/scores", token, json=score, headers={"Content-Type": SCORE}
        )

    [kept] = peer_tool.practice.platform.received
    assert kept["scoreGiven"] == 7
    assert peer_tool.practice.mischief.calls["lti.scores"] == 1


def test_a_lost_request_that_was_wrong_changes_nothing(peer_tool, token):
    peer_tool.practice.mischief.next("lti.scores", "lost_after_accepting")

    with pytest.raises(requests.ConnectionError):
        peer_tool.ask("POST", "line_items/none/scores", token, json={})

    assert peer_tool.practice.platform.received == []


@pytest.mark.parametrize("endpoint", ["lti.jwks", "lti.token", "lti.auth"])
def test_keys_tokens_and_launches_can_fail_too(peer_tool, endpoint):
    peer_tool.practice.mischief.next(endpoint, "server_error")

    answer = {
        "lti.jwks": lambda: requests.get(peer_tool.practice.url + "/lti/jwks", timeout=5),
        "lti.token": lambda: peer_tool.ask_token(peer_tool.assertion()),
        "lti.auth": lambda: peer_tool.authorize()[0],
    }[endpoint]

    assert answer().status_code == 500
    assert answer().status_code == 200


def test_mischief_is_ordered_and_called_off_over_http(peer_tool, token):
    address = peer_tool.practice.url + "/practice/mischief"
    order = {"endpoint": "lti.members", "kind": "server_error", "times": 5}

    assert requests.post(address, json=order, timeout=5).status_code == 201
    assert members(peer_tool, token).status_code == 500
    waiting = requests.get(address, timeout=5).json()["waiting"]
    assert len(waiting["lti.members"]) == 4

    assert requests.delete(address, timeout=5).status_code == 204
    assert members(peer_tool, token).status_code == 200


@pytest.mark.parametrize(
    "order", [{}, [], {"endpoint": "lti.members", "kind": "explode"}, {"endpoint": "lti.members"}]
)
def test_mischief_that_does_not_exist_is_refused(practice, order):
    answer = requests.post(practice.url + "/practice/mischief", json=order, timeout=5)

    assert answer.status_code == 400
