"""The practice platform's roster and gradebook, as a tool of nobody's meets them."""

import pytest
import requests

from integrations.practice.lti_people import MEMBERS
from integrations.practice.lti_services import LINE_ITEM, LINE_ITEMS, RESULTS, SCORE
from integrations.practice.platform import AGS, NRPS_SCOPE, link_id
from integrations.practice.school import PracticeSchool

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


@pytest.fixture
def token(peer_tool):
    return peer_tool.token()


@pytest.fixture
def column(peer_tool, token):
    """Address of a column of 10 points."""
    return make_column(peer_tool, token).json()["id"]


def make_column(peer_tool, token, **fields):
    body = {"label": "Fractions", "scoreMaximum": 10, **fields}
    return peer_tool.ask(
        "POST", "line_items", token, json=body, headers={"Content-Type": LINE_ITEM}
    )


def post_score(peer_tool, token, column, media_type=SCORE, **fields):
    body = {
        "userId": peer_tool.course.student_ids[0],
        "timestamp": "2026-03-02T09:30:00.000Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 7,
        "scoreMaximum": 10,
        **fields,
    }
    headers = {"Content-Type": media_type}
    return peer_tool.ask("POST", column + "/scores", token, json=body, headers=headers)


def all_pages(peer_tool, token, path, **params):
    answer = peer_tool.ask("GET", path, token, params=params)
    pages = [answer]
    while "next" in answer.links:
        answer = peer_tool.ask("GET", answer.links["next"]["url"], token)
        pages.append(answer)
    return pages


def test_the_roster_comes_in_pages_with_those_who_left(peer_tool, token):
    left = peer_tool.course.student_ids[-1]
    peer_tool.course.leave(left)

    pages = all_pages(peer_tool, token, "members")

    members = [member for page in pages for member in page.json()["members"]]
    course = peer_tool.course
    assert [len(page.json()["members"]) for page in pages] == [3, 3, 2]
    assert {page.headers["Content-Type"] for page in pages} == {MEMBERS}
    assert [m["user_id"] for m in members] == [*course.teacher_ids, *course.student_ids, left]
    assert [m["user_id"] for m in members if m["status"] == "Inactive"] == [left]


def test_a_page_token_in_the_wrong_case_finds_nothing(peer_tool, token):
    following = peer_tool.ask("GET", "members", token).links["next"]["url"]

    assert following != following.lower()
    assert peer_tool.ask("GET", following, token).status_code == 200
    assert peer_tool.ask("GET", following.lower(), token).status_code == 404


@pytest.mark.parametrize("role", [LEARNER, "Learner"])
def test_a_role_is_asked_for_on_every_page(peer_tool, token, role):
    pages = all_pages(peer_tool, token, "members", role=role, limit=2)

    members = [member for page in pages for member in page.json()["members"]]
    assert [m["user_id"] for m in members] == peer_tool.course.student_ids
    assert len(pages[0].json()["members"]) == 2


@pytest.mark.parametrize(
    ("granted", "method", "path"),
    [
        (AGS + "score", "GET", "members"),
        (NRPS_SCOPE, "GET", "line_items"),
        (AGS + "lineitem.readonly", "POST", "line_items"),
        (AGS + "lineitem", "POST", "line_items/x/scores"),
        (AGS + "score", "GET", "line_items/x/results"),
        (AGS + "lineitem.readonly", "PUT", "line_items/x"),
        (AGS + "lineitem.readonly", "DELETE", "line_items/x"),
    ],
)
def test_each_service_wants_its_scope(peer_tool, granted, method, path):
    answer = peer_tool.ask(method, path, peer_tool.token(granted))

    assert answer.status_code == 403
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_a_token_ends_when_its_time_is_over(peer_tool):
    peer_tool.practice.platform.token_seconds = 0
    short = peer_tool.token()

    answer = peer_tool.ask("GET", "members", short)

    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_token_is_taken_only_as_a_bearer(peer_tool, token):
    url = f"{peer_tool.practice.url}/lti/courses/{peer_tool.course.id}/members"

    for header in ({}, {"Authorization": token}, {"Authorization": f"Basic {token}"}):
        assert requests.get(url, headers=header, timeout=5).status_code == 401


def test_a_column_is_made_found_changed_and_removed(peer_tool, token):
    made = make_column(peer_tool, token, resourceId="c-1", tag="quiz")
    make_column(peer_tool, token, resourceId="c-2", tag="quiz")
    address = made.json()["id"]

    found = peer_tool.ask("GET", "line_items", token, params={"resource_id": "c-1"})
    changed = peer_tool.ask(
        "PUT",
        address,
        token,
        json={**made.json(), "label": "Renamed"},
        headers={"Content-Type": LINE_ITEM},
    )
    shown = peer_tool.ask("GET", address, token)
    removed = peer_tool.ask("DELETE", address, token)

    assert (made.status_code, made.headers["Content-Type"]) == (201, LINE_ITEM)
    assert found.headers["Content-Type"] == LINE_ITEMS
    assert [item["id"] for item in found.json()] == [address]
    assert changed.status_code == 200
    assert shown.json() == {**made.json(), "label": "Renamed"}
    assert removed.status_code == 204
    assert peer_tool.ask("GET", address, token).status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"label": ""}, 400),
        ({"label": 5}, 400),
        ({"scoreMaximum": 0}, 400),
        ({"scoreMaximum": "10"}, 400),
        ({"scoreMaximum": True}, 400),
        ({"resourceLinkId": "someone-elses"}, 404),
    ],
)
def test_a_wrong_column_is_not_made(peer_tool, token, fields, status):
    assert make_column(peer_tool, token, **fields).status_code == status
    assert peer_tool.practice.platform.line_items == {}


def test_a_column_of_the_link_is_named_at_its_next_launch(peer_tool, token):
    made = make_column(peer_tool, token, resourceLinkId=link_id(peer_tool.course))

    _, fields = peer_tool.authorize()

    claims = peer_tool.verified(fields["id_token"])
    endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert endpoint["lineitem"] == made.json()["id"]


def test_a_column_is_not_served_through_another_course(peer_tool, token, column):
    school = PracticeSchool.fifth_grade()
    peer_tool.practice.school.courses.update(school.courses)
    other = next(iter(school.courses))

    elsewhere = column.replace(peer_tool.course.id, other)

    assert peer_tool.ask("GET", elsewhere, token).status_code == 404
    assert peer_tool.ask("DELETE", elsewhere, token).status_code == 404
    assert peer_tool.ask("GET", column, token).status_code == 200


def test_a_score_stands_on_the_columns_own_maximum(peer_tool, token, column):
    assert post_score(peer_tool, token, column, scoreGiven=15, scoreMaximum=20).status_code == 200

    results = peer_tool.ask("GET", column + "/results", token)

    assert results.headers["Content-Type"] == RESULTS
    [result] = results.json()
    assert (result["resultScore"], result["resultMaximum"]) == (7.5, 10)
    assert result["userId"] == peer_tool.course.student_ids[0]


def test_results_of_one_student_can_be_asked_for(peer_tool, token, column):
    first, second, *_ = peer_tool.course.student_ids
    post_score(peer_tool, token, column, userId=first)
    post_score(peer_tool, token, column, userId=second)

    answer = peer_tool.ask("GET", column + "/results", token, params={"user_id": second})

    assert [result["userId"] for result in answer.json()] == [second]


@pytest.mark.parametrize("at", ["2026-03-02T09:30:00.000Z", "2026-03-02T10:29:59+01:00"])
def test_the_same_or_an_older_timestamp_is_refused(peer_tool, token, column, at):
    post_score(peer_tool, token, column)

    late = post_score(peer_tool, token, column, timestamp=at, scoreGiven=1)

    assert late.status_code == 409
    assert [score["scoreGiven"] for score in peer_tool.practice.platform.received] == [7]


def test_a_score_that_is_newer_by_a_millisecond_wins(peer_tool, token, column):
    post_score(peer_tool, token, column)

    newer = post_score(peer_tool, token, column, timestamp="2026-03-02T09:30:00.001Z", scoreGiven=9)

    assert newer.status_code == 200
    [result] = peer_tool.ask("GET", column + "/results", token).json()
    assert result["resultScore"] == 9
    assert [score["scoreGiven"] for score in peer_tool.practice.platform.received] == [7, 9]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"userId": "nobody"}, 422),
        ({"scoreMaximum": None}, 422),
        ({"scoreMaximum": "ten"}, 422),
        ({"scoreGiven": -1}, 422),
        ({"activityProgress": "Done"}, 400),
        ({"gradingProgress": "Graded"}, 400),
        ({"timestamp": None}, 400),
        ({"timestamp": 1772443800}, 400),
        ({"timestamp": "2026-03-02T09:30:00"}, 400),
        ({"timestamp": "2026-03-02 09:30:00Z"}, 400),
        ({"timestamp": "20260302T093000Z"}, 400),
        ({"timestamp": "2026-03-02t09:30:00z"}, 400),
        ({"timestamp": "2026-13-02T09:30:00Z"}, 400),
        ({"media_type": "application/json"}, 415),
    ],
)
def test_a_wrong_score_is_not_taken(peer_tool, token, column, fields, status):
    assert post_score(peer_tool, token, column, **fields).status_code == status
    assert peer_tool.practice.platform.received == []


def test_neither_a_teacher_nor_who_left_gets_a_score(peer_tool, token, column):
    left = peer_tool.course.student_ids[-1]
    peer_tool.course.leave(left)

    for user_id in (left, peer_tool.course.teacher_ids[0]):
        assert post_score(peer_tool, token, column, userId=user_id).status_code == 422


def test_points_that_are_still_pending_are_no_grade(peer_tool, token, column):
    post_score(peer_tool, token, column, gradingProgress="Pending")

    [result] = peer_tool.ask("GET", column + "/results", token).json()
    assert "resultScore" not in result


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'"text"'])
def test_a_body_that_is_no_object_is_refused(peer_tool, token, column, body):
    for path, media_type in (("line_items", LINE_ITEM), (column + "/scores", SCORE)):
        headers = {"Content-Type": media_type}
        answer = peer_tool.ask("POST", path, token, data=body, headers=headers)
        assert answer.status_code == 400


def test_a_moodle_like_address_keeps_its_query(peer_tool, token):
    peer_tool.practice.platform.line_item_query = "?type_id=2"

    _, fields = peer_tool.authorize()
    claims = peer_tool.verified(fields["id_token"])
    address = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitems"]
    made = peer_tool.ask(
        "POST",
        address,
        token,
        json={"label": "Fractions", "scoreMaximum": 10},
        headers={"Content-Type": LINE_ITEM},
    )
    path, _, query = made.json()["id"].partition("?")

    assert query == "type_id=2"
    assert peer_tool.ask("GET", f"{path}/results?{query}", token).json() == []
    assert peer_tool.ask("GET", f"{path}/results", token).status_code == 404
