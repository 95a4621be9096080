"""Trying again: when, after what, how often; and nobody is left without a word of what to do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from lti_app.db import now
from lti_app.learning.models import Activity, Attempt, RetakePermit
from lti_app.people.models import Enrolment, Role
from tests.learning.marking_room import (
    answers,
    change,
    count,
    student_of,
    teacher_of,
    with_items,
)


def _try(student, school, number, words="6/5"):
    return student.post(f"/checkpoints/{school.checkpoint_id}", number=number, evidence=words)


def _page(student, school) -> str:
    return student.get(f"/checkpoints/{school.checkpoint_id}").text


def _is_open(page: str) -> bool:
    return "Send my answer" in page


def test_while_the_teacher_has_the_answer_there_is_nothing_to_send(student, teacher, school):
    _try(student, school, 1)
    page = _page(student, school)
    assert "Your teacher will look at it." in page
    assert not _is_open(page)
    refused = _try(student, school, 2, "7/5")
    assert refused.status_code == 400
    assert "You can&#39;t try again yet." in refused.text
    teacher.post("/scoring/1", points="1")
    assert _is_open(_page(student, school))
    assert _try(student, school, 2, "7/5").status_code == 302


def test_after_the_last_try_the_page_says_whom_to_ask(database, student, teacher, school):
    change(database, school, most_attempts=2)
    assert "You have 2 tries." in _page(student, school)
    for number in (1, 2):
        _try(student, school, number)
        teacher.post(f"/scoring/{number}", points="1")
        if number == 1:
            assert "This is your last try: take your time." in _page(student, school)
    page = _page(student, school)
    assert "You have used all your tries here." in page
    assert f"/targets/{school.target_id}#help" in page
    assert not _is_open(page)
    assert _try(student, school, 3).status_code == 400
    assert count(database, Attempt) == 2


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (2, "You can try again today at 12:30 PM."),
        (24, "You can try again tomorrow at 10:30 AM."),
        (72, "You can try again on Fri, Mar 13 at 10:30 AM."),
    ],
)
def test_the_page_says_when_the_next_try_opens_by_the_districts_clock(
    app, database, school, hours, words
):
    change(database, school, wait_hours=hours)
    sent_at = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)  # 10:30 in New York
    with time_machine.travel(sent_at, tick=False) as clock:
        student = student_of(app, school)
        _try(student, school, 1)
        teacher_of(app, school).post("/scoring/1", points="1")
        page = _page(student, school)
        assert words in page
        assert not _is_open(page)
        clock.move_to(sent_at + timedelta(hours=hours) - timedelta(seconds=1))
        student = student_of(app, school)  # launched again, maybe days later
        assert _try(student, school, 2, "7/5").status_code == 400
        clock.move_to(sent_at + timedelta(hours=hours))
        assert _is_open(_page(student, school))
        assert _try(student, school, 2, "7/5").status_code == 302


def test_a_step_comes_first_and_the_page_leads_to_it(database, student, teacher, school):
    change(database, school, needs_activity=True)
    student.post(f"/activities/{school.activity_id}/done", done="yes")  # before the try
    _try(student, school, 1)
    teacher.post("/scoring/1", points="1")
    page = _page(student, school)
    assert "Do one more step of your way first." in page
    assert f"/targets/{school.target_id}#way" in page
    assert _try(student, school, 2, "7/5").status_code == 400
    student.post(f"/activities/{school.activity_id + 1}/done", done="yes")
    assert _is_open(_page(student, school))
    assert _try(student, school, 2, "7/5").status_code == 302


def test_who_has_done_every_step_is_not_held_back(database, student, teacher, school):
    change(database, school, needs_activity=True)
    for activity_id in (school.activity_id, school.activity_id + 1):
        student.post(f"/activities/{activity_id}/done", done="yes")
    _try(student, school, 1)
    teacher.post("/scoring/1", points="1")
    assert _is_open(_page(student, school))


def test_where_there_is_no_step_to_do_nobody_waits_for_one(database, student, teacher, school):
    change(database, school, needs_activity=True)
    with database.transaction(district_id=school.district_id) as session:
        for activity in session.query(Activity):
            activity.hidden = True
    _try(student, school, 1)
    teacher.post("/scoring/1", points="1")
    assert _is_open(_page(student, school))


def test_a_teacher_lets_them_try_again_whatever_the_rules_say(database, student, teacher, school):
    change(database, school, most_attempts=1, wait_hours=500, needs_activity=True)
    _try(student, school, 1)
    teacher.post("/scoring/1", points="1")
    assert "They have used all their tries." in teacher.get("/scoring/1").text
    for _ in range(2):
        assert teacher.post("/scoring/1/again").status_code == 302
    assert count(database, RetakePermit) == 1
    assert "They may try again now." in teacher.get("/scoring/1").text
    assert _is_open(_page(student, school))
    assert _try(student, school, 2, "7/5").status_code == 302
    # It was for one try.
    teacher.post("/scoring/2", points="1")
    assert not _is_open(_page(student, school))


def test_a_permit_is_for_one_student(app, database, student, teacher, school):
    change(database, school, most_attempts=1)
    other = student_of(app, school, 1)
    for number, one in enumerate((student, other), start=1):
        _try(one, school, 1)
        teacher.post(f"/scoring/{number}", points="1")
    teacher.post("/scoring/1/again")
    assert _is_open(_page(student, school))
    assert not _is_open(_page(other, school))


def test_an_assistant_scores_but_permits_nothing(app, database, student, school):
    with database.transaction() as session:
        session.get_one(Enrolment, school.enrolment_of[school.teacher_id]).role = Role.ASSISTANT
    assistant = teacher_of(app, school)
    _try(student, school, 1)
    assert "Let them try again" not in assistant.get("/scoring/1").text
    assert assistant.post("/scoring/1/again").status_code == 403
    assert count(database, RetakePermit) == 0


def test_what_is_right_is_told_only_when_no_try_is_left(app, database, school, student, teacher):
    quick, items = with_items(database, school)
    change(database, school, quick, most_attempts=2)
    for number in (1, 2):
        page = student.get(f"/checkpoints/{quick}").text
        assert "Right is:" not in page
        student.post(f"/checkpoints/{quick}", number=number, **answers(items, "1/5", "0"))
    page = student.get(f"/checkpoints/{quick}").text
    assert "Right is:" in page
    with database.session() as session:
        newest = session.query(Attempt).order_by(Attempt.id.desc()).first().id
    teacher.post(f"/scoring/{newest}/again")
    assert "Right is:" not in student.get(f"/checkpoints/{quick}").text


def test_the_clock_of_a_wait_is_the_last_try_not_its_score(database, student, teacher, school):
    change(database, school, wait_hours=2)
    with time_machine.travel(now(), tick=False) as clock:
        _try(student, school, 1)
        clock.shift(timedelta(hours=3))
        teacher.post("/scoring/1", points="1")
        assert _is_open(_page(student, school))
