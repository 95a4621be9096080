"""Who does not come in: told plainly, and nothing is written."""

from datetime import timedelta

import pytest
import requests
import time_machine

from integrations.practice.google_oauth import PracticeGoogle
from lti_app.addon.models import AddOnToken, AddOnVisit
from lti_app.db import now
from lti_app.people.models import District, Enrolment, Identity, Person, Role, Section
from lti_app.sync.models import GoogleAccount

CONTEXT = "classroom.courseWork.getAddOnContext"


@pytest.fixture
def attachment(door) -> str:
    """The course has a section, and our checkpoint hangs at its first assignment."""
    door.open_section()
    return door.attach()


def refused(door, browser, person, said, *, view="student", attachment="", **how) -> None:
    """The sign-in ends with these words in the window, and nobody comes in."""
    frame, before = browser.open(view, attachment), door.counts()
    last = browser.sign_in(frame, person, **how)
    assert last.status_code >= 400
    assert said in last.text, last.text
    assert "Close this window" in last.text
    assert door.counts() == before
    assert not browser.is_ready(frame)


def test_a_private_account(door, attachment):
    door.practice.google.otherwise = {"hd": None}
    refused(door, door.browser(), door.student(), "not from a school", attachment=attachment)


def test_a_student_of_another_course(door, attachment):
    said = "This account is not in this class."
    refused(door, door.browser(), door.stranger, said, attachment=attachment)


def test_an_attachment_that_is_not_there(door, attachment):
    said = "This account is not in this class."
    refused(door, door.browser(), door.student(), said, attachment="made-up")


def test_no_is_said_at_google(door, attachment):
    refused(
        door,
        door.browser(),
        door.student(),
        "You said no at Google.",
        attachment=attachment,
        decision="deny",
    )


@pytest.mark.parametrize(
    ("view", "said"),
    [("student", "needs one more yes"), ("teacher", "A box at Google was not ticked.")],
)
def test_the_box_that_is_needed_is_not_ticked(door, attachment, view, said):
    who = door.student() if view == "student" else door.teacher
    refused(door, door.browser(), who, said, view=view, attachment=attachment, without="addons")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("admin_policy_enforced", "Your school does not allow Pathways at Google."),
        ("access_not_configured", "Your school has not set up Pathways at Google yet."),
        ("org_internal", "Your school does not allow Pathways at Google."),
        ("whatever_google_says", "Google does not accept Pathways right now."),
    ],
)
def test_the_district_has_not_allowed_us(door, attachment, error, said):
    browser = door.browser()
    google = browser.set_out(browser.open("student", attachment))
    state = requests.utils.urlparse(google).query.partition("state=")[2].partition("&")[0]

    last = browser.window.get(
        f"{door.url}/addon/signed-in", params={"error": error, "state": state}, timeout=20
    )

    assert said in last.text
    assert "Tell your teacher" in last.text


@pytest.mark.parametrize("endpoint", ["google.token", "google.certs", CONTEXT])
def test_google_is_down(door, attachment, endpoint):
    door.practice.mischief.next(endpoint, "server_error")
    said = "Google does not answer us right now."
    refused(door, door.browser(), door.student(), said, attachment=attachment)


def test_the_window_of_another_browser(door, attachment):
    """Somebody sends a link in the middle of their own sign-in to somebody else."""
    browser, other = door.browser(), door.browser()
    google = browser.set_out(browser.open("student", attachment))

    last = other.at_google(google, door.student())

    assert "does not belong to a sign-in" in last.text
    assert door.rows(Enrolment) == []


def test_a_window_that_is_sent_back_twice(door, attachment):
    browser = door.browser()
    frame = browser.open("student", attachment)
    last = browser.sign_in(frame, door.student())

    again = browser.window.get(last.url, timeout=20)

    assert "does not belong to a sign-in" in again.text
    assert browser.is_ready(frame)


def test_a_sign_in_that_took_too_long(door, attachment):
    browser = door.browser()
    google = browser.set_out(browser.open("student", attachment))

    with time_machine.travel(now() + timedelta(minutes=11), tick=True):
        last = browser.at_google(google, door.student())

    assert "This sign-in took too long." in last.text


def signed_in(door, attachment):
    browser = door.browser()
    frame = browser.open("student", attachment)
    browser.sign_in(frame, door.student())
    return browser, frame


def test_a_ticket_lets_in_once(door, attachment):
    browser, frame = signed_in(door, attachment)
    assert browser.come_in(frame).status_code == 303

    again = browser.come_in(frame)

    assert again.status_code == 400
    assert "This sign-in was used or took too long." in again.text
    assert f"frame-ancestors 'self' {door.practice.url}" in again.headers["Content-Security-Policy"]


def test_a_ticket_comes_late(door, attachment):
    browser, frame = signed_in(door, attachment)
    with time_machine.travel(now() + timedelta(minutes=3), tick=True):
        assert not browser.is_ready(frame)
        assert browser.come_in(frame).status_code == 400


@pytest.mark.parametrize("wrong", ["key", "channel"])
def test_a_ticket_with_one_secret_only_opens_nothing_and_stays_good(door, attachment, wrong):
    browser, frame = signed_in(door, attachment)

    stolen = browser.come_in(frame, **{wrong: "guessed"})
    empty = browser.come_in(frame, **{wrong: ""})

    assert (stolen.status_code, empty.status_code) == (400, 400)
    assert browser.come_in(frame).status_code == 303


def test_the_ticket_of_one_iframe_is_no_use_in_another(door, attachment):
    browser, _frame = signed_in(door, attachment)
    thief = door.browser()
    thief.key = browser.key

    assert thief.come_in(thief.open("student", attachment)).status_code == 400


@pytest.mark.parametrize("view", ["discovery", "upgrade", "review"])
def test_a_student_in_a_view_for_teachers(door, attachment, view):
    """Nobody trusts an address: what a child's browser is led to gives no more than their own."""
    more = {
        "discovery": {},
        "upgrade": {"urlToUpgrade": "https://pathways.example.org/x"},
        "review": {"submissionId": "s1"},
    }[view]
    ana, browser = door.student(), door.browser()
    frame, before = browser.open(view, attachment, **more), door.counts()

    last = browser.sign_in(frame, ana)

    assert "This part is for teachers." in last.text
    assert door.counts() == before
    google: PracticeGoogle = door.practice.google
    assert ana.id not in google.granted, "what would last longer than an hour is given back"

    browser = door.browser()
    browser.enter(ana, "student", attachment)
    straight = browser.open(view, attachment, **more)
    assert straight.status_code == 403
    assert "This part is for teachers." in straight.text
    assert door.rows(AddOnVisit) == []


def test_a_student_in_the_teachers_view_is_a_student(door, attachment):
    ana = door.student()

    landing = door.browser().enter(ana, "teacher", attachment).headers["Location"]

    enrolment = door.enrolment(ana)
    assert enrolment.role == Role.STUDENT
    assert landing == f"/e/{enrolment.id}/open/{door.place}"
    assert door.rows(GoogleAccount) == []
    assert door.rows(AddOnToken) == []


def test_a_teacher_in_the_students_view_is_a_teacher_and_gives_no_lasting_grant(door, attachment):
    door.browser().enter(door.teacher, "student", attachment)

    assert door.enrolment(door.teacher).role == Role.TEACHER
    assert door.rows(GoogleAccount) == []
    assert door.rows(AddOnToken) == []


def test_another_course_in_the_address_opens_nothing(door, attachment):
    other = list(door.practice.school.courses.values())[1]
    course_id = door.practice.classroom.google_course_id(other.id)
    item_id = door.practice.classroom.works[course_id][0]["id"]
    door.practice.classroom.attachments[course_id, item_id] = [{"id": attachment}]
    ana, browser = door.student(), door.browser()
    browser.enter(ana, "student", attachment)

    answer = browser.open("student", attachment, courseId=course_id, itemId=item_id)

    assert answer.status_code == 403
    assert "This account is not in this class." in answer.text
    assert door.enrolment(ana).active
    assert len(door.rows(Section)) == 1


def test_who_left_the_course_loses_access_and_is_back_with_it(door, attachment):
    ana, browser = door.student(), door.browser()
    landing = browser.enter(ana, "student", attachment).headers["Location"]
    door.course.leave(ana.id)

    second = door.attach("Second")
    said = browser.open("student", second)
    assert (said.status_code, door.enrolment(ana).active) == (403, False)
    assert "This account is not in this class." in said.text
    assert browser.get(landing).status_code == 401
    assert browser.open("student", attachment).status_code == 403

    door.course.student_ids.append(ana.id)
    assert browser.open("student", attachment).status_code == 303
    assert door.enrolment(ana).active


def test_who_left_and_signs_in_anew_loses_access(door, attachment):
    ana = door.student()
    door.browser().enter(ana, "student", attachment)
    door.course.leave(ana.id)

    browser = door.browser()
    last = browser.sign_in(browser.open("student", attachment), ana)

    assert "This account is not in this class." in last.text
    assert not door.enrolment(ana).active


def test_in_the_section_of_a_platform_classroom_takes_nobody_out(door):
    door.connect_section()
    attachment, browser, ana = door.attach(), door.browser(), door.student()
    door.course.leave(ana.id)

    last = browser.sign_in(browser.open("student", attachment), ana)

    assert "This account is not in this class." in last.text
    assert door.enrolment(ana).active


def test_an_enrolment_that_ended_here_lets_nobody_straight_in(door, attachment):
    ana, browser = door.student(), door.browser()
    landing = browser.enter(ana, "student", attachment).headers["Location"]
    with door.database.transaction(district_id=door.district_id) as session:
        session.get_one(Enrolment, door.enrolment(ana).id).active = False
        session.query(AddOnToken).delete()

    assert "Open Pathways" in browser.open("student", attachment).text
    assert browser.get(landing).status_code == 401


def test_a_teacher_who_took_their_grant_back_is_asked_again(door, attachment):
    elena, browser = door.teacher, door.browser()
    browser.enter(elena, "discovery")
    door.practice.google.revoke()
    with door.database.transaction(district_id=door.district_id) as session:
        account = session.get_one(GoogleAccount, door.enrolment(elena).person_id)
        account.access_token = None
        session.get_one(Enrolment, door.enrolment(elena).id).active = False

    frame = browser.open("discovery", login_hint=elena.google_id)
    assert "Open Pathways" in frame.text
    assert door.rows(GoogleAccount)[0].broken_at is not None
    browser.sign_in(frame, elena)

    assert browser.come_in(frame).status_code == 303
    assert door.rows(GoogleAccount)[0].broken_at is None


@pytest.mark.parametrize(
    ("view", "changes"),
    [
        ("student", {"courseId": ...}),
        ("student", {"courseId": "../1"}),
        ("student", {"itemId": ""}),
        ("student", {"itemType": "quiz"}),
        ("student", {"attachmentId": ...}),
        ("student", {"open": "checkpoint-x"}),
        ("student", {"open": "secret-1"}),
        ("teacher", {"attachmentId": "1/2"}),
        ("discovery", {"addOnToken": ...}),
        ("discovery", {"addOnToken": "t" * 1001}),
        ("upgrade", {"urlToUpgrade": ...}),
        ("review", {"submissionId": ...}),
    ],
)
def test_an_address_that_is_not_whole(door, attachment, view, changes):
    answer = door.browser().open(view, attachment, **changes)

    assert answer.status_code == 400
    assert "Google Classroom did not say what to open." in answer.text
    assert (
        f"frame-ancestors 'self' {door.practice.url}" in answer.headers["Content-Security-Policy"]
    )


def test_no_such_view(door, attachment):
    assert door.browser().open("everything", attachment).status_code == 404


def test_only_classroom_frames_the_iframes_and_nobody_the_window(door, attachment):
    browser = door.browser()
    frame = browser.open("student", attachment)
    policy = frame.headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors 'self' {door.practice.url}")

    query = {**door.query("student", attachment), "view": "student", "channel": "c"}
    window = browser.window.get(f"{door.url}/addon/sign-in", params=query, timeout=20)
    assert window.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert "Location" not in frame.headers


def test_a_login_of_the_district_is_no_login_of_another(door, attachment):
    """The same Google id, known in another district too: the domain says which one it is."""
    with door.database.transaction() as session:
        session.add(other := District(name="Birch"))
        session.flush()
        other_id = other.id
    with door.database.transaction(district_id=other_id) as session:
        session.add(person := Person(name="Somebody of Birch"))
        session.flush()
        session.add(
            Identity(person_id=person.id, source="google", subject=door.student().google_id)
        )

    door.browser().enter(door.student(), "student", attachment)

    assert {one.district_id for one in door.rows(Enrolment)} == {door.district_id}
    assert {one.name for one in door.rows(Person)} == {"Somebody of Birch", door.student().name}
