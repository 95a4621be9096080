"""The board of a day: planned, changed, clashing, published, taken over into next week."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_app.coaching import upkeep
from lti_app.coaching.models import (
    CalendarEvent,
    CoachingSession,
    GapState,
    Invitation,
    PlannedSession,
    PlanState,
    SessionKind,
)
from lti_app.coaching.plans import making
from tests.coaching.coaching_room import (
    MONDAY,
    at,
    block,
    colleague,
    flag,
    gap_of,
    invite,
    leave,
    new_target,
    open_session,
    plan_day,
    score,
)
from tests.school import browser_of, make_school

pytestmark = pytest.mark.usefixtures("monday")
DAY = MONDAY.isoformat()


@pytest.fixture
def school(database):
    return make_school(database, students=6)


def _plan(database, school, day=MONDAY):
    with database.session(district_id=school.district_id) as session:
        return making.of_day(session, school.team_id, day)


def _place(clock, teacher_id):
    return f"{at(clock).isoformat()} {teacher_id}"


def _publish(teacher, database, school, day=MONDAY):
    return teacher.post(
        "/planning/publish", day=day.isoformat(), version=_plan(database, school, day).version
    )


def test_from_a_button_to_sessions_that_students_see(app, database, school, teacher):
    block(database, school)
    one, two, three = school.student_ids[:3]
    for kid in (one, two):
        flag(database, school, kid)
    other = new_target(database, school)
    flag(database, school, three, other)

    teacher.post("/planning/make", day=DAY)
    page = teacher.get(f"/planning?day={DAY}").text
    assert "The day is being planned." in page
    with database.session() as session:
        ((district_id, plan_id),) = making.due(session)
    from lti_app.coaching.planner import solve

    making.make(database, district_id, plan_id, solve.plan)

    page = teacher.get(f"/planning?day={DAY}").text
    assert "2 sessions are proposed. No student sees them yet." in page
    assert "meets 100 %" in page
    student = browser_of(app, school, one)
    assert "can help you" not in student.get("/").text
    assert _publish(teacher, database, school).status_code == 302
    assert "Ms. Ortiz can help you" in student.get("/").text
    assert "Your teacher thinks that this helps you." in student.get("/").text
    with database.session() as session:
        kinds = sorted(session.scalars(select(CoachingSession.kind)))
        assert kinds == [SessionKind.ONE_TO_ONE, SessionKind.SMALL_GROUP]
        assert len(session.scalars(select(Invitation)).all()) == 3
        assert session.scalars(select(PlannedSession)).all() == []
    assert _plan(database, school).state == PlanState.PUBLISHED
    assert gap_of(database, one, school.target_id).state == GapState.INVITED


def test_the_same_needs_give_the_same_board(database, school):
    block(database, school)
    for kid in school.student_ids:
        flag(database, school, kid)

    def seen(plan):
        return [
            (one.starts_at, one.teacher_id, sorted(gap.id for gap in one.gaps))
            for one in plan.sessions
        ]

    assert seen(plan_day(database, school)) == seen(plan_day(database, school))


def test_a_day_without_school_or_without_blocks_says_so(database, school, teacher):
    assert "No block takes place on this day." in teacher.get(f"/planning?day={DAY}").text
    block(database, school)
    with database.transaction(district_id=school.district_id) as session:
        session.add(
            CalendarEvent(uid="x", first_day=MONDAY, last_day=MONDAY, name="Break", is_day_off=True)
        )
    assert "There is no school on this day." in teacher.get(f"/planning?day={DAY}").text
    assert teacher.get("/planning?day=soon").status_code == 404


def test_planning_again_leaves_what_is_locked_and_plans_around_it(database, school, teacher):
    block(database, school)
    first, second = school.student_ids[:2]
    other = new_target(database, school)
    flag(database, school, first)
    flag(database, school, first, other)
    flag(database, school, second, other)
    plan = plan_day(database, school)
    kept = next(one for one in plan.sessions if one.target_id == school.target_id)
    later = "10:20" if kept.starts_at == at("10:00") else "10:00"
    teacher.post("/planning/move", day=DAY, planned=kept.id, place=_place(later, school.teacher_id))
    teacher.post("/planning/lock", day=DAY, planned=kept.id, locked="yes")
    again = plan_day(database, school)
    stays = next(one for one in again.sessions if one.id == kept.id)
    assert (stays.starts_at, stays.locked) == (at(later), True)
    assert len(again.sessions) == 2
    assert {one.starts_at for one in again.sessions} == {at("10:00"), at("10:20")}


def test_split_merge_seat_and_unseat_keep_every_need_in_one_place(database, school, teacher):
    chen = colleague(database, school)
    block(database, school, school.teacher_id, chen)
    gaps = [flag(database, school, kid) for kid in school.student_ids[:5]]
    plan_day(database, school)
    (whole,) = _plan(database, school).sessions
    first = _place("10:00", school.teacher_id)
    teacher.post("/planning/move", day=DAY, planned=whole.id, place=first)
    teacher.post("/planning/split", day=DAY, planned=whole.id)
    halves = _plan(database, school).sessions
    assert sorted(len(one.gaps) for one in halves) == [2, 3]
    page = teacher.get(f"/planning?day={DAY}").text
    assert "Ms. Ortiz has another session at this time." in page
    assert _publish(teacher, database, school).status_code == 400
    moved = next(one for one in halves if one.id != whole.id)
    teacher.post("/planning/move", day=DAY, planned=moved.id, place=_place("10:20", chen))
    assert "has another session at this time." not in teacher.get(f"/planning?day={DAY}").text

    teacher.post("/planning/seat", day=DAY, gap=gaps[0], place=moved.id)
    teacher.post("/planning/unseat", day=DAY, gap=gaps[1])
    teacher.post("/planning/seat", day=DAY, gap=gaps[1], place=_place("10:00", chen))
    sessions = _plan(database, school).sessions
    seated = sorted(gap.id for one in sessions for gap in one.gaps)
    assert seated == sorted(gaps)
    alone = next(one for one in sessions if one.teacher_id == chen and one.id != moved.id)
    assert (alone.kind, [gap.id for gap in alone.gaps]) == (SessionKind.ONE_TO_ONE, [gaps[1]])

    teacher.post("/planning/unseat", day=DAY, gap=gaps[1])
    assert len(_plan(database, school).sessions) == 2  # nobody was left in the third
    teacher.post("/planning/seat", day=DAY, gap=gaps[1], place=_place("10:00", chen))
    alone = next(
        one
        for one in _plan(database, school).sessions
        if one.teacher_id == chen and one.id != moved.id
    )
    teacher.post("/planning/merge", day=DAY, planned=alone.id, into=moved.id)
    teacher.post("/planning/merge", day=DAY, planned=moved.id, into=whole.id)
    (one,) = _plan(database, school).sessions
    assert sorted(gap.id for gap in one.gaps) == sorted(gaps)
    assert one.kind == SessionKind.SMALL_GROUP
    teacher.post("/planning/seat", day=DAY, gap=gaps[0], place=one.id)
    assert len(_plan(database, school).sessions[0].gaps) == 5
    teacher.post("/planning/remove", day=DAY, planned=one.id)
    assert _plan(database, school).sessions == []
    assert "5 needs have no place" in teacher.get(f"/planning?day={DAY}").text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("move", {"planned": 1, "place": ""}, 400),
        ("move", {"planned": 1, "place": "soon 1"}, 400),
        ("move", {"planned": 1, "place": "2026-11-30T10:00:00+00:00 999999999999"}, 400),
        ("move", {"planned": 999, "place": "ok"}, 404),
        ("split", {"planned": 1}, 400),
        ("split", {}, 404),
        ("merge", {"planned": 1, "into": 999}, 404),
        ("seat", {"gap": 999, "place": 1}, 404),
        ("seat", {"place": 1}, 404),
        ("lock", {"planned": 999}, 404),
        ("add", {"target": 999, "place": "ok"}, 404),
        ("block-off", {"block": 999}, 404),
        ("away", {"teacher": 999}, 404),
        ("here", {"teacher": 999}, 404),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    database, school, teacher, path, form, status
):
    block(database, school)
    flag(database, school, school.student_ids[0])
    plan_day(database, school)
    if form.get("place") == "ok":
        form = {**form, "place": _place("10:20", school.teacher_id)}
    before = _plan(database, school)
    answer = teacher.post(f"/planning/{path}", day=DAY, **form)
    assert answer.status_code == status, answer.text
    assert "<h1>" in answer.text
    assert _plan(database, school).version == before.version


def test_a_board_says_at_once_who_is_taken_who_has_left_and_which_room_is(
    app, database, school, teacher
):
    chen = colleague(database, school)
    block(database, school, school.teacher_id, chen)
    busy, leaves = school.student_ids[:2]
    booked = new_target(database, school)
    flag(database, school, busy)
    flag(database, school, leaves)
    invite(database, school, [flag(database, school, busy, booked)], starts_at=at("10:00"))
    plan_day(database, school)
    (one,) = _plan(database, school).sessions
    assert one.starts_at == at("10:20")
    teacher.post("/planning/move", day=DAY, planned=one.id, place=_place("10:00", chen))
    leave(database, school, leaves)
    page = teacher.get(f"/planning?day={DAY}").text
    assert f"{school.names[busy]} has another session at this time." in page
    assert f"{school.names[leaves]} has left the class." in page
    assert _publish(teacher, database, school).status_code == 400


def test_a_plan_that_somebody_changed_meanwhile_is_not_published_unseen(database, school, teacher):
    block(database, school)
    flag(database, school, school.student_ids[0])
    plan = plan_day(database, school)
    teacher.post("/planning/lock", day=DAY, planned=plan.sessions[0].id, locked="yes")
    answer = teacher.post("/planning/publish", day=DAY, version=plan.version)
    assert "Somebody changed this plan meanwhile." in answer.text
    assert _publish(teacher, database, school).status_code == 302
    assert "has published this day already." in _publish(teacher, database, school).text


def test_a_need_that_was_met_before_publishing_is_left_out(database, school, teacher):
    block(database, school)
    met, stays = school.student_ids[:2]
    flag(database, school, met)
    flag(database, school, stays)
    plan_day(database, school)
    score(database, school, met, 4)
    _publish(teacher, database, school)
    with database.session() as session:
        assert session.scalars(select(Invitation.person_id)).all() == [stays]
        assert session.scalars(select(CoachingSession.kind)).all() == [SessionKind.ONE_TO_ONE]


def test_a_session_added_by_hand_is_open_to_everyone(app, database, school, teacher):
    block(database, school)
    teacher.post(
        "/planning/add", day=DAY, target=school.target_id, place=_place("10:00", school.teacher_id)
    )
    _publish(teacher, database, school)
    page = browser_of(app, school, school.student_ids[0]).get("/day").text
    assert "Join Ms. Ortiz at" in page
    with database.session() as session:
        (one,) = session.scalars(select(CoachingSession)).all()
        assert (one.kind, one.places) == (SessionKind.SEMINAR, None)


def test_next_week_is_copied_from_this_one_for_those_who_still_need_it(
    database, school, teacher, monday
):
    block(database, school)
    needs, met = school.student_ids[:2]
    ids = [flag(database, school, kid) for kid in (needs, met)]
    invite(database, school, ids, starts_at=at("10:00"))
    open_session(database, school, starts_at=at("10:20"))
    score(database, school, met, 4)
    monday.move_to(at("15:00"))
    upkeep.once(database)
    answer = teacher.post("/planning/copy-week", day=DAY)
    assert answer.status_code == 302
    following = MONDAY + timedelta(days=7)
    (again,) = _plan(database, school, following).sessions
    assert again.starts_at == at("10:00", following)
    assert [gap.person_id for gap in again.gaps] == [needs]
    # The session that nobody was invited to is no seminar: it is not needed.
    said = teacher.get(answer.location[4:]).text
    assert "1 sessions are proposed for next week. 1 are not needed any more" in said
    teacher.post("/planning/copy-week", day=DAY)
    assert len(_plan(database, school, following).sessions) == 1


def test_another_days_plan_does_not_take_the_same_need(database, school):
    block(database, school)
    flag(database, school, school.student_ids[0])
    assert len(plan_day(database, school).sessions) == 1
    assert plan_day(database, school, MONDAY + timedelta(days=1)).sessions == []


def test_only_slots_that_are_to_come_are_planned(database, school, monday):
    block(database, school)
    flag(database, school, school.student_ids[0])
    monday.move_to(at("10:10"))
    (one,) = plan_day(database, school).sessions
    assert one.starts_at == at("10:20")


def test_a_timetable_is_written_changed_and_refused_in_words(app, database, school, teacher):
    form = {
        "name": "Morning",
        "weekday": [0, 2],
        "starts": "09:00",
        "ends": "09:40",
        "section": school.section_id,
        "teacher": school.teacher_id,
        f"room-{school.teacher_id}": "Room 12",
    }
    assert teacher.post("/timetable", **form).status_code == 302
    page = teacher.get("/timetable").text
    assert "09:00–09:40 · Mon Wed" in page
    assert "Ms. Ortiz (Room 12)" in page
    for wrong in (
        {"name": " "},
        {"weekday": []},
        {"weekday": [6]},
        {"starts": ""},
        {"starts": "10:00"},
        {"starts": "09:01"},
        {"section": []},
    ):
        answer = teacher.post("/timetable", **{**form, **wrong})
        assert answer.status_code == 400, wrong
    for strange in ({"section": 999}, {"teacher": 999}):
        assert teacher.post("/timetable", **{**form, **strange}).status_code == 404
    assert teacher.post("/timetable/1", **{**form, "name": "Early"}).status_code == 302
    assert "Early" in teacher.get("/timetable").text
    assert teacher.post("/timetable/1/remove").status_code == 302
    assert "There are no blocks yet." in teacher.get("/timetable").text


def test_the_web_never_loads_the_solver():
    """It takes a second and a hundred megabytes; only the worker needs it."""
    import subprocess
    import sys

    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, lti_app; print('ortools' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "False"
