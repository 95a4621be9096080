"""Roster, tokens and pages over LTI: what a platform can do to us, and what we make of it."""

import time
import tracemalloc

import jwt
import pytest

from integrations.lms import Group, LmsRefused, LmsUnavailable
from integrations.lti.connector import LtiConnector, ToolRegistration, next_link
from integrations.lti.roster import GROUPS_SCOPE, LtiRoster
from integrations.lti.transport import http_session
from tests.crowd import Crowd
from tests.integrations.conftest import KEY, PEM, Tokens
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


def members_page(*user_ids, link="", **more):
    rows = [{"user_id": one, "roles": ["Learner"], **more} for one in user_ids]
    return Answer(200, {"members": rows}, **({"Link": link} if link else {}))


def test_a_long_circle_of_pages_is_noticed_too(roster, platform):
    for number in range(60):
        link = f'<{platform.url}/members?at={number % 7}>; rel="next"'
        platform.next["/members"].append(members_page(f"u{number}", link=link))

    with pytest.raises(LmsRefused, match="invalid"):
        list(roster.members())
    assert len(platform.next["/members"]) > 30


def test_members_who_can_open_a_link_are_asked_for_at_the_rosters_own_address(connector, platform):
    roster = LtiRoster(connector, f"{platform.url}/members?course=a%20b", link_id="link 1")

    list(roster.members())

    assert platform.seen[1] == "GET /members?course=a+b&rlid=link+1"


def test_the_last_page_says_where_the_differences_are(roster, platform):
    told = f'<{platform.url}/members?since=1>; rel="differences"'
    more = f'<{platform.url}/members?page=2>; rel="next", {told}'
    platform.next["/members"] += [
        members_page("u1", link=more),
        members_page("u2", link=told.replace("since=1", "since=Two")),
        members_page("u2", status="Deleted"),
    ]
    members = roster.members()
    next(members)
    assert roster.differences_url is None  # not before the end
    list(members)
    assert roster.differences_url == f"{platform.url}/members?since=Two"

    changed = list(roster.changes(roster.differences_url))

    assert [(member.user_id, member.active) for member in changed] == [("u2", False)]
    assert platform.seen[-1] == "GET /members?since=Two"
    assert roster.differences_url is None


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/members?since=1",
        "https://elsewhere.example/members?since=1",
        "file:///etc/passwd",
        "/members?since=" + "x" * 2000,
    ],
)
def test_differences_of_another_server_are_not_asked_for(address, roster, platform):
    platform.next["/members"].append(members_page("u1", link=f'<{address}>; rel="differences"'))

    list(roster.members())

    assert roster.differences_url is None


def test_groups_come_page_by_page_and_members_with_theirs(connector, platform, tokens):
    roster = LtiRoster(connector, platform.url + "/members", platform.url + "/groups")
    rows = [{"id": "g1", "name": "Table 4"}, {"id": 7, "name": "Red", "tag": "x"}, {"name": "?"}, 5]
    following = f'<{platform.url}/groups?p=2>; rel="next"'
    platform.next["/groups"] += [
        Answer(200, {"groups": rows}, Link=following),
        Answer(200, {"groups": [{"id": "g3"}]}),
    ]
    enrolled = [{"group_id": "g1"}, {"group_id": 7}, {"group_id": None}, "junk"]
    platform.next["/members"].append(members_page("u1", group_enrollments=enrolled))

    assert list(roster.groups()) == [Group("g1", "Table 4"), Group("7", "Red"), Group("g3", "")]
    assert [member.group_ids for member in roster.members()] == [("g1", "7")]
    assert platform.seen[-1] == "GET /members?groups=true"
    assert platform.assertions[0]["scope"] == GROUPS_SCOPE


def test_groups_that_can_not_be_read_say_why(connector, platform):
    roster = LtiRoster(connector, platform.url + "/members", platform.url + "/groups")
    platform.next["/groups"].append(Answer(200, {"groups": 1}))

    with pytest.raises(LmsRefused, match="invalid"):
        list(roster.groups())


def test_fifty_thousand_members_take_no_more_memory_than_five_thousand():
    def peak(size: int) -> int:
        with Crowd(size) as crowd:
            ours = ToolRegistration(crowd.url, "c", crowd.url + "/token", None, "k9", PEM)
            connector = LtiConnector(ours, Tokens(), http_session(allow_loopback=True))
            members = LtiRoster(connector, crowd.url + "/members").members()
            next(members)  # signed in, and the first page read
            tracemalloc.start()
            assert sum(1 for _ in members) == size - 1
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    peak(1_000)  # what is loaded once is loaded
    assert peak(50_000) < 1.5 * peak(5_000)
