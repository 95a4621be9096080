"""Gaps and invitations: sent twice, sent late, sent wrong, and the door that stays open."""

import datetime

import pytest
from sqlalchemy import func, select

from lti_app.coaching import sessions
from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapState,
    Invitation,
    InvitationState,
    SessionKind,
    WalkIn,
)
from lti_app.db import now
from tests.school import browser_of, make_school

TOMORROW = (datetime.date.today() + datetime.timedelta(days=1)).isoformat()  # noqa: DTZ011


@pytest.fixture
def school(database):
    return make_school(database, students=9)


def _ask(app, school, *seats):
    for seat in seats:
        browser_of(app, school, school.student_ids[seat]).post(
            f"/targets/{school.target_id}/help", note="please"
        )


def _invite(app, school, gap, **changes):
    form = {"gap": gap, "day": TOMORROW, "clock": "10:20", "minutes": 15, "room": "12"}
    return browser_of(app, school, school.teacher_id).post("/help/invite", **{**form, **changes})


def _count(database, model):
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_asking_twice_is_one_gap_with_both_words(app, database, school):
    _ask(app, school, 0, 0)
    with database.session() as session:
        gap = session.scalars(select(Gap)).one()
    assert [seen["note"] for seen in gap.evidence] == ["please", "please"]


def test_inviting_twice_makes_one_session(app, database, school):
    _ask(app, school, 0, 1)
    assert _invite(app, school, [1, 2]).status_code == 302
    again = _invite(app, school, [1, 2], clock="11:00")
    assert "Everyone you picked is invited already." in again.text
    assert _count(database, CoachingSession) == 1
    assert _count(database, Invitation) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gap": []}, "Nobody is picked."),
        ({"gap": [999]}, "Nobody is picked."),
        ({"minutes": 0}, "A session takes 5 to 120 minutes."),
        ({"minutes": "long"}, "A session takes 5 to 120 minutes."),
        ({"day": "soon"}, "The day or the time is missing."),
        ({"clock": ""}, "The day or the time is missing."),
        ({"day": "2020-01-06"}, "That time is over."),
    ],
)
def test_a_wrong_invitation_is_refused_in_words(app, database, school, changes, words):
    _ask(app, school, 0)
    answer = _invite(app, school, **{"gap": [1], **changes})
    assert answer.status_code == 400
    assert words in answer.text
    assert _count(database, CoachingSession) == 0


def test_nobody_is_booked_twice_at_one_time(app, database, school):
    _ask(app, school, 0, 1)
    _invite(app, school, [1])
    clash = _invite(app, school, [2], clock="10:30")
    assert "Ms. Ortiz has another session at that time." in clash.text
    assert _count(database, CoachingSession) == 1


@pytest.mark.parametrize(
    ("students", "kind"),
    [(1, SessionKind.ONE_TO_ONE), (6, SessionKind.SMALL_GROUP), (7, SessionKind.SEMINAR)],
)
def test_the_kind_follows_the_size_of_the_group(students, kind):
    assert sessions.kind_for(students) == kind


def test_asking_for_another_time_puts_the_student_back_on_the_teachers_list(app, database, school):
    _ask(app, school, 0)
    _invite(app, school, [1])
    student = browser_of(app, school, school.student_ids[0])
    student.post("/invitations/1", answer="other_time", word="I have band")
    assert "You asked for another time." in student.get("/").text
    teacher = browser_of(app, school, school.teacher_id)
    assert 'name="gap" value="1"' in teacher.get("/help").text
    assert "I have band" in teacher.get("/help").text
    # And the teacher can invite again, at another time.
    assert _invite(app, school, [1], clock="13:00").status_code == 302


def test_an_answer_must_be_ones_own_and_an_answer(app, database, school):
    _ask(app, school, 0)
    _invite(app, school, [1])
    stranger = browser_of(app, school, school.student_ids[1])
    assert stranger.post("/invitations/1", answer="accepted").status_code == 404
    owner = browser_of(app, school, school.student_ids[0])
    for answer in ("attended", "perhaps", ""):
        assert owner.post("/invitations/1", answer=answer).status_code == 400
    with database.session() as session:
        assert session.scalars(select(Invitation.state)).one() == InvitationState.INVITED


def test_a_full_session_still_takes_everyone_and_tells_the_teacher(app, database, school):
    _ask(app, school, 0)
    _invite(app, school, [1])
    browser_of(app, school, school.student_ids[0]).post("/invitations/1", answer="accepted")
    for seat in (1, 2, 2):
        answer = browser_of(app, school, school.student_ids[seat]).post("/coaching/1/join")
        assert answer.status_code == 302
    assert _count(database, WalkIn) == 2
    page = browser_of(app, school, school.teacher_id).get("/help").text
    assert "3 come, 1 were planned." in page


def test_an_invited_student_who_joins_accepts(app, database, school):
    _ask(app, school, 0)
    _invite(app, school, [1])
    browser_of(app, school, school.student_ids[0]).post("/coaching/1/join")
    assert _count(database, WalkIn) == 0
    with database.session() as session:
        assert session.scalars(select(Invitation.state)).one() == InvitationState.ACCEPTED


def test_when_the_session_is_over_an_open_gap_waits_again(app, database, school):
    _ask(app, school, 0)
    _invite(app, school, [1])
    with database.transaction() as session:
        coaching = session.get_one(CoachingSession, 1)
        coaching.starts_at = now() - datetime.timedelta(hours=2)
        coaching.ends_at = now() - datetime.timedelta(hours=1)
    teacher = browser_of(app, school, school.teacher_id)
    assert 'name="gap" value="1"' in teacher.get("/help").text
    late = browser_of(app, school, school.student_ids[0])
    assert late.post("/invitations/1", answer="accepted").status_code == 400
    assert late.post("/coaching/1/join").status_code == 404


def test_a_teacher_can_close_a_gap_and_a_new_one_can_open(app, database, school):
    _ask(app, school, 0)
    teacher = browser_of(app, school, school.teacher_id)
    for _ in range(2):
        assert teacher.post("/gaps/1/close").status_code == 302
    _ask(app, school, 0)
    with database.session() as session:
        states = session.scalars(select(Gap.state).order_by(Gap.id)).all()
    assert states == [GapState.CLOSED, GapState.OPEN]


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        # New York: the clock springs forward on 2026-03-08 and falls back on 2026-11-01.
        (datetime.date(2026, 3, 6), datetime.time(10, 20), "2026-03-06T15:20:00+00:00"),
        (datetime.date(2026, 3, 9), datetime.time(10, 20), "2026-03-09T14:20:00+00:00"),
        (datetime.date(2026, 11, 2), datetime.time(10, 20), "2026-11-02T15:20:00+00:00"),
    ],
)
def test_a_time_of_day_is_the_districts_own_on_either_side_of_a_clock_change(day, clock, utc):
    assert sessions.moment(day, clock, "America/New_York").isoformat() == utc
