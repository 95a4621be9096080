"""Gaps found by rule and by event, their urgency, their life."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_app.coaching import upkeep, urgency
from lti_app.coaching.events import school_days_changed
from lti_app.coaching.models import (
    CalendarEvent,
    GapHelp,
    GapReason,
    GapState,
    Movement,
    Outcome,
)
from lti_app.learning import pathways, targets
from lti_app.learning.plan import needs
from tests.coaching.coaching_room import (
    BEFORE_SCHOOL,
    at,
    colleague,
    flag,
    gap_of,
    invite,
    leave,
    new_target,
    score,
)
from tests.school import browser_of

pytestmark = pytest.mark.usefixtures("monday")


def _begin(database, school, person_id):
    with database.transaction(district_id=school.district_id) as session:
        pathway = targets.get_pathway(session, school.team_id, school.section_id, school.pathway_id)
        pathways.choose(session, person_id, pathway)


def _reasons(gap):
    return [seen.get("reason") for seen in gap.evidence] if gap else []


RULES = {
    "finds_below_line": "yes",
    "finds_needs_first": "yes",
    "finds_stuck": "yes",
    "line_percent": "60",
    "stuck_days": "5",
    "session_minutes": "20",
    "group_most": "6",
    "seminar_from": "8",
    "most_a_day": "2",
    "version": "0",
}


def _set_rules(teacher, **changes):
    form = {**RULES, **changes}
    if form.get("version") != "0":
        form["version"] = changes["version"]
    answer = teacher.post(
        "/planning/rules", **{name: value for name, value in form.items() if value != "no"}
    )
    assert answer.status_code == 302, answer.text


def test_a_score_below_the_line_opens_a_gap_at_once_and_one_that_meets_closes_it(database, school):
    kid = school.student_ids[0]
    score(database, school, kid, 2)
    gap = gap_of(database, kid, school.target_id)
    assert (gap.state, gap.reason) == (GapState.OPEN, GapReason.BELOW_THE_LINE)
    score(database, school, kid, 4)
    score(database, school, kid, 4)
    gap = gap_of(database, kid, school.target_id)
    assert gap.state == GapState.CLOSED
    assert gap.evidence[-1]["reason"] == "met"


def test_the_line_is_the_teams_own(database, school, teacher):
    kid, other = school.student_ids[:2]
    _set_rules(teacher, line_percent="40")
    score(database, school, kid, 2)
    assert gap_of(database, kid, school.target_id) is None
    score(database, school, other, 1)
    assert gap_of(database, other, school.target_id).state == GapState.OPEN


def test_a_rule_that_is_switched_off_finds_nothing(database, school, teacher):
    kid = school.student_ids[0]
    _set_rules(teacher, finds_below_line="no")
    score(database, school, kid, 0)
    assert gap_of(database, kid, school.target_id) is None


def test_working_on_a_target_whose_needs_are_not_met_opens_the_need(database, school):
    kid = school.student_ids[0]
    first = new_target(database, school)
    with database.transaction(district_id=school.district_id) as session:
        needs.add(session, school.team_id, school.target_id, first)
    _begin(database, school, kid)
    _begin(database, school, kid)
    gap = gap_of(database, kid, first)
    assert _reasons(gap) == [GapReason.NEEDS_FIRST]
    assert gap.evidence[0]["behind_target_id"] == school.target_id


def test_a_need_that_is_met_is_no_gap(database, school):
    kid = school.student_ids[0]
    first = new_target(database, school)
    with database.transaction(district_id=school.district_id) as session:
        needs.add(session, school.team_id, school.target_id, first)
    score(database, school, kid, 4, first)
    _begin(database, school, kid)
    assert gap_of(database, kid, first) is None


def test_five_school_days_without_movement_is_stuck_weekends_and_holidays_do_not_count(
    database, school
):
    kid = school.student_ids[0]
    with database.transaction(district_id=school.district_id) as session:
        session.add(
            CalendarEvent(
                uid="snow",
                first_day=date(2026, 12, 3),
                last_day=date(2026, 12, 4),
                name="Snow",
                is_day_off=True,
            )
        )
    # Monday; then Tue, Wed, (Thu and Fri off), Mon, Tue, Wed: the fifth is December 9.
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        _begin(database, school, kid)
        clock.move_to(at("23:59", date(2026, 12, 8)))
        upkeep.once(database)
        assert gap_of(database, kid, school.target_id) is None
        clock.move_to(at("00:01", date(2026, 12, 9)))
        upkeep.once(database)
        upkeep.once(database)
        gap = gap_of(database, kid, school.target_id)
    assert _reasons(gap) == [GapReason.STUCK]
    assert gap.evidence[0]["school_days"] == 5


def test_movement_puts_stuck_off_and_meeting_ends_it(database, school):
    kid, other = school.student_ids[:2]
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        _begin(database, school, kid)
        _begin(database, school, other)
        clock.shift(timedelta(days=4))
        with database.transaction(district_id=school.district_id) as session:
            activity = targets.get_activity(
                session, school.team_id, school.section_id, school.activity_id
            )
            pathways.mark(session, kid, activity, done=True)
        score(database, school, other, 4)
        clock.shift(timedelta(days=4))
        upkeep.once(database)
        assert gap_of(database, kid, school.target_id) is None
        clock.shift(timedelta(days=5))
        upkeep.once(database)
    assert _reasons(gap_of(database, kid, school.target_id)) == [GapReason.STUCK]
    assert gap_of(database, other, school.target_id) is None


def test_a_day_off_announced_late_puts_stuck_off(database, school):
    kid = school.student_ids[0]
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        _begin(database, school, kid)
        clock.shift(timedelta(days=3))
        with database.transaction(district_id=school.district_id) as session:
            session.add(
                CalendarEvent(
                    uid="storm",
                    first_day=date(2026, 12, 4),
                    last_day=date(2026, 12, 4),
                    name="Storm",
                    is_day_off=True,
                )
            )
            session.flush()
            school_days_changed.send(session)
        clock.move_to(at("08:00", date(2026, 12, 7)))
        upkeep.once(database)
        assert gap_of(database, kid, school.target_id) is None
        clock.move_to(at("08:00", date(2026, 12, 8)))
        upkeep.once(database)
        assert gap_of(database, kid, school.target_id) is not None


def test_a_shorter_rule_finds_those_who_wait_and_finds_nobody_twice(app, database, school):
    kid = school.student_ids[0]
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        _begin(database, school, kid)
        clock.shift(timedelta(days=2))
        teacher = browser_of(app, school, school.teacher_id)
        _set_rules(teacher, stuck_days="2")
        upkeep.once(database)
        assert _reasons(gap_of(database, kid, school.target_id)) == [GapReason.STUCK]
        _set_rules(teacher, stuck_days="1", version="1")
        upkeep.once(database)
        assert _reasons(gap_of(database, kid, school.target_id)) == [GapReason.STUCK]


def test_who_left_is_not_found(database, school):
    kid = school.student_ids[0]
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        _begin(database, school, kid)
        leave(database, school, kid)
        clock.shift(timedelta(days=20))
        upkeep.once(database)
    assert gap_of(database, kid, school.target_id) is None


def test_a_worker_looks_only_at_those_whose_day_has_come(database, school, queries):
    with time_machine.travel(BEFORE_SCHOOL, tick=False):
        for kid in school.student_ids:
            _begin(database, school, kid)
        queries.clear()
        upkeep.once(database)
    assert len(queries) <= 4
    with database.session() as session:
        assert {one.stuck_on for one in session.scalars(select(Movement))} == {date(2026, 12, 7)}


def test_a_teacher_flags_a_student_and_the_note_stays(teacher, database, school):
    kid = school.student_ids[1]
    teacher.post(f"/students/{kid}/flag", target=school.target_id, note="counts on fingers")
    gap = gap_of(database, kid, school.target_id)
    assert (gap.reason, gap.evidence[0]["note"]) == (GapReason.FLAGGED, "counts on fingers")
    assert "flagged by a teacher" in teacher.get("/help").text
    assert teacher.post(f"/students/{kid}/flag", target=999).status_code == 404
    assert (
        teacher.post(f"/students/{kid}/flag", target=school.target_id, note="x" * 501).status_code
        == 400
    )


@pytest.mark.parametrize(
    ("given", "points"),
    [
        ({"size": 0, "age_days": 0, "behind": 0, "raised": 0}, 1),
        ({"size": 1, "age_days": 0, "behind": 0, "raised": 0}, 40),
        ({"size": 0.5, "age_days": 5, "behind": 0, "raised": 0}, 30),
        ({"size": 0.5, "age_days": 5, "behind": 2, "raised": 1}, 48),
        ({"size": 2, "age_days": 90, "behind": 40, "raised": 9}, 100),
    ],
)
def test_urgency_weighs_size_age_what_waits_behind_and_what_was_tried(given, points):
    assert urgency.points(**given) == points


def test_what_waits_behind_counts_through_others_once():
    assert urgency.waiting_behind({2: (1,), 3: (1, 2), 4: (3,)}) == {1: 3, 2: 2, 3: 1}


def test_a_gap_that_outlives_a_session_is_raised_by_the_next_score(database, school, teacher):
    kid = school.student_ids[0]
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        score(database, school, kid, 1)
        gap = gap_of(database, kid, school.target_id)
        coaching = invite(database, school, [gap.id])
        teacher.post(f"/coaching/{coaching}/attendance", person=kid, here="yes")
        clock.shift(timedelta(hours=2))
        upkeep.once(database)
        assert gap_of(database, kid, school.target_id).state == GapState.ATTENDED
        score(database, school, kid, 1)
        gap = gap_of(database, kid, school.target_id)
        assert (gap.state, gap.raised) == (GapState.OPEN, 1)
        with database.session() as session:
            assert session.scalars(select(GapHelp.outcome)).all() == [Outcome.RAISED]
        score(database, school, kid, 4)
        score(database, school, kid, 4)
    assert gap_of(database, kid, school.target_id).state == GapState.CLOSED


def test_an_answer_sent_before_the_session_decides_nothing_about_it(database, school, teacher):
    kid = school.student_ids[0]
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        gap_id = flag(database, school, kid)
        coaching = invite(database, school, [gap_id])
        teacher.post(f"/coaching/{coaching}/attendance", person=kid, here="yes")
        score(database, school, kid, 2)  # answered before its end
        clock.shift(timedelta(minutes=5))
    with database.session() as session:
        assert session.scalars(select(GapHelp.decided_at)).all() == [None]
    assert gap_of(database, kid, school.target_id).raised == 0


def test_a_gap_about_which_nobody_says_a_word_waits_again_after_two_school_days(
    database, school, teacher
):
    kid = school.student_ids[0]
    with time_machine.travel(BEFORE_SCHOOL, tick=False) as clock:
        gap_id = flag(database, school, kid)
        coaching = invite(database, school, [gap_id])
        teacher.post(f"/coaching/{coaching}/attendance", person=kid, here="yes")
        clock.shift(timedelta(days=2, hours=5))
        upkeep.once(database)
        assert gap_of(database, kid, school.target_id).state == GapState.ATTENDED
        clock.shift(timedelta(days=1))
        upkeep.once(database)
        upkeep.once(database)
    gap = gap_of(database, kid, school.target_id)
    assert (gap.state, gap.raised) == (GapState.OPEN, 1)


def test_rules_show_what_they_would_have_found_last_month(database, school, teacher):
    one, two = school.student_ids[:2]
    score(database, school, one, 1)
    score(database, school, two, 2.8)
    page = teacher.get("/planning/rules?" + "&".join(f"{k}={v}" for k, v in RULES.items()))
    assert "Last month with these rules" in page.text
    assert "New with these rules" not in page.text
    changed = {**RULES, "line_percent": "75"}
    page = teacher.get("/planning/rules?" + "&".join(f"{k}={v}" for k, v in changed.items()))
    assert f"{school.names[two]} · I can multiply" in page.text
    with database.session() as session:
        assert session.scalars(select(Movement)).all()


def test_rules_a_team_cannot_work_by_are_refused_in_words(teacher, database, school):
    for field, value in (
        ("line_percent", "0"),
        ("stuck_days", "0"),
        ("session_minutes", "17"),
        ("group_most", "1"),
        ("seminar_from", "6"),
        ("most_a_day", "9"),
        ("stuck_days", "soon"),
    ):
        answer = teacher.post("/planning/rules", **{**RULES, field: value})
        assert answer.status_code == 400, field
        assert "<h1>" in answer.text


def test_two_who_save_rules_at_once_see_each_other(teacher):
    _set_rules(teacher, line_percent="50")
    answer = teacher.post("/planning/rules", **{**RULES, "line_percent": "70"})
    assert answer.status_code == 409
    assert "The line (percent of the points)" in answer.text


def test_only_an_owner_sets_the_rules(app, database, school):
    other = browser_of(app, school, colleague(database, school))
    assert other.post("/planning/rules", **RULES).status_code == 403
