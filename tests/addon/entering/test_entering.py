"""The way in: from Classroom's iframe over Google's window to the checkpoint."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from integrations.classroom.scopes import ADDON_STUDENT as STUDENT_SCOPE
from integrations.classroom.scopes import ADDON_TEACHER as TEACHER_SCOPE
from integrations.practice.school import DOMAIN
from lti_app.addon.models import AddOnSubmission, AddOnTicket, AddOnToken, AddOnVisit
from lti_app.addon.openings import attachment_opened
from lti_app.db import now
from lti_app.people.models import Identity, Person, Role, Section, Team, TeamMember
from lti_app.sync.models import GoogleAccount

CONTEXT = "classroom.courseWork.getAddOnContext"


def asked_of_google(door) -> int:
    """How often Classroom or Google's sign-in was asked for anything."""
    return sum(door.practice.mischief.calls.values())


def scopes_of(url: str) -> set[str]:
    return set(parse_qs(urlsplit(url).query)["scope"][0].split())


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


def test_of_a_child_only_an_access_token_of_an_hour_is_kept(door):
    door.open_section()
    browser = door.browser()

    google = browser.set_out(browser.open("student", door.attach()))
    asked = parse_qs(urlsplit(google).query)
    browser.at_google(google, door.student())

    assert scopes_of(google) == {"openid", "email", "profile", STUDENT_SCOPE}
    assert "access_type" not in asked
    assert door.rows(GoogleAccount) == []
    (kept,) = door.rows(AddOnToken)
    assert (kept.expires_at - now()).total_seconds() <= 3600
    with door.database.transaction() as session:
        session.execute(update(AddOnToken).values(expires_at=now()))
    door.app.extensions["pathways.jobs"]["forget_add_on_tokens"].call_local()
    assert door.rows(AddOnToken) == []


def test_the_next_time_a_student_goes_straight_in_without_a_word_to_google(door):
    door.open_section()
    attachment = door.attach()
    ana, browser = door.student(), door.browser()
    landing = browser.enter(ana, "student", attachment).headers["Location"]

    before = asked_of_google(door)
    for hint in (..., ana.google_id):
        answer = browser.open("student", attachment, login_hint=hint)
        assert (answer.status_code, answer.headers.get("Location")) == (303, landing)
    assert asked_of_google(door) == before


def test_at_another_attachment_classroom_is_asked_once_for_the_work_there(door):
    door.open_section()
    first, second = door.attach(), door.attach("Second")
    ana, browser = door.student(), door.browser()
    browser.enter(ana, "student", first)

    before = door.practice.mischief.calls[CONTEXT]
    assert browser.open("student", second).status_code == 303
    assert browser.open("student", second).status_code == 303

    assert door.practice.mischief.calls[CONTEXT] == before + 1
    kept = {(one.attachment_id, one.submission_id) for one in door.rows(AddOnSubmission)}
    assert kept == {(one, door.submission_id(ana, one)) for one in (first, second)}


@pytest.mark.parametrize("trouble", ["server_error", "too_many_requests"])
def test_who_is_in_the_class_comes_in_also_while_google_is_down(door, trouble):
    door.open_section()
    first, second = door.attach(), door.attach("Second")
    browser = door.browser()
    browser.enter(door.student(), "student", first)

    door.practice.mischief.next(CONTEXT, trouble)

    assert browser.open("student", second).status_code == 303


def test_a_token_that_ended_keeps_nobody_out_of_their_class(door):
    door.open_section()
    first, second = door.attach(), door.attach("Second")
    browser = door.browser()
    browser.enter(door.student(), "student", first)
    door.practice.google.expire_tokens()

    assert browser.open("student", second).status_code == 303

    assert door.rows(AddOnToken) == []


def test_a_teacher_opens_the_course_first_and_owns_its_team(door):
    elena, browser = door.teacher, door.browser()

    frame = browser.open("discovery")
    google = browser.set_out(frame)
    browser.at_google(google, elena)
    landing = browser.come_in(frame).headers["Location"]

    asked = parse_qs(urlsplit(google).query)
    assert scopes_of(google) == {"openid", "email", "profile", TEACHER_SCOPE}
    assert asked["access_type"] == ["offline"]
    (section,) = door.rows(Section)
    assert (section.source, section.external_id) == ("google", door.course_id)
    assert section.title == "Class of Elena Ortiz"
    enrolment = door.enrolment(elena)
    assert enrolment.role == Role.TEACHER
    (member,) = door.rows(TeamMember)
    assert (member.person_id, member.role) == (enrolment.person_id, "owner")
    (visit,) = door.rows(AddOnVisit)
    assert landing == f"/e/{enrolment.id}/addon/attach/{visit.id}"
    assert (visit.item_id, visit.item_type, visit.view) == (door.item_id, "courseWork", "discovery")
    (account,) = door.rows(GoogleAccount)
    assert TEACHER_SCOPE in account.scopes


def test_a_teacher_whose_courses_we_may_read_finds_the_course_by_its_name(door):
    elena = door.teacher
    courses = "https://www.googleapis.com/auth/classroom.courses.readonly"
    door.practice.google.granted[elena.id] = frozenset({"openid", courses})

    browser = door.browser()
    google = browser.set_out(frame := browser.open("discovery"))
    last = browser.at_google(google, elena)
    # Google gives no lasting access where it was given before: it is asked for once more.
    assert "prompt=consent" in last.url
    browser.at_google(last.url, elena)
    browser.come_in(frame)

    (section,) = door.rows(Section)
    assert section.title == door.course.title
    (account,) = door.rows(GoogleAccount)
    assert {courses, TEACHER_SCOPE} <= set(account.scopes)


def test_with_a_grant_that_is_there_a_teacher_signs_in_elsewhere_without_a_word(door):
    elena = door.teacher
    door.browser().enter(elena, "discovery")

    browser = door.browser()
    frame = browser.open("discovery", login_hint=elena.google_id)
    last = browser.window.get(browser.set_out(frame), timeout=20)

    assert "You are signed in." in last.text, "Google asked nothing"
    assert browser.come_in(frame).status_code == 303
    assert len(door.rows(GoogleAccount)) == 1


@pytest.mark.parametrize("view", ["teacher", "upgrade", "review"])
def test_views_of_a_teacher_lead_to_their_pages(door, view):
    door.open_section()
    attachment = door.attach()
    more = {
        "teacher": {},
        "upgrade": {"urlToUpgrade": "https://pathways.example.org/x"},
        "review": {"submissionId": door.submission_id(door.student(), attachment)},
    }[view]

    landing = door.browser().enter(door.teacher, view, attachment, **more).headers["Location"]

    below = f"/e/{door.enrolment(door.teacher).id}/"
    if view == "teacher":
        assert landing == f"{below}open/{door.place}"
    else:
        (visit,) = door.rows(AddOnVisit)
        assert landing == f"{below}addon/{view}/{visit.id}"
        assert (visit.url_to_upgrade, visit.submission_id) == (
            more.get("urlToUpgrade", ""),
            more.get("submissionId", ""),
        )


def test_the_section_that_is_connected_with_the_course_is_the_one(door):
    section_id, student_id = door.connect_section()

    door.browser().enter(door.student(), "student", door.attach())

    assert [one.id for one in door.rows(Section)] == [section_id]
    assert door.enrolment(door.student()).person_id == student_id
    assert {one.name for one in door.rows(Person)} == {"Elena Ortiz", "As the roster says"}


def test_nobody_is_linked_by_an_address(door):
    """The same address at Google, in another account: another person."""
    door.open_section()
    attachment, ana = door.attach(), door.student()
    door.browser().enter(ana, "student", attachment)
    door.practice.google.otherwise = {"sub": "999", "email": ana.email}

    door.browser().enter(ana, "student", attachment)

    assert {one.subject for one in door.rows(Identity)} == {ana.google_id, "999"}
    assert len(door.rows(Person)) == 2


def test_a_student_before_the_teacher_is_told_so_and_is_not_lost(door):
    attachment, ana, browser = door.attach(), door.student(), door.browser()

    landing = browser.enter(ana, "student", attachment).headers["Location"]
    waiting = browser.get(landing)

    assert "Your teacher must open Pathways first" in waiting.text
    assert door.rows(Section) == []
    assert door.rows(Team)[0].name == "Grade 5"
    door.browser().enter(door.teacher, "teacher", attachment)
    again = browser.get(landing)
    assert again.status_code == 303
    assert again.headers["Location"] == f"/e/{door.enrolment(ana).id}/open/{door.place}"


def test_those_who_listen_hear_of_an_opening_with_classrooms_word(door):
    section_id = door.open_section()
    attachment, ana = door.attach(), door.student()
    heard = []

    def hear(_session, opened):
        heard.append(opened)

    with attachment_opened.connected_to(hear):
        door.browser().enter(ana, "student", attachment)

    (opened,) = heard
    assert opened.section.id == section_id
    assert opened.submission_id == door.submission_id(ana, attachment)
    assert (opened.role, opened.person_id) == (Role.STUDENT, door.enrolment(ana).person_id)
    assert (opened.opening.attachment_id, str(opened.opening.place)) == (attachment, door.place)


def test_what_a_listener_can_not_take_in_lets_nobody_in(door):
    door.open_section()
    browser, before = door.browser(), door.counts()

    def trip(_session, opened):
        raise RuntimeError

    frame = browser.open("student", door.attach())
    with attachment_opened.connected_to(trip):
        assert browser.sign_in(frame, door.student()).status_code == 500

    assert door.counts() == before
    assert not browser.is_ready(frame)


def test_materials_and_announcements_have_no_work_to_hand_in(door):
    door.open_section()
    classroom = door.practice.classroom
    works = classroom.works[door.course_id]
    material = next(work["id"] for work in works if work["_material"])
    for item_type, item_id in (
        ("courseWorkMaterial", material),
        ("announcements", f"{door.course_id}7777"),
    ):
        classroom.attachments[door.course_id, item_id] = [{"id": "a1"}]
        answer = door.browser().enter(
            door.student(), "student", "a1", itemType=item_type, itemId=item_id
        )
        assert answer.status_code == 303
    assert door.rows(AddOnSubmission) == []


def test_somebody_else_in_classroom_is_shown_who_is_here_and_can_switch(door):
    door.open_section()
    attachment, ana, ben = door.attach(), door.student(0), door.student(1)
    browser = door.browser()
    browser.enter(ana, "student", attachment)

    frame = browser.open("student", attachment, login_hint=ben.google_id)
    assert frame.status_code == 200
    assert f"Pathways is open here for {ana.name}" in frame.text
    google = browser.set_out(frame)
    assert parse_qs(urlsplit(google).query)["login_hint"] == [ben.google_id]
    browser.at_google(google, ben)
    landing = browser.come_in(frame).headers["Location"]

    assert landing.startswith(f"/e/{door.enrolment(ben).id}/")
    assert {person.name for person in door.rows(Person)} == {ana.name, ben.name}


def test_in_a_window_of_its_own_somebody_comes_in_right_there(door):
    """No iframe hears the window: it is where the work is done."""
    door.open_section()
    attachment, ana, browser = door.attach(), door.student(), door.browser()

    frame = browser.open("student", attachment)
    browser.set_out(frame)
    query = {**door.query("student", attachment), "view": "student", "here": "1"}
    google = browser.window.get(f"{door.url}/addon/sign-in", params=query, timeout=20)
    page = browser.at_google(google.url, ana)

    assert "Exit ticket" in page.text
    assert page.url.startswith(f"{door.url}/e/{door.enrolment(ana).id}/")
    assert door.rows(AddOnTicket) == []


def test_the_domain_is_not_registered_as_a_plain_ending(door):
    assert DOMAIN == "maple.example.org"
    door.open_section()
    door.practice.google.otherwise = {"hd": f"x.{DOMAIN}"}
    browser, before = door.browser(), door.counts()

    last = browser.sign_in(browser.open("student", door.attach()), door.student())

    assert "not from a school that uses Pathways" in last.text
    assert door.counts() == before
