"""The day: attendance in one tap, the door, what changed, the family, the calendar."""

import re
from datetime import date, timedelta

import icalendar
import pytest
from sqlalchemy import select

from lti_app.coaching import attendance, upkeep
from lti_app.coaching.models import (
    CoachingSession,
    GapHelp,
    GapState,
    Invitation,
    InvitationState,
    Outcome,
    WalkIn,
)
from lti_app.people.models import Person
from tests.coaching.coaching_room import (
    MONDAY,
    at,
    colleague,
    flag,
    gap_of,
    invite,
    leave,
    open_session,
    score,
)
from tests.school import browser_of, make_school

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def session_id(database, school):
    """Ten o'clock on Monday with the first student, who was flagged."""
    return invite(
        database, school, [flag(database, school, school.student_ids[0])], starts_at=at("10:00")
    )


def _send(teacher, session_id, *marks):
    return teacher.client.post(
        f"{teacher.base}/coaching/{session_id}/attendance",
        json={"marks": [dict(zip(("person", "here", "at"), one, strict=True)) for one in marks]},
    )


def _ms(clock):
    return at(clock).timestamp() * 1000


def _state(database):
    with database.session() as session:
        return session.scalars(select(Invitation.state)).one()


def test_one_tap_marks_a_student_and_another_takes_it_back(
    database, school, teacher, session_id, monday
):
    kid = school.student_ids[0]
    monday.move_to(at("10:05"))
    teacher.post(f"/coaching/{session_id}/attendance", person=kid, here="yes")
    assert _state(database) == InvitationState.ATTENDED
    assert gap_of(database, kid, school.target_id).state == GapState.ATTENDED
    monday.shift(timedelta(seconds=5))
    teacher.post(f"/coaching/{session_id}/attendance", person=kid, here="no")
    assert _state(database) == InvitationState.MISSED
    assert gap_of(database, kid, school.target_id).state == GapState.OPEN
    with database.session() as session:
        assert session.scalars(select(GapHelp)).all() == []


def test_taps_kept_through_a_lost_connection_count_by_their_own_time_however_often_they_come(
    database, school, teacher, session_id, monday
):
    kid, other = school.student_ids[:2]
    monday.move_to(at("10:12"))
    late = [(kid, True, _ms("10:03")), (kid, False, _ms("10:02")), (other, True, _ms("10:04"))]
    assert _send(teacher, session_id, *late).json == {"taken": 3}
    assert _send(teacher, session_id, *late).json == {"taken": 3}
    # Something older arrives last: it changes nothing.
    _send(teacher, session_id, (kid, False, _ms("10:01")))
    assert _state(database) == InvitationState.ATTENDED
    with database.session() as session:
        assert session.scalars(select(WalkIn.person_id)).all() == [other]


def test_a_tablet_whose_clock_is_ahead_does_not_outrank_later_taps(
    database, school, teacher, session_id, monday
):
    kid = school.student_ids[0]
    monday.move_to(at("10:05"))
    _send(teacher, session_id, (kid, True, _ms("15:00")))
    monday.move_to(at("10:06"))
    _send(teacher, session_id, (kid, False, _ms("10:06")))
    assert _state(database) == InvitationState.MISSED


@pytest.mark.parametrize(
    "sent",
    [
        [],
        {"marks": "all"},
        {"marks": [1]},
        {"marks": [{"person": "x", "here": True, "at": 1}]},
        {"marks": [{"person": 3, "here": "yes", "at": 1}]},
        {"marks": [{"person": 3, "here": True, "at": 1e30}]},
        {"marks": [{"person": 2**40, "here": True, "at": 1}]},
        {"marks": [{"person": 3, "here": True, "at": 1}] * 201},
    ],
)
def test_what_no_tablet_of_ours_sends_is_refused(teacher, session_id, sent):
    path = f"{teacher.base}/coaching/{session_id}/attendance"
    assert teacher.client.post(path, json=sent).status_code == 400


def test_a_strangers_number_lets_nobody_in(database, school, teacher, session_id):
    birch = make_school(database, name="Birch")
    _send(teacher, session_id, (birch.student_ids[0], True, _ms("07:00")), (999, True, 1))
    assert teacher.post(f"/coaching/{session_id}/let-in", person=999).status_code == 400
    with database.session() as session:
        assert session.scalars(select(WalkIn)).all() == []


def test_the_letters_on_a_students_screen_open_the_door_today(
    app, database, school, teacher, session_id, monday
):
    kid = school.student_ids[1]
    page = browser_of(app, school, kid).get("/day").text
    letters = re.search(r'class="join-code"[^>]*>([A-Z2-9]{4})<', page)[1]
    typed = f" {letters.lower()[:2]}-{letters.lower()[2:]}"
    assert teacher.post(f"/coaching/{session_id}/let-in", code=typed).status_code == 302
    with database.session() as session:
        (walk_in,) = session.scalars(select(WalkIn)).all()
        assert (walk_in.person_id, walk_in.here) == (kid, True)
    for wrong in ("", "AB", "0000", "ZZZZZZ"):
        assert teacher.post(f"/coaching/{session_id}/let-in", code=wrong).status_code == 400
    monday.shift(timedelta(days=1))
    tomorrow = browser_of(app, school, school.teacher_id)
    assert tomorrow.post(f"/coaching/{session_id}/let-in", code=letters).status_code == 400


def test_two_children_may_have_the_same_letters_then_the_name_decides(database, school):
    secret, day = "s" * 40, date(2026, 11, 30)
    codes = {attendance.code_of(secret, person, day) for person in range(1, 105)}
    assert len(codes) > 100
    with database.session(district_id=school.district_id) as session:
        code = attendance.code_of(secret, school.student_ids[0], day)
        (found,) = attendance.who_has(session, school.team_id, code, secret, day)
        assert isinstance(found, Person)


def test_a_walk_in_with_the_same_need_is_helped_as_well(
    database, school, teacher, session_id, monday
):
    kid = school.student_ids[1]
    flag(database, school, kid)
    monday.move_to(at("10:05"))
    teacher.post(f"/coaching/{session_id}/let-in", person=kid)
    assert gap_of(database, kid, school.target_id).state == GapState.ATTENDED
    with database.session() as session:
        assert len(session.scalars(select(GapHelp)).all()) == 1


def test_who_has_no_mark_when_it_is_over_has_missed_it_where_attendance_was_taken(
    database, school, teacher, monday
):
    one, two = school.student_ids[:2]
    coaching = invite(
        database,
        school,
        [flag(database, school, one), flag(database, school, two)],
        starts_at=at("10:00"),
    )
    monday.move_to(at("10:05"))
    teacher.post(f"/coaching/{coaching}/attendance", person=one, here="yes")
    monday.move_to(at("10:21"))
    upkeep.once(database)
    upkeep.once(database)
    with database.session() as session:
        states = dict(session.execute(select(Invitation.person_id, Invitation.state)).all())
    assert states == {one: InvitationState.ATTENDED, two: InvitationState.MISSED}
    assert gap_of(database, one, school.target_id).state == GapState.ATTENDED
    assert gap_of(database, two, school.target_id).state == GapState.OPEN


def test_the_teachers_word_closes_a_gap_or_raises_it(database, school, teacher, monday):
    one, two = school.student_ids[:2]
    coaching = invite(
        database,
        school,
        [flag(database, school, one), flag(database, school, two)],
        starts_at=at("10:00"),
    )
    monday.move_to(at("10:15"))
    for kid, answer in ((one, "yes"), (two, "no")):
        teacher.post(f"/coaching/{coaching}/attendance", person=kid, here="yes")
        for _again in range(2):
            teacher.post(f"/coaching/{coaching}/got-it", person=kid, answer=answer)
    assert gap_of(database, one, school.target_id).state == GapState.CLOSED
    still = gap_of(database, two, school.target_id)
    assert (still.state, still.raised) == (GapState.OPEN, 1)
    page = " ".join(teacher.get("/what-helped").text.split())
    assert "1 (50 %)" in page
    with database.session() as session:
        outcomes = sorted(session.scalars(select(GapHelp.outcome)))
    assert outcomes == [Outcome.CLOSED, Outcome.RAISED]


def test_a_one_minute_check_is_offered_and_decides(
    app, database, school, teacher, session_id, monday
):
    kid = school.student_ids[0]
    form = {"note": "Strips helped.", "check": school.checkpoint_id}
    assert teacher.post(f"/coaching/{session_id}/note", **form).status_code == 302
    assert "Strips helped." in teacher.get(f"/coaching/{session_id}").text
    assert teacher.post(f"/coaching/{session_id}/note", note="", check=999).status_code == 400
    assert teacher.post(f"/coaching/{session_id}/note", note="x" * 2001).status_code == 400
    monday.move_to(at("10:15"))
    teacher.post(f"/coaching/{session_id}/attendance", person=kid, here="yes")
    page = browser_of(app, school, kid).get("/day").text
    assert "Do the one-minute check" in page
    monday.move_to(at("10:25"))
    score(database, school, kid, 4)
    assert gap_of(database, kid, school.target_id).state == GapState.CLOSED
    assert "has answered the check" in teacher.get(f"/coaching/{session_id}").text


def test_a_full_session_asks_the_teacher_for_another_time(
    app, database, school, teacher, session_id
):
    for kid in school.student_ids[1:]:
        browser_of(app, school, kid).post(f"/coaching/{session_id}/join")
    browser_of(app, school, school.student_ids[0]).post("/invitations/1", answer="accepted")
    assert "3 come, 1 were planned." in teacher.get(f"/coaching/{session_id}").text
    again = teacher.post(f"/coaching/{session_id}/repeat", day=MONDAY.isoformat(), clock="11:00")
    assert again.status_code == 302
    assert "11:00" in browser_of(app, school, school.student_ids[1]).get("/day").text
    clash = teacher.post(f"/coaching/{session_id}/repeat", day=MONDAY.isoformat(), clock="11:10")
    assert clash.status_code == 400
    with database.session() as session:
        assert session.get_one(CoachingSession, 2).repeats_id == session_id


def test_the_board_says_what_is_on_now_and_next(app, database, school, teacher, session_id, monday):
    chen = colleague(database, school)
    open_session(database, school, starts_at=at("10:10"), teacher_id=chen)
    open_session(database, school, starts_at=at("13:00"), teacher_id=chen)
    monday.move_to(at("10:05"))
    page = browser_of(app, school, school.student_ids[2]).get("/day/board").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert text.index("Now") < text.index("Ms. Ortiz") < text.index("Next · 10:10")
    assert text.index("Next · 10:10") < text.index("Later") < text.index("1:00 PM")
    assert school.names[school.student_ids[0]] not in text
    monday.move_to(at("16:00"))
    assert "No more sessions today." in teacher.get("/day/board").text


def test_pages_remind_of_what_is_to_come_and_of_what_changed(
    app, database, school, teacher, session_id
):
    kid = school.student_ids[0]
    browser = browser_of(app, school, kid)
    (one,) = browser.get("/day/next").json["coming"]
    assert one["starts"] == _ms("10:00")
    assert one["words"].startswith("Ms. Ortiz waits for you at 10:00")
    assert browser_of(app, school, school.student_ids[1]).get("/day/next").json["coming"] == []
    assert len(teacher.get("/day/next").json["coming"]) == 1
    teacher.post(f"/coaching/{session_id}/cancel")
    told = browser.get("/day/next").json
    assert (told["coming"], told["changed"]) == ([], 1)
    browser.post("/day/read")
    assert browser.get("/day/next").json["changed"] == 0


def test_a_student_may_say_no_with_a_word_and_is_free(app, database, school, teacher, session_id):
    kid = school.student_ids[0]
    browser_of(app, school, kid).post("/invitations/1", answer="declined", word="I know it now")
    page = teacher.get(f"/coaching/{session_id}").text
    assert "does not come" in page
    assert "I know it now" in page
    assert gap_of(database, kid, school.target_id).state == GapState.OPEN


def test_a_family_page_speaks_of_one_child_kindly_in_two_languages(
    database, school, teacher, session_id
):
    kid, other = school.student_ids[:2]
    score(database, school, kid, 4)
    flag(database, school, other)
    page = teacher.get(f"/students/{kid}/family").text
    assert "1 target is met in all." in page
    assert school.names[other] not in page
    assert "below" not in page
    spanish = teacher.get(f"/students/{kid}/family?in=es").text
    assert "News from class" not in spanish
    assert teacher.get(f"/students/{kid}/family?in=xx").status_code == 404


def _calendar(app, browser):
    browser.post("/my-calendar")
    page = browser.get("/my-calendar").text
    return re.search(r'value="http://127.0.0.1:8000(/calendar/[^"]+)"', page)[1]


def test_a_private_calendar_has_my_sessions_in_the_schools_time(app, database, school, monday):
    """The clock springs forward on 2026-03-08: ten o'clock stays ten o'clock."""
    friday, following = date(2026, 3, 6), date(2026, 3, 9)
    monday.move_to(at("07:00", friday))
    kid, other = school.student_ids[:2]
    invite(database, school, [flag(database, school, kid)], starts_at=at("10:00", friday))
    spring = open_session(database, school, starts_at=at("10:00", following))
    browser = browser_of(app, school, kid)
    browser.post(f"/coaching/{spring}/join")
    address = _calendar(app, browser)
    answer = app.test_client().get(address)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert school.names[other] not in answer.text
    made = icalendar.Calendar.from_ical(answer.data)
    first, second = made.walk("VEVENT")
    assert str(first["summary"]) == (
        "Ms. Ortiz can help: I can multiply a fraction by a whole number."
    )
    assert first.decoded("dtstart") == at("10:00", friday)
    assert second.decoded("dtstart") == at("10:00", following)
    assert first["dtstart"].params["TZID"] == "America/New_York"
    assert (first.decoded("dtstart").hour, second.decoded("dtstart").hour) == (10, 10)
    assert [str(zone["tzid"]) for zone in made.walk("VTIMEZONE")] == ["America/New_York"]
    assert len(first.walk("VALARM")) == 2
    tag = answer.headers["ETag"]
    assert app.test_client().get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_calendar_follows_what_is_moved_and_called_off(
    app, database, school, teacher, session_id
):
    address = _calendar(app, teacher)

    def event():
        (one,) = icalendar.Calendar.from_ical(app.test_client().get(address).data).walk("VEVENT")
        return one

    before = event()
    form = {"day": MONDAY.isoformat(), "clock": "10:30", "minutes": 20, "room": "14"}
    teacher.post(f"/coaching/{session_id}/change", **form, teacher=school.teacher_id)
    moved = event()
    assert moved["uid"] == before["uid"]
    assert (int(before["sequence"]), int(moved["sequence"])) == (0, 1)
    assert moved.decoded("dtstart") == at("10:30")
    teacher.post(f"/coaching/{session_id}/cancel")
    assert str(event()["status"]) == "CANCELLED"
    assert int(event()["sequence"]) == 2


def test_an_address_that_was_renewed_or_stopped_opens_nothing(app, database, school, queries):
    kid = school.student_ids[0]
    browser = browser_of(app, school, kid)
    first = _calendar(app, browser)
    second = _calendar(app, browser)
    assert app.test_client().get(first).status_code == 404
    queries.clear()
    assert app.test_client().get(second).status_code == 200
    assert len(queries) <= 4
    leave(database, school, kid)
    made = icalendar.Calendar.from_ical(app.test_client().get(second).data)
    assert made.walk("VEVENT") == []
    with database.transaction() as session:
        from lti_app.people.models import Enrolment

        session.get_one(Enrolment, school.enrolment_of[kid]).active = True
    browser.post("/my-calendar/stop")
    assert app.test_client().get(second).status_code == 404
    assert "Make my address" in browser.get("/my-calendar").text
