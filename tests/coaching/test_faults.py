"""What goes wrong: killed planners, two at once, clock changes, fire drills, absences, leavers."""

import threading
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from lti_app.coaching import changes
from lti_app.coaching.models import (
    Booking,
    CoachingSession,
    GapState,
    Invitation,
    InvitationState,
    Notice,
    NoticeKind,
    Plan,
    PlanState,
    WalkIn,
)
from lti_app.coaching.planner import solve
from lti_app.coaching.plans import making, slots
from lti_app.errors import BadInput
from tests.coaching.coaching_room import (
    BEFORE_SCHOOL,
    MONDAY,
    TIMEZONE,
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
)
from tests.school import browser_of

pytestmark = pytest.mark.usefixtures("monday")


def _all(database, model):
    with database.session() as session:
        return session.scalars(select(model)).all()


def test_a_planner_killed_in_the_middle_is_followed_by_another(database, school):
    block(database, school)
    flag(database, school, school.student_ids[0])

    class Killed(Exception):
        pass

    def dies(_problem):
        raise Killed

    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        with database.transaction(district_id=school.district_id) as session:
            plan_id = making.want(session, school.team_id, MONDAY).id
        with pytest.raises(Killed):
            making.make(database, school.district_id, plan_id, dies)
        # While its lease lasts nobody else plans the same day.
        with database.session() as session:
            assert making.due(session) == []
        assert not making.make(database, school.district_id, plan_id, solve.plan)
        clock.shift(making.LEASE + timedelta(seconds=1))
        with database.session() as session:
            assert making.due(session) == [(school.district_id, plan_id)]
        assert making.make(database, school.district_id, plan_id, solve.plan)
    (plan,) = _all(database, Plan)
    assert plan.state == PlanState.READY


def test_a_plan_wanted_anew_while_it_is_made_is_not_overwritten_by_the_old_one(database, school):
    block(database, school)
    flag(database, school, school.student_ids[0])
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        with database.transaction(district_id=school.district_id) as session:
            plan_id = making.want(session, school.team_id, MONDAY).id

        def slow(problem):
            with database.transaction(district_id=school.district_id) as session:
                making.want(session, school.team_id, MONDAY)
            return solve.plan(problem)

        assert not making.make(database, school.district_id, plan_id, slow)
        assert making.make(database, school.district_id, plan_id, solve.plan)


def test_two_teachers_publish_at_once_and_every_student_is_invited_once(app, database, school):
    other = colleague(database, school)
    block(database, school, school.teacher_id, other)
    for kid in school.student_ids:
        flag(database, school, kid)
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        plan = plan_day(database, school)
        answers = {}

        def publish(person_id):
            browser = browser_of(app, school, person_id)
            answers[person_id] = browser.post(
                "/planning/publish", day=MONDAY.isoformat(), version=plan.version
            )

        both = [threading.Thread(target=publish, args=(one,)) for one in (school.teacher_id, other)]
        for one in both:
            one.start()
        for one in both:
            one.join()
    assert sorted(answer.status_code for answer in answers.values()) == [302, 400]
    told = next(answer.text for answer in answers.values() if answer.status_code == 400)
    assert "has published this day already." in told
    assert len(_all(database, Invitation)) == len(school.student_ids)
    assert len(_all(database, CoachingSession)) == len(plan.sessions)


def test_the_database_itself_books_nobody_twice(database, school):
    """Not only code: two rows for one person and five minutes can't stand side by side."""
    one = open_session(database, school, starts_at=at("10:00"))
    (taken, *_) = _all(database, Booking)
    again = insert(Booking).values(
        person_id=taken.person_id,
        tick=taken.tick,
        coaching_session_id=one,
        district_id=school.district_id,
    )
    with database.session() as session, pytest.raises(IntegrityError):
        session.execute(again)


def test_two_who_invite_one_student_at_once_to_the_same_time_do_not_both_succeed(database, school):
    other = colleague(database, school)
    kid = school.student_ids[0]
    gaps = [flag(database, school, kid), flag(database, school, kid, new_target(database, school))]
    outcomes = []

    def book(gap_id, teacher_id):
        try:
            invite(database, school, [gap_id], starts_at=at("10:00"), teacher_id=teacher_id)
            outcomes.append("invited")
        except BadInput as refused:
            outcomes.append(str(refused.message))

    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        both = [
            threading.Thread(target=book, args=pair)
            for pair in zip(gaps, (school.teacher_id, other), strict=True)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
    assert sorted(outcomes) == [
        f"{school.names[kid]} has another session at that time.",
        "invited",
    ]
    assert len(_all(database, CoachingSession)) == 1


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
def test_a_day_on_which_the_clock_changes_is_planned_by_the_wall_clock(
    database, school, day, hours
):
    begins, ends = changes.day_span(day, TIMEZONE)
    assert ends - begins == timedelta(hours=hours)
    # Fridays before and Mondays after: slots stand at ten o'clock on either side.
    block(database, school)
    for near in (day - timedelta(days=2), day + timedelta(days=1)):
        with database.session(district_id=school.district_id) as session:
            on = slots.of_day(session, school.team_id, near)
        local = [slot.starts_at.astimezone(ZoneInfo(TIMEZONE)) for slot in on.slots]
        assert [(one.hour, one.minute) for one in local] == [(10, 0), (10, 20)]


def test_a_fire_drill_calls_the_block_off_and_tells_everyone(app, database, school, teacher):
    morning = block(database, school)
    block(database, school, starts="13:00", ends="13:40", name="Afternoon")
    invited, joins = school.student_ids[:2]
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        gap_id = flag(database, school, invited)
        called_off = invite(database, school, [gap_id], starts_at=at("10:00"))
        stays = open_session(database, school, starts_at=at("13:00"))
        browser_of(app, school, joins).post(f"/coaching/{called_off}/join")
        answer = teacher.post("/planning/block-off", day=MONDAY.isoformat(), block=morning)
        assert answer.status_code == 302
        again = teacher.post("/planning/block-off", day=MONDAY.isoformat(), block=morning)
        assert again.status_code == 302
        for kid in (invited, joins):
            page = browser_of(app, school, kid).get("/day").text
            assert "does not take place." in page
        # Nothing is planned there any more, and the need waits for a place.
        board = teacher.get(f"/planning?day={MONDAY.isoformat()}").text
        assert f'data-place="{at("10:00").isoformat()}' not in board
        assert f'data-place="{at("13:20").isoformat()}' in board
        assert gap_of(database, invited, school.target_id).state == GapState.OPEN
    with database.session() as session:
        assert session.get_one(CoachingSession, called_off).cancelled_at
        assert session.get_one(CoachingSession, stays).cancelled_at is None
        told = session.execute(select(Notice.person_id, Notice.kind)).all()
        assert sorted(told) == [(invited, NoticeKind.CANCELLED), (joins, NoticeKind.CANCELLED)]
        assert set(session.scalars(select(Booking.coaching_session_id))) == {stays}


def test_an_absent_teachers_sessions_all_go_to_free_colleagues_in_one_step(
    app, database, school, teacher
):
    chen, diaz = colleague(database, school), colleague(database, school, "Ms. Diaz")
    first, second, third = school.student_ids
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        early = invite(database, school, [flag(database, school, first)], starts_at=at("10:00"))
        late = invite(database, school, [flag(database, school, second)], starts_at=at("10:20"))
        open_session(database, school, starts_at=at("10:20"), teacher_id=chen)
        open_session(database, school, starts_at=at("11:00"), teacher_id=chen)
        open_session(database, school, starts_at=at("11:00"), teacher_id=diaz)
        nobody_free = invite(
            database, school, [flag(database, school, third)], starts_at=at("11:00")
        )
        answer = teacher.post("/planning/away", day=MONDAY.isoformat(), teacher=school.teacher_id)
        assert "Colleagues take over: 2. Called off: 1." in teacher.get(answer.location[4:]).text
        page = browser_of(app, school, first).get("/day").text
        assert "holds the session at" in page
    with database.session() as session:
        holders = {one: session.get_one(CoachingSession, one).teacher_id for one in (early, late)}
        # Mr. Chen holds two already, so Ms. Diaz takes the first; at 10:20 he is taken.
        assert holders == {early: diaz, late: diaz}
        assert session.get_one(CoachingSession, nobody_free).cancelled_at
        assert session.get_one(CoachingSession, early).sequence == 1
    for chosen in (early, late):
        with database.session() as session:
            booked = session.scalars(
                select(Booking.person_id).where(Booking.coaching_session_id == chosen).distinct()
            ).all()
        assert school.teacher_id not in booked
        assert diaz in booked


def test_a_student_who_leaves_is_expected_nowhere_and_keeps_the_work(app, database, school):
    kid, other = school.student_ids[:2]
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        gap_id = flag(database, school, kid)
        coaching = invite(
            database, school, [gap_id, flag(database, school, other)], starts_at=at("10:00")
        )
        leave(database, school, kid)
        teacher = browser_of(app, school, school.teacher_id)
        page = teacher.get(f"/coaching/{coaching}").text
        listed = page[page.index('id="who-was-there"') : page.index("Somebody else")]
        assert school.names[kid] not in listed
        assert school.names[other] in listed
        assert school.names[kid] not in teacher.get(f"/planning?day={MONDAY.isoformat()}").text
    with database.session() as session:
        assert kid not in session.scalars(select(Booking.person_id)).all()
        states = dict(session.execute(select(Invitation.person_id, Invitation.state)).all())
    assert states == {kid: InvitationState.WITHDRAWN, other: InvitationState.INVITED}
    assert gap_of(database, kid, school.target_id).state == GapState.OPEN


def test_who_joins_another_session_at_the_same_time_is_booked_once(app, database, school):
    kid = school.student_ids[0]
    chen = colleague(database, school)
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        gap_id = flag(database, school, kid)
        mine = invite(database, school, [gap_id], starts_at=at("10:00"))
        other = open_session(database, school, starts_at=at("10:10"), teacher_id=chen)
        browser = browser_of(app, school, kid)
        answer = browser.post(f"/coaching/{other}/join")
        assert "You had another session at that time" in browser.get(answer.location[4:]).text
        with database.session() as session:
            (invitation,) = session.scalars(select(Invitation)).all()
            assert invitation.state == InvitationState.OTHER_TIME
            booked = session.scalars(
                select(Booking.coaching_session_id).where(Booking.person_id == kid).distinct()
            ).all()
            assert booked == [other]
        # And back again.
        browser.post(f"/invitations/{invitation.id}", answer="accepted")
    assert _all(database, WalkIn) == []
    with database.session() as session:
        booked = session.scalars(
            select(Booking.coaching_session_id).where(Booking.person_id == kid).distinct()
        ).all()
    assert booked == [mine]


def test_a_session_that_is_moved_tells_everyone_and_frees_its_old_time(app, database, school):
    kid = school.student_ids[0]
    teacher = browser_of(app, school, school.teacher_id)
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        coaching = invite(database, school, [flag(database, school, kid)], starts_at=at("10:00"))
        form = {
            "day": MONDAY.isoformat(),
            "clock": "10:10",
            "minutes": 20,
            "room": "14",
            "teacher": school.teacher_id,
        }
        assert teacher.post(f"/coaching/{coaching}/change", **form).status_code == 302
        assert teacher.post(f"/coaching/{coaching}/change", **form).status_code == 302
        page = browser_of(app, school, kid).get("/day").text
        assert "The session with Ms. Ortiz is now at 10:10" in page
        for wrong in ({"clock": "10:12"}, {"clock": ""}, {"minutes": 0}, {"teacher": kid}):
            answer = teacher.post(f"/coaching/{coaching}/change", **{**form, **wrong})
            assert answer.status_code == 400, wrong
        open_session(database, school, starts_at=at("10:35"))
        clash = teacher.post(f"/coaching/{coaching}/change", **{**form, "clock": "10:30"})
        assert "Ms. Ortiz has another session at that time." in clash.text
    with database.session() as session:
        one = session.get_one(CoachingSession, coaching)
        assert (one.starts_at, one.sequence) == (at("10:10"), 1)
        assert session.scalar(select(func.count()).select_from(Notice)) == 1
        earliest = session.scalar(select(func.min(Booking.tick)).where(Booking.person_id == kid))
        assert earliest == int(at("10:10").timestamp()) // 300


def test_nothing_can_be_changed_once_it_is_over(teacher, database, school):
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        coaching = open_session(database, school, starts_at=at("10:00"))
        clock.move_to(at("11:00"))
        form = {"day": MONDAY.isoformat(), "clock": "12:00", "minutes": 20, "teacher": 1}
        assert teacher.post(f"/coaching/{coaching}/change", **form).status_code == 400
        assert teacher.post(f"/coaching/{coaching}/cancel").status_code == 400
