"""The gradebook over LTI: what a platform can do to us, and what we make of it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.lms import ColumnDraft, LmsRefused, LmsUnavailable, ScoreDraft, StandingScore
from integrations.lti.gradebook import CANVAS_SUBMISSION, LtiGradebook, address_below, timestamp
from tests.integrations.service_platform import Answer, dropped

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
AT = datetime(2026, 3, 2, 9, 30, 1, 234567, tzinfo=UTC)
DRAFT = ColumnDraft("checkpoint-7", "Fractions", 5)
SCORE = ScoreDraft("u1", 4, 5, AT, "Well done")


def test_one_token_serves_all_requests_of_its_scopes(gradebook, platform):
    gradebook.find_or_create_column(DRAFT)
    gradebook.find_or_create_column(DRAFT)

    assert platform.tokens == 1


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
        "submissionReview": {"reviewableStatus": ["Submitted", "Completed"]},
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


def test_results_and_line_items_are_read_over_all_pages(gradebook, platform):
    rows = [{"userId": f"u{n}", "resultScore": n, "resultMaximum": 5} for n in (1, 2, 3)]
    item = {"id": f"{platform.url}/items/7", "resourceId": DRAFT.resource_id, "label": "x"}
    for path, name, first, last in (
        ("/items/1/results", "r", rows[:2], rows[2:]),
        ("/items", "i", [], [item]),
    ):
        more = f'<{platform.url}{path}?page={name}-Two>; rel="next"'
        platform.next[path] += [Answer(200, first, Link=more), Answer(200, last)]

    read = list(gradebook.standing(platform.url + "/items/1"))

    assert [(one.user_id, one.points) for one in read] == [("u1", 1), ("u2", 2), ("u3", 3)]
    assert platform.seen[-1] == "GET /items/1/results?page=r-Two"
    assert gradebook.find_or_create_column(DRAFT) == item["id"]
    assert platform.seen[-1] == "GET /items?page=i-Two"
    assert platform.line_items == []


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
