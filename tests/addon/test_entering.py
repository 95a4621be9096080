"""The way in: from Classroom's iframe over Google's window to the checkpoint."""

from lti_app.people.models import Role


def test_a_student_signs_in_and_the_checkpoint_stands_in_the_iframe(door):
    door.open_section()
    attachment = door.attach()
    ana, browser = door.student(), door.browser()

    frame = browser.open("student", attachment)
    assert "Open Pathways" in frame.text
    last = browser.sign_in(frame, ana)
    assert "You are signed in." in last.text
    assert browser.is_ready(frame)
    answer = browser.come_in(frame)

    enrolment = door.enrolment(ana)
    assert (answer.status_code, enrolment.role) == (303, Role.STUDENT)
    assert answer.headers["Location"] == f"/e/{enrolment.id}/open/{door.place}"
    page = browser.iframe.get(door.url + answer.headers["Location"], timeout=20)
    assert page.status_code == 200
    assert "Exit ticket" in page.text
    assert f"frame-ancestors 'self' {door.practice.url}" in page.headers["Content-Security-Policy"]
