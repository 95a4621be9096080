"""The practice platform's differences, links and groups, as a tool of nobody's meets them."""

import pytest

from integrations.practice.lti_people import GROUPS
from integrations.practice.platform import GROUPS_SCOPE, NRPS_SCOPE, link_id
from integrations.practice.school import PracticeGroup


@pytest.fixture
def token(peer_tool):
    peer_tool.practice.platform.page_size = 50
    return peer_tool.token()


def members(answer):
    assert answer.status_code == 200
    return {one["user_id"]: one["status"] for one in answer.json()["members"]}


def test_no_differences_are_told_unless_the_platform_does(peer_tool, token):
    assert "differences" not in peer_tool.ask("GET", "members", token).links


def test_differences_tell_who_came_and_left_since(peer_tool, token):
    peer_tool.practice.platform.tells_differences = True
    course = peer_tool.course
    first, second, third, *_ = course.student_ids
    course.student_ids.remove(third)
    url = peer_tool.ask("GET", "members", token).links["differences"]["url"]
    course.leave(first)
    course.student_ids.remove(second)
    course.student_ids.append(third)

    changed = peer_tool.ask("GET", url, token)

    assert members(changed) == {first: "Inactive", second: "Deleted", third: "Active"}
    assert members(peer_tool.ask("GET", changed.links["differences"]["url"], token)) == {}


def test_only_the_last_page_links_to_differences_and_old_links_end(peer_tool, token):
    peer_tool.practice.platform.tells_differences = True
    peer_tool.practice.platform.page_size = 3
    answer = peer_tool.ask("GET", "members", token)
    while "next" in answer.links:
        assert "differences" not in answer.links
        answer = peer_tool.ask("GET", answer.links["next"]["url"], token)
    url = answer.links["differences"]["url"]
    peer_tool.practice.platform.rosters_told.clear()

    assert peer_tool.ask("GET", url, token).status_code == 410


def test_a_links_members_are_those_who_can_open_it(peer_tool, token):
    course = peer_tool.course
    away, left = course.student_ids[:2]
    course.leave(left)
    peer_tool.practice.platform.closed_links[link_id(course)] = {away}

    answer = peer_tool.ask("GET", "members", token, params={"rlid": link_id(course)})

    assert set(members(answer)) == {*course.teacher_ids, *course.student_ids} - {away}
    assert all("message" in one for one in answer.json()["members"])
    unknown = peer_tool.ask("GET", "members", token, params={"rlid": "link-elsewhere"})
    assert unknown.status_code == 404


def test_groups_are_offered_where_the_school_has_them(peer_tool, token):
    course = peer_tool.course
    course.groups = [
        PracticeGroup("g-1", "Red", course.student_ids[:1]),
        PracticeGroup("g-2", "Blue", course.student_ids[1:3]),
    ]
    assert peer_tool.ask("GET", "groups", token).status_code == 404
    peer_tool.practice.platform.offers_groups = True

    answer = peer_tool.ask("GET", "groups", token)
    of_one = peer_tool.ask("GET", "groups", token, params={"user_id": course.student_ids[0]})
    plain = peer_tool.ask("GET", "members", token)
    grouped = peer_tool.ask("GET", "members", token, params={"groups": "true"})

    assert answer.headers["Content-Type"] == GROUPS
    assert answer.json()["groups"] == [{"id": "g-1", "name": "Red"}, {"id": "g-2", "name": "Blue"}]
    assert [one["id"] for one in of_one.json()["groups"]] == ["g-1"]
    assert not any("group_enrollments" in one for one in plain.json()["members"])
    enrolled = {one["user_id"]: one["group_enrollments"] for one in grouped.json()["members"]}
    assert enrolled[course.student_ids[2]] == [{"group_id": "g-2"}]
    assert enrolled[course.teacher_ids[0]] == []


def test_groups_want_their_own_scope(peer_tool):
    peer_tool.practice.platform.offers_groups = True

    assert peer_tool.ask("GET", "groups", peer_tool.token(NRPS_SCOPE)).status_code == 403
    assert peer_tool.ask("GET", "groups", peer_tool.token(GROUPS_SCOPE)).status_code == 200
