"""Rules of a target and of a team: who would change, who does change, and who may say so."""

import threading

import pytest
from sqlalchemy import select

from lti_app.coaching.models import Gap, GapState
from lti_app.learning import attempts, mastery, recalculate, rules, targets
from lti_app.learning.models import (
    Level,
    Mastery,
    MasteryChange,
    MasteryRule,
    Target,
    TeamRules,
)
from lti_app.learning.rules import Rule, Thresholds
from lti_app.people.models import TeamMember, TeamRole
from tests.school import browser_of, make_school

FIELDS = ("newest_percent", "times", "nearly", "met", "beyond")


@pytest.fixture
def school(database):
    return make_school(database, students=3)


def _try(database, school, person_id, *points):
    """The student's attempts at the checkpoint of 4 points, scored one after the other."""
    with database.transaction(district_id=school.district_id) as session:
        checkpoint = targets.get_checkpoint(
            session, school.team_id, school.section_id, school.checkpoint_id
        )
        before = len(attempts.of_student(session, person_id, checkpoint.id))
        for number, given in enumerate(points, start=before + 1):
            attempt = attempts.submit(
                session,
                checkpoint=checkpoint,
                person_id=person_id,
                section_id=school.section_id,
                number=number,
                evidence=f"try {number}",
            )
            attempts.score(
                session, attempt=attempt, points=given, feedback="", scored_by_id=school.teacher_id
            )


def _standings(database, school):
    with database.session(district_id=school.district_id) as session:
        rows = session.execute(select(Mastery.person_id, Mastery.level, Mastery.percent))
        return {person_id: (level, percent) for person_id, level, percent in rows}


def _rule_form(**fields):
    return {"kind": "", **dict.fromkeys(FIELDS, ""), **fields}


def _team_form(**fields):
    return {
        "kind": "decaying_average",
        "newest_percent": "65",
        "times": "2",
        "nearly": "60",
        "met": "80",
        "beyond": "100",
        "choice_level": "shared",
        "quiet_days": "5",
        **fields,
    }


def test_a_teacher_sees_who_would_change_before_anything_does(teacher, database, school):
    _try(database, school, school.student_ids[0], 4, 2)
    before = _standings(database, school)

    page = teacher.client.get(
        f"{teacher.base}/plan/{school.target_id}/rule",
        query_string=_rule_form(kind="highest"),
    ).text

    assert "1 standing would change" in page
    assert "Maple Student 1" in page
    assert "Maple Student 2" not in page
    assert _standings(database, school) == before


def test_a_saved_rule_moves_standings_at_once_and_says_so(teacher, database, school):
    kid = school.student_ids[0]
    _try(database, school, kid, 4, 2)

    saved = teacher.post(
        f"/plan/{school.target_id}/rule", **_rule_form(kind="highest", version="1")
    )

    assert saved.status_code == 302
    assert _standings(database, school)[kid] == (Level.BEYOND, 100.0)
    with database.session(district_id=school.district_id) as session:
        newest = session.scalars(select(MasteryChange).order_by(MasteryChange.id.desc())).first()
        assert (newest.level, newest.by_rule) == (Level.BEYOND, True)


def test_lines_of_its_own_give_met_a_place_between_nearly_and_beyond(teacher, database, school):
    kid = school.student_ids[0]
    _try(database, school, kid, 3)
    assert _standings(database, school)[kid] == (Level.NEARLY, 75.0)

    teacher.post(f"/plan/{school.target_id}/rule", **_rule_form(met="75", version="1"))

    assert _standings(database, school)[kid] == (Level.MET, 75.0)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"met": "101", "beyond": "101"}, "out of order"),
        ({"nearly": "90"}, "out of order"),
        ({"nearly": "0"}, "out of order"),
        ({"newest_percent": "20"}, "50 to 99 percent"),
        ({"times": "0"}, "1 to 10 times"),
        ({"times": "2.5"}, "not a whole number"),
        ({"met": "lots"}, "not a number"),
        ({"met": "nan"}, "not a number"),
        ({"kind": "magic"}, "pick one from the list"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(teacher, database, school, fields, words):
    for form, address in (
        (_rule_form(version="1", **fields), f"/plan/{school.target_id}/rule"),
        (_team_form(version="0", **fields), "/team/rules"),
    ):
        answer = teacher.post(address, **form)
        assert answer.status_code == 400
        assert words in answer.text
    with database.session(district_id=school.district_id) as session:
        assert session.scalar(select(TeamRules)) is None
        assert session.get_one(Target, school.target_id).version == 1


def test_the_teams_rule_holds_for_targets_without_one_of_their_own(teacher, database, school):
    kid = school.student_ids[0]
    with database.transaction(district_id=school.district_id) as session:
        own = targets.add_target(
            session, school.team_id, title="I can add.", rule=MasteryRule.LATEST
        )
        targets.add_checkpoint(session, own, title="Exit", max_points=4)
        own_id = own.id
    _try(database, school, kid, 2, 4, 4)

    answer = teacher.post("/team/rules", **_team_form(kind="average", version="0"))

    assert answer.status_code == 302
    assert _standings(database, school)[kid][1] == pytest.approx(100 * 10 / 12)
    with database.session(district_id=school.district_id) as session:
        team = rules.of_team(session, school.team_id)
        assert rules.of_target(session.get_one(Target, own_id), team).kind == MasteryRule.LATEST


def test_the_team_cannot_draw_lines_that_a_targets_own_line_crosses(teacher, database, school):
    teacher.post(f"/plan/{school.target_id}/rule", **_rule_form(met="70", version="1"))

    answer = teacher.post("/team/rules", **_team_form(nearly="75", version="0"))

    assert answer.status_code == 400
    assert "out of order" in answer.text


def test_only_owners_set_the_teams_rules(app, database, school, teacher):
    with database.transaction(district_id=school.district_id) as session:
        session.scalars(select(TeamMember)).one().role = TeamRole.TEACHER
    answer = teacher.post("/team/rules", **_team_form(version="0"))
    assert answer.status_code == 403
    assert "Only an owner of the team can save." in teacher.get("/team/rules").text


def test_two_owners_who_set_the_rules_at_once_are_shown_to_each_other(teacher, school):
    teacher.post("/team/rules", **_team_form(met="75", version="0"))

    late = teacher.post("/team/rules", **_team_form(met="85", version="0"))

    assert late.status_code == 409
    assert "changed this while you were writing" in late.text
    assert "75" in late.text
    assert 'name="version" value="1"' in late.text
    again = teacher.post("/team/rules", **_team_form(met="85", version="1"))
    assert again.status_code == 302


def test_a_gap_closes_when_a_changed_rule_says_that_the_target_is_met(teacher, database, school):
    kid = school.student_ids[0]
    _try(database, school, kid, 4, 1)
    with database.session(district_id=school.district_id) as session:
        assert session.scalars(select(Gap)).one().state == GapState.OPEN

    teacher.post(f"/plan/{school.target_id}/rule", **_rule_form(kind="highest", version="1"))

    with database.session(district_id=school.district_id) as session:
        assert session.scalars(select(Gap)).one().state == GapState.CLOSED


def test_a_student_reads_why_they_are_where_they_are(app, database, school):
    kid = school.student_ids[0]
    _try(database, school, kid, 1, 4)
    browser = browser_of(app, school, kid)

    page = browser.get(f"/targets/{school.target_id}/why").text

    assert "Your newest try counts most." in page
    assert "1 of 4 points" in page
    assert "4 of 4 points" in page
    assert page.index("4 of 4 points") < page.index("1 of 4 points")
    assert "Maple Student 2" not in page


def test_a_teacher_reads_what_each_attempt_counts(app, database, school, teacher):
    kid = school.student_ids[0]
    _try(database, school, kid, 1, 4)
    page = teacher.get(f"/students/{kid}/targets/{school.target_id}").text
    assert "73.8 %" in page
    assert ">65 %<" in page
    assert ">35 %<" in page


def test_recalculating_in_one_stream_comes_to_what_each_student_alone_comes_to(database, school):
    for kid, points in zip(school.student_ids, [(4, 2, 3), (1,), ()], strict=True):
        _try(database, school, kid, *points)
    rule = Rule(kind=MasteryRule.N_TIMES, times=1, thresholds=Thresholds(50, 75, 100))
    with database.transaction(district_id=school.district_id) as session:
        target = session.get_one(Target, school.target_id)
        target.mastery_rule, target.times = rule.kind, rule.times
        target.nearly_percent, target.met_percent, target.beyond_percent = 50, 75, 100
        session.flush()
        changes = list(recalculate.preview(session, {target.id: rule}))
        moved = recalculate.refresh_target(session, target.id)
    streamed = _standings(database, school)
    with database.transaction(district_id=school.district_id) as session:
        for standing in session.scalars(select(Mastery)):
            mastery.refresh(session, standing)
    assert _standings(database, school) == streamed
    assert moved == len(changes) == 1


def test_a_score_given_during_a_recalculation_is_not_lost(database, school):
    kid = school.student_ids[0]
    _try(database, school, kid, 1)
    started = threading.Event()

    def score_meanwhile():
        started.wait(5)
        _try(database, school, kid, 4)

    scoring = threading.Thread(target=score_meanwhile)
    scoring.start()
    with database.transaction(district_id=school.district_id) as session:
        changes = recalculate.apply(session, {school.target_id: Rule(kind=MasteryRule.LATEST)})
        started.set()
        scoring.join(0.3)
        assert changes == 0
    scoring.join()
    assert _standings(database, school)[kid] == (Level.NEARLY, pytest.approx(73.75))


def test_an_unscored_or_removed_attempt_leaves_no_percent_behind(database, school):
    kid = school.student_ids[0]
    _try(database, school, kid, 4)
    with database.transaction(district_id=school.district_id) as session:
        other = targets.add_target(session, school.team_id, title="I can add.")
        checkpoint = targets.get_checkpoint(
            session, school.team_id, school.section_id, school.checkpoint_id
        )
        checkpoint.target_id = other.id
        session.flush()
        recalculate.refresh_target(session, other.id)
        recalculate.refresh_target(session, school.target_id)
        rows = session.execute(select(Mastery.target_id, Mastery.percent)).all()
        assert dict(rows) == {other.id: 100.0, school.target_id: None}


def test_batches_of_students_come_to_the_same_as_all_at_once(database, school, monkeypatch):
    for kid in school.student_ids:
        _try(database, school, kid, 4, 1)
    monkeypatch.setattr(recalculate, "STUDENTS_AT_ONCE", 1)
    with database.transaction(district_id=school.district_id) as session:
        moved = recalculate.apply(session, {school.target_id: Rule(kind=MasteryRule.HIGHEST)})
    assert moved == 3
    assert {level for level, _ in _standings(database, school).values()} == {Level.BEYOND}


def test_the_number_of_queries_does_not_grow_with_the_students_of_a_batch(
    database, school, queries
):
    counted = []
    for kids in (school.student_ids[:1], school.student_ids[1:]):
        for kid in kids:
            _try(database, school, kid, 4, 1)
        with database.transaction(district_id=school.district_id) as session:
            queries.clear()
            list(recalculate.preview(session, {school.target_id: Rule(kind=MasteryRule.HIGHEST)}))
            counted.append(len(queries))
    assert counted[0] == counted[1]


def test_a_district_is_worked_out_anew_by_command(app, database, school):
    kid = school.student_ids[0]
    _try(database, school, kid, 4, 1)
    with database.transaction(district_id=school.district_id) as session:
        session.get_one(Target, school.target_id).mastery_rule = MasteryRule.HIGHEST
    run = app.test_cli_runner().invoke

    assert "no district" in run(args=["mastery", "recalculate", "--district", "Nowhere"]).output
    done = run(args=["mastery", "recalculate", "--district", "Maple district"])
    assert "1 standings came to another level" in done.output
    assert _standings(database, school)[kid] == (Level.BEYOND, 100.0)
    assert "0 standings" in run(args=["mastery", "recalculate"]).output
