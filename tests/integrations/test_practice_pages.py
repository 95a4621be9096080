"""The practice LMS's own pages."""

import requests

from integrations.practice.platform import LineItem


def test_everyone_can_be_tried_out_from_the_front_page(practice):
    front = requests.get(practice.url + "/", timeout=5).text

    assert "Practice LMS" in front
    for person in practice.school.people.values():
        assert f"as={person.id}" in front


def test_the_tool_opens_in_a_frame_or_a_new_tab(peer_tool):
    student = peer_tool.course.student_ids[0]
    address = f"{peer_tool.practice.url}/courses/{peer_tool.course.id}?as={student}"

    page = requests.get(address, timeout=5).text

    assert '<iframe src="http' in page
    assert 'target="_blank"' in page


def test_the_gradebook_shows_grades_and_when_the_newest_came(peer_tool):
    practice, course = peer_tool.practice, peer_tool.course
    graded, pending, *_ = course.student_ids
    item = LineItem("x", course.id, {"label": "Fractions <b>", "scoreMaximum": 4})
    score = {"timestamp": "2026-03-02T10:30:00+01:00", "scoreGiven": 3, "scoreMaximum": 4}
    item.scores[graded] = {**score, "gradingProgress": "FullyGraded"}
    item.scores[pending] = {**score, "scoreGiven": None, "gradingProgress": "Pending"}
    practice.platform.line_items["x"] = item

    page = requests.get(f"{practice.url}/courses/{course.id}/gradebook", timeout=5).text
    shown = requests.get(f"{practice.url}/courses/{course.id}/gradebook.json", timeout=5).json()

    assert "2026-03-02 09:30:00 UTC" in page
    assert "Fractions &lt;b&gt;" in page
    assert shown["Fractions <b>"] == {practice.school.people[graded].name: "3 / 4"}


def test_a_course_that_does_not_exist_is_not_found(practice):
    for path in ("/courses/none/gradebook", "/courses/none/gradebook.json", "/courses/none?as=x"):
        assert requests.get(practice.url + path, timeout=5).status_code == 404
