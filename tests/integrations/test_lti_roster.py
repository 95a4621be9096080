"""Roster, tokens and pages over LTI: what a platform can do to us, and what we make of it."""

import time

import jwt
import pytest

from integrations.lms import LmsRefused, LmsUnavailable
from integrations.lti.connector import next_link
from tests.integrations.conftest import KEY
from tests.integrations.service_platform import BOOKMARK, Answer, dropped


def test_a_roster_of_two_pages_keeps_the_case_of_its_bookmark(roster, platform):
    members = list(roster.members())

    assert [(m.user_id, m.name, m.email, m.roles, m.active) for m in members] == [
        ("u1", "Ada", "a@x", ("Learner",), True),
        ("u2", "Bo", "", ("Learner",), True),
        ("u3", "Cy Low", "", (), False),
    ]
    assert platform.seen[-1] == f"GET /members?page={BOOKMARK}"


def test_a_roster_is_read_page_by_page(roster, platform):
    next(roster.members())

    assert len([one for one in platform.seen if "/members" in one]) == 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('<https://x/A?p=Ab>; rel="next"', "https://x/A?p=Ab"),
        ("<https://x/A?p=Ab>; rel=next", "https://x/A?p=Ab"),
        ('<https://x/p>; rel="prev", <https://x/N>; rel="Next"', "https://x/N"),
        ('<https://x/L>; rel="last",\n <https://x/N>;\trel="next"', "https://x/N"),
        ('<https://x/N>; title="a"; rel="next last"', "https://x/N"),
        ('<?page=2>; rel="next"', "https://base/members?page=2"),
        ('<https://x/nextish>; rel="nextish"', None),
        ("", None),
        ("rubbish", None),
    ],
)
def test_the_next_page_is_found_in_any_link_header(header, expected):
    assert next_link(header, "https://base/members?page=1") == expected


def test_pages_that_link_in_circles_are_not_followed_for_ever(roster, platform):
    circle = Answer(200, {"members": []}, Link=f'<{platform.url}/members>; rel="next"')
    platform.next["/members"].append(circle)

    with pytest.raises(LmsRefused, match="invalid"):
        list(roster.members())


def test_we_sign_in_with_our_key_and_the_platforms_audience(roster, platform):
    list(roster.members())

    assertion = platform.assertions[0]["client_assertion"]
    claims = jwt.decode(assertion, KEY.public_key(), algorithms=["RS256"], audience="aud-1")
    assert (claims["iss"], claims["sub"]) == ("client-1", "client-1")
    assert jwt.get_unverified_header(assertion)["kid"] == "k9"


def test_an_expired_token_is_renewed_once(roster, platform, tokens):
    list(roster.members())
    platform.valid.clear()

    assert len(list(roster.members())) == 3
    assert platform.tokens == 2
    assert list(tokens.kept.values()) == ["token-2"]


def test_a_platform_that_refuses_fresh_tokens_is_not_asked_for_ever(roster, platform):
    platform.next["/members"].extend([Answer(401)] * 5)

    with pytest.raises(LmsRefused, match="unauthorized"):
        list(roster.members())
    assert platform.tokens == 1


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Answer(400, {"error": "invalid_client"}), LmsRefused, "unauthorized"),
        (Answer(401), LmsRefused, "unauthorized"),
        (Answer(404), LmsRefused, "unauthorized"),
        (Answer(200, {"token": "?"}), LmsRefused, "unauthorized"),
        (Answer(200, ["?"]), LmsRefused, "unauthorized"),
        (Answer(200, "<html>maintenance"), LmsUnavailable, "garbled"),
        (Answer(503), LmsUnavailable, "server_error"),
        (dropped(), LmsUnavailable, "lost_connection"),
        (Answer(delay_s=0.8), LmsUnavailable, "timeout"),
    ],
)
def test_a_token_that_can_not_be_had_says_why(answer, error, code, roster, platform):
    platform.next["/token"].append(answer)

    with pytest.raises(error) as raised:
        list(roster.members())
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Answer(401), LmsRefused, "unauthorized"),
        (Answer(403), LmsRefused, "forbidden"),
        (Answer(404), LmsRefused, "course_gone"),
        (Answer(418), LmsRefused, "invalid"),
        (Answer(200, ["x"]), LmsRefused, "invalid"),
        (Answer(200, {"members": 1}), LmsRefused, "invalid"),
        (Answer(200, "<html>"), LmsUnavailable, "garbled"),
    ],
)
def test_a_roster_that_can_not_be_read_says_why(answer, error, code, roster, platform):
    platform.next["/members"].append(answer)

    with pytest.raises(error) as raised:
        list(roster.members())
    assert raised.value.code == code


@pytest.mark.parametrize(
    "answer", [dropped(), Answer(500), Answer(503, Retry_After="1"), Answer(429, Retry_After="0")]
)
def test_reading_survives_a_hiccup(answer, roster, platform):
    platform.next["/members"].append(answer)

    assert len(list(roster.members())) == 3


def test_reading_gives_up_after_three_tries(roster, platform):
    platform.next["/members"].extend([Answer(500)] * 5)

    with pytest.raises(LmsUnavailable):
        list(roster.members())
    assert len(platform.next["/members"]) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_long_wait_is_the_callers_to_plan(status, roster, platform):
    platform.next["/members"].append(Answer(status, Retry_After="120"))
    began = time.monotonic()

    with pytest.raises(LmsUnavailable) as raised:
        list(roster.members())

    assert raised.value.retry_after == 120
    assert time.monotonic() - began < 1
    assert len(platform.seen) == 2  # the token, and one try
