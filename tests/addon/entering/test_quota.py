"""The iframes' questions count in the budget that all share, and mirrors never hold them up."""

from integrations.classroom.budget import Share
from integrations.lms import LmsUnavailable
from lti_app.sync.quota import Quota, quota_of


def _budget(door) -> Quota:
    return quota_of(door.database, door.app.extensions["pathways.settings"])


def _mirrors_use_their_share(door) -> None:
    users = 0
    try:
        while True:
            users += 1
            _budget(door).take(f"teacher {users}", Share.BACKGROUND, 50)
    except LmsUnavailable:
        assert users > 40


def test_every_question_of_a_way_in_is_counted_once(door):
    attachment = door.attach()
    door.browser().enter(door.teacher, "teacher", attachment)
    door.browser().enter(door.student(), "student", attachment)
    asked = door.practice.classroom.quota.total
    assert asked >= 3  # two contexts, and the course's title
    assert _budget(door).used().minute == asked


def test_a_student_comes_in_while_mirrors_have_used_their_share(door):
    door.open_section()
    attachment = door.attach()
    _mirrors_use_their_share(door)
    assert door.browser().enter(door.student(), "student", attachment).status_code == 303


def test_while_google_says_when_to_come_again_a_student_is_told_so_at_once(door):
    door.open_section()
    browser = door.browser()
    frame = browser.open("student", door.attach())
    _budget(door).told("x", Share.BACKGROUND, "project", 30)
    last = browser.sign_in(frame, door.student())
    assert "Google does not answer us right now." in last.text
    assert door.practice.classroom.quota.total == 0
