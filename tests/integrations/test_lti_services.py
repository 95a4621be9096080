"""Roster and gradebook over LTI: what a platform can do to us, and what we make of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.lms import ColumnDraft, LmsRefused, LmsUnavailable, ScoreDraft, StandingScore
from integrations.lti.connector import LtiConnector, ToolRegistration, next_link
from integrations.lti.gradebook import CANVAS_SUBMISSION, LtiGradebook, address_below, timestamp
from integrations.lti.roster import LtiRoster
from integrations.lti.transport import http_session
from tests.integrations.service_platform import BOOKMARK, Answer, ServicePlatform, dropped

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ALL = [AGS + "lineitem", AGS + "result.readonly", AGS + "score"]
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
AT = datetime(2026, 3, 2, 9, 30, 1, 234567, tzinfo=UTC)
DRAFT = ColumnDraft("checkpoint-7", "Fractions", 5)
SCORE = ScoreDraft("u1", 4, 5, AT, "Well done")


class Tokens:
    """A token store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, scopes: str) -> str | None:
        return self.kept.get(scopes)

    def put(self, scopes: str, token: str, expires_in_s: float) -> None:
        self.kept[scopes] = token

    def forget(self, scopes: str) -> None:
        self.kept.pop(scopes, None)


@pytest.fixture
def platform() -> Iterator[ServicePlatform]:
    platform = ServicePlatform()
    yield platform
    platform.stop()


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def connector(platform: ServicePlatform, tokens: Tokens) -> LtiConnector:
    ours = ToolRegistration("https://lms", "client-1", platform.url + "/token", "aud-1", "k9", PEM)
    return LtiConnector(ours, tokens, http_session(0.5, 0.5))


@pytest.fixture
def gradebook(connector: LtiConnector, platform: ServicePlatform) -> LtiGradebook:
    return LtiGradebook(connector, platform.url + "/items?type=a", ALL)


@pytest.fixture
def roster(connector: LtiConnector, platform: ServicePlatform) -> LtiRoster:
    return LtiRoster(connector, platform.url + "/members")


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


def test_one_token_serves_all_requests_of_its_scopes(gradebook, platform):
    gradebook.find_or_create_column(DRAFT)
    gradebook.find_or_create_column(DRAFT)

    assert platform.tokens == 1


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


def test_a_retry_date_is_understood(gradebook, platform):
    until = datetime.now(UTC) + timedelta(seconds=90)
    date = until.strftime("%a, %d %b %Y %H:%M:%S GMT")
    platform.next["/items/1/scores"].append(Answer(503, Retry_After=date))

    with pytest.raises(LmsUnavailable) as raised:
        gradebook.send(platform.url + "/items/1", SCORE)
    assert 80 < raised.value.retry_after <= 90


def test_a_column_is_made_once_and_found_again(gradebook, platform):
    platform.line_items.append({"id": "https://other", "resourceId": "checkpoint-70"})

    made = gradebook.find_or_create_column(DRAFT)
    found = gradebook.find_or_create_column(DRAFT)

    assert made == found == platform.url + "/items/2?type=a"
    assert platform.line_items[1] == {
        "id": made,
        "label": "Fractions",
        "scoreMaximum": 5,
        "resourceId": "checkpoint-7",
        "tag": "pathways",
    }
    assert "GET /items?type=a&resource_id=checkpoint-7" in platform.seen


def test_a_column_whose_making_went_unanswered_is_found_again(gradebook, platform):
    """The connection was lost after the platform accepted: no second column."""
    platform.line_items.append({"id": "https://made", "resourceId": "checkpoint-7"})

    assert gradebook.find_or_create_column(DRAFT) == "https://made"
    assert not [one for one in platform.seen if one.startswith("POST /items")]


def test_making_a_column_is_never_repeated_by_itself(gradebook, platform):
    gradebook.find_or_create_column(ColumnDraft("x", "x", 1))
    platform.seen.clear()
    platform.next["/items"].extend([Answer(200, []), dropped()])

    with pytest.raises(LmsUnavailable):
        gradebook.find_or_create_column(DRAFT)
    assert len([one for one in platform.seen if one.startswith("POST /items")]) == 1


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("", "checkpoint-7"),
        ("  ", "checkpoint-7"),
        ("<b>½</b>", "<b>½</b>"),
        ("x" * 9999, "x" * 255),
    ],
)
def test_a_column_always_has_a_label(title, label, gradebook, platform):
    """pylti1p3 leaves an empty label out, and platforms refuse that."""
    gradebook.find_or_create_column(ColumnDraft("checkpoint-7", title, 5))

    assert platform.line_items[0]["label"] == label


@pytest.mark.parametrize("points", [0, -1, float("nan")])
def test_a_column_without_points_is_not_asked_for(points, gradebook, platform):
    with pytest.raises(LmsRefused, match="invalid"):
        gradebook.find_or_create_column(ColumnDraft("c", "t", points))
    assert platform.line_items == []


def test_a_course_that_vanished_has_no_columns(gradebook, platform):
    platform.next["/items"].append(Answer(404))

    with pytest.raises(LmsRefused, match="course_gone"):
        gradebook.find_or_create_column(DRAFT)


def test_a_score_says_all_and_keeps_the_columns_query(gradebook, platform):
    gradebook.send(platform.url + "/items/1?type=a", SCORE)

    path, score = platform.scores[0]
    assert path == "/items/1/scores?type=a"
    assert score == {
        "userId": "u1",
        "scoreGiven": 4,
        "scoreMaximum": 5,
        "timestamp": "2026-03-02T09:30:01.234Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "comment": "Well done",
        CANVAS_SUBMISSION: {"new_submission": False},
    }


def test_a_score_of_nothing_is_sent_as_nothing(gradebook, platform):
    gradebook.send(platform.url + "/items/1", ScoreDraft("u1", 0, 5, AT))

    assert platform.scores[0][1]["scoreGiven"] == 0


def test_moments_within_one_second_stay_apart():
    """pylti1p3's own formatting drops what is below a second."""
    cest = timezone(timedelta(hours=2))

    assert timestamp(AT) < timestamp(AT + timedelta(milliseconds=1))
    assert timestamp(AT.astimezone(cest)) == timestamp(AT)


def test_addresses_below_a_column_keep_their_query():
    assert address_below("https://m/items/1/lineitem?type_id=1&x=?", "scores") == (
        "https://m/items/1/lineitem/scores?type_id=1&x=?"
    )
    assert address_below("https://m/items/1/", "scores") == "https://m/items/1/scores"


def test_a_score_the_platform_took_without_json_counts_as_sent(gradebook, platform):
    platform.next["/items/1/scores"].append(Answer(200, "OK"))

    gradebook.send(platform.url + "/items/1", SCORE)

    assert len([one for one in platform.seen if "scores" in one]) == 1


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Answer(400, "score timestamp is older"), LmsRefused, "newer_score"),
        (Answer(409), LmsRefused, "newer_score"),
        (Answer(400, "no such user"), LmsRefused, "not_a_student"),
        (Answer(400, "?"), LmsRefused, "invalid"),
        (Answer(422, "User not found in course"), LmsRefused, "not_a_student"),
        (Answer(422, "ScoreMaximum is missing"), LmsRefused, "invalid"),
        (Answer(403, "403 Forbidden (Rate Limit Exceeded)"), LmsUnavailable, "rate_limited"),
        (Answer(429, Retry_After="1"), LmsUnavailable, "rate_limited"),
        (Answer(500), LmsUnavailable, "server_error"),
        (dropped(), LmsUnavailable, "lost_connection"),
        (Answer(delay_s=0.8), LmsUnavailable, "timeout"),
    ],
)
def test_a_refused_score_says_why_and_is_sent_once(answer, error, code, gradebook, platform):
    column = gradebook.find_or_create_column(DRAFT)
    platform.next["/items/1/scores"].append(answer)

    with pytest.raises(error) as raised:
        gradebook.send(column, SCORE)

    assert raised.value.code == code
    assert len([one for one in platform.seen if "scores" in one]) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_someone_who_left_is_told_from_a_column_that_is_gone(status, gradebook, platform):
    """D2L answers 403 or 404 to both."""
    column = gradebook.find_or_create_column(DRAFT)
    platform.next["/items/1/scores"].extend([Answer(status), Answer(status)])

    with pytest.raises(LmsRefused, match="not_a_student"):
        gradebook.send(column, SCORE)
    platform.line_items.clear()
    with pytest.raises(LmsRefused, match="forbidden" if status == 403 else "column_gone"):
        gradebook.send(column, SCORE)


def test_what_the_gradebook_holds_can_be_read(gradebook, platform):
    column = gradebook.find_or_create_column(DRAFT)
    gradebook.send(column, ScoreDraft("someone else", 1, 5, AT))
    gradebook.send(column, SCORE)

    assert gradebook.read(column, "u1") == StandingScore("u1", 4, 5)
    assert gradebook.read(column, "u2") is None
    assert "GET /items/1/results?type=a&user_id=u1" in platform.seen


def test_a_scope_an_administrator_struck_is_not_tried(connector, platform):
    gradebook = LtiGradebook(connector, platform.url + "/items", [AGS + "lineitem.readonly"])

    with pytest.raises(LmsRefused, match="forbidden"):
        gradebook.find_or_create_column(DRAFT)
    with pytest.raises(LmsRefused, match="forbidden"):
        gradebook.send(platform.url + "/items/1", SCORE)
    assert platform.line_items == []


def test_errors_carry_none_of_the_platforms_words(gradebook, platform):
    platform.next["/items/1/scores"].append(Answer(400, "Ada Lovelace scored 4 of 5"))

    with pytest.raises(LmsRefused) as raised:
        gradebook.send(platform.url + "/items/1", SCORE)
    assert "Ada" not in str(raised.value)
