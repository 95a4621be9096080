"""Goals for the week: set, ticked off, settled on Monday, reached by the work itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from lti_app.db import now
from lti_app.learning.models import Goal, GoalState, Target
from lti_app.learning.voice import goals
from lti_app.learning.voice.weeks import school_year_of, week_of
from tests.learning.plan_room import answer
from tests.learning.voice_room import MONDAY, leaves, on, rows, student_of, teacher_of
from tests.school import make_school


@pytest.fixture
def school(database):
    with on(MONDAY):
        return make_school(database)


def test_a_student_sets_a_goal_and_the_teacher_sees_it(app, database, school):
    with on(MONDAY):
        student = student_of(app, school)
        student.post("/goals", text="Ask <b>one</b> question a day")
        student.post("/goals", target=school.target_id)

        page = student.get("/").text
        assert "Ask &lt;b&gt;one&lt;/b&gt; question a day" in page
        assert page.count("I did it: I can multiply") == 1
        seen = teacher_of(app, school).get("/voice/goals").text
        assert "Ask &lt;b&gt;one&lt;/b&gt; question a day" in seen
        assert "2 goals, 0 reached." in seen
        assert "Maple Student 2, Maple Student 3" in seen.partition("Without a goal")[2]
    assert [goal.week for goal in rows(database, school, Goal)] == [date(2026, 11, 16)] * 2


def test_the_same_goal_set_twice_stays_one(app, database, school):
    student = student_of(app, school)
    for _ in range(2):
        student.post("/goals", text=" Read\r\nmore ")
        student.post("/goals", text="read\nmore")
        student.post("/goals", target=school.target_id)
    assert len(rows(database, school, Goal)) == 2


def test_three_open_goals_are_enough_and_a_reached_one_makes_room(app, database, school):
    student = student_of(app, school)
    for number in range(3):
        student.post("/goals", text=f"Goal {number}")
    assert "Three goals are enough for one week." in student.get("/goals").text

    refused = student.post("/goals", text="One more")
    assert refused.status_code == 400
    assert "You have 3 goals this week." in refused.text
    first = rows(database, school, Goal)[0]
    student.post(f"/goals/{first.id}", state="kept")
    assert student.post("/goals", text="One more").status_code == 302
    assert len(rows(database, school, Goal)) == 4


def test_ticking_off_twice_changes_nothing_and_can_be_undone(app, database, school):
    student = student_of(app, school)
    student.post("/goals", text="Read more")
    (goal,) = rows(database, school, Goal)

    student.post(f"/goals/{goal.id}", state="kept")
    (kept,) = rows(database, school, Goal)
    student.post(f"/goals/{goal.id}", state="kept")
    (again,) = rows(database, school, Goal)
    assert (again.state, again.settled_at) == (GoalState.KEPT, kept.settled_at)
    assert "Done: Read more. Press to undo." in student.get("/").text

    student.post(f"/goals/{goal.id}", state="open")
    (undone,) = rows(database, school, Goal)
    assert (undone.state, undone.settled_at) == (GoalState.OPEN, None)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Your goal is empty."),
        ({"text": " \n"}, "Your goal is empty."),
        ({"text": "x" * 201}, "That is a lot to read."),
        ({"target": "x"}, "Your goal is empty."),
    ],
)
def test_a_goal_that_says_nothing_or_too_much_is_refused(app, database, school, form, says):
    refused = student_of(app, school).post("/goals", **form)
    assert refused.status_code == 400
    assert says in refused.text
    assert rows(database, school, Goal) == []


def test_an_unknown_state_is_refused(app, database, school):
    student = student_of(app, school)
    student.post("/goals", text="Read more")
    assert student.post("/goals/1", state="forgotten").status_code == 400
    assert rows(database, school, Goal)[0].state == GoalState.OPEN


def test_on_monday_the_student_says_what_became_of_last_weeks_goals(app, database, school):
    with on(MONDAY + timedelta(days=2)):
        student = student_of(app, school)
        student.post("/goals", text="Read more")
        student.post("/goals", text="Help Ben")
    with on(MONDAY + timedelta(days=7)):
        student = student_of(app, school)
        page = student.get("/").text
        assert page.count("Did you reach your earlier goal?") == 2
        first, second = rows(database, school, Goal)
        student.post(f"/goals/{first.id}", state="kept")
        student.post(f"/goals/{second.id}", state="not_kept")
        assert "Did you reach your earlier goal?" not in student.get("/").text

        earlier = student.get("/goals").text.partition("Earlier goals")[2]
        assert "Week of Nov 16" in earlier
        assert earlier.index("reached") < earlier.index("not yet")
        reopened = student.post(f"/goals/{first.id}", state="open")
        assert reopened.status_code == 400
        assert "That week is over." in reopened.text
        assert student.post(f"/goals/{second.id}/away").status_code == 400
    assert [goal.state for goal in rows(database, school, Goal)] == [
        GoalState.KEPT,
        GoalState.NOT_KEPT,
    ]


def test_a_week_begins_on_monday_by_the_schools_clock():
    sunday_night = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # 23:30 on Sunday in New York
    assert week_of(sunday_night, "America/New_York") == date(2026, 11, 16)
    assert week_of(sunday_night, "Europe/Berlin") == date(2026, 11, 23)
    assert school_year_of(date(2026, 7, 31)) == date(2025, 8, 1)
    assert school_year_of(date(2026, 8, 1)) == date(2026, 8, 1)


def test_an_open_goal_of_this_week_can_be_taken_away(app, database, school):
    student = student_of(app, school)
    student.post("/goals", text="Read more")
    student.post("/goals/1/away")
    assert rows(database, school, Goal) == []
    assert student.post("/goals/1/away").status_code == 404


def test_meeting_the_target_reaches_the_goal_by_itself(app, database, school):
    student = student_of(app, school)
    student.post("/goals", target=school.target_id)
    student.post("/goals", text="Read more")
    other = student_of(app, school, 1)
    other.post("/goals", target=school.target_id)

    answer(database, school, school.student_ids[0], school.checkpoint_id, 2)
    assert rows(database, school, Goal)[0].state == GoalState.OPEN
    for _ in range(3):
        answer(database, school, school.student_ids[0], school.checkpoint_id, 4)

    assert [goal.state for goal in rows(database, school, Goal)] == [
        GoalState.KEPT,
        GoalState.OPEN,
        GoalState.OPEN,
    ]


def test_work_sent_on_friday_and_scored_on_monday_reaches_fridays_goal(app, database, school):
    with on(MONDAY + timedelta(days=4)):
        student_of(app, school).post("/goals", target=school.target_id)
        attempt_id = answer(database, school, school.student_ids[0], school.checkpoint_id)
    with on(MONDAY + timedelta(days=7)):
        student_of(app, school).post("/goals/1", state="not_kept")
        teacher_of(app, school).post(f"/scoring/{attempt_id}", points="4")
    (goal,) = rows(database, school, Goal)
    assert goal.state == GoalState.KEPT


def test_work_of_a_later_week_leaves_an_earlier_goal_to_the_student(app, database, school):
    with on(MONDAY):
        student_of(app, school).post("/goals", target=school.target_id)
    with on(MONDAY + timedelta(days=8)):
        answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    (goal,) = rows(database, school, Goal)
    assert goal.state == GoalState.OPEN


def test_a_target_that_is_met_is_no_goal(app, database, school):
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    student = student_of(app, school)
    refused = student.post("/goals", target=school.target_id)
    assert refused.status_code == 400
    assert "You have met this target already." in refused.text
    assert "I want to meet this target:" not in student.get("/goals").text


def test_goals_are_nobody_elses(app, database, school):
    student_of(app, school).post("/goals", text="Read more")
    other = student_of(app, school, 1)
    assert other.post("/goals/1", state="kept").status_code == 404
    assert other.post("/goals/1/away").status_code == 404
    assert "Read more" not in other.get("/goals").text
    assert rows(database, school, Goal)[0].state == GoalState.OPEN


def test_another_districts_target_is_no_goal(app, database, school):
    birch = make_school(database, name="Birch")
    assert student_of(app, school).post("/goals", target=birch.target_id).status_code == 404


def test_teachers_look_back_week_by_week_and_see_who_is_in_the_class(app, database, school):
    with on(MONDAY):
        student_of(app, school).post("/goals", text="Read more")
        student_of(app, school, 1).post("/goals", text="Leave no trace")
        leaves(database, school, school.student_ids[1])
    with on(MONDAY + timedelta(days=9)):
        teacher = teacher_of(app, school)
        assert "Nobody has set a goal in this week." in teacher.get("/voice/goals").text
        before = teacher.get("/voice/goals?week=2026-11-18").text
        assert "Read more" in before
        assert "Leave no trace" not in before
        assert teacher.get("/voice/goals?week=soon").status_code == 400
        assert teacher.get("/voice/goals?section=4711").status_code == 404


def test_what_other_pages_ask_for(database, school, app):
    with on(MONDAY):
        student_of(app, school).post("/goals", text="Read more")
    with (
        on(MONDAY + timedelta(weeks=3)),
        database.session(district_id=school.district_id) as session,
    ):
        person_id = school.student_ids[0]
        assert len(goals.of_student(session, person_id, school.section_id, weeks=4)) == 1
        assert goals.of_student(session, person_id, school.section_id, weeks=2) == []
        by_person = goals.of_section_week(session, school.section_id, date(2026, 11, 16))
        assert list(by_person) == [person_id]


def test_two_tabs_that_press_at_once_set_no_fourth_goal(app, database, school):
    browsers = [student_of(app, school) for _ in range(6)]

    def press(number):
        return browsers[number].post("/goals", text=f"Goal {number}").status_code

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(press, range(6)))

    assert answers == [302] * 3 + [400] * 3
    assert len(rows(database, school, Goal)) == 3


def test_a_goal_on_a_target_that_was_put_away_stays_readable(app, database, school):
    student = student_of(app, school)
    student.post("/goals", target=school.target_id)
    with database.transaction(district_id=school.district_id) as session:
        session.get_one(Target, school.target_id).archived_at = now()
    for page in (
        student.get("/"),
        student.get("/goals"),
        teacher_of(app, school).get("/voice/goals"),
    ):
        assert "I can multiply a fraction by a whole number." in page.text
        assert f"/targets/{school.target_id}" not in page.text
