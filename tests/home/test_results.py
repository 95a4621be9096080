"""Which pathways lead to mastery: counts, and no claim from fewer than ten."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from lti_app.db import now
from lti_app.home import results
from lti_app.learning import attempts, targets
from lti_app.learning.models import Attempt, Pathway, PathwayWalk, Unit
from tests.school import browser_of, make_school


def _walk(session, school, person_id, *, begun, finished=None):
    session.add(
        PathwayWalk(
            person_id=person_id,
            pathway_id=school.pathway_id,
            begun_at=begun,
            finished_at=finished,
        )
    )


def _score(session, school, person_id, *given):
    """Points for one attempt after the other, all handed in now."""
    checkpoint = targets.get_checkpoint(
        session, school.team_id, school.section_id, school.checkpoint_id
    )
    before = len(attempts.of_student(session, person_id, checkpoint.id))
    for number, points in enumerate(given, start=before + 1):
        attempt = attempts.submit(
            session,
            checkpoint=checkpoint,
            person_id=person_id,
            section_id=school.section_id,
            number=number,
            evidence=str(number),
        )
        attempts.score(
            session, attempt=attempt, points=points, feedback="", scored_by_id=school.teacher_id
        )


@pytest.fixture
def school(database):
    return make_school(database, students=12)


def test_what_counts_is_the_first_attempt_after_the_pathway_was_begun(database, school):
    early, late, never, corrected = school.student_ids[:4]
    with database.transaction(district_id=school.district_id) as session:
        _score(session, school, early, 0)
        session.execute(update(Attempt).values(submitted_at=now() - timedelta(days=2)))
        begun = now() - timedelta(days=1)
        _walk(session, school, early, begun=begun, finished=now())
        _walk(session, school, late, begun=begun)
        _walk(session, school, never, begun=begun)
        _walk(session, school, corrected, begun=begun)
        _score(session, school, early, 4)
        _score(session, school, late, 1, 4)
        _score(session, school, corrected, 1)
        (attempt,) = attempts.of_student(session, corrected, school.checkpoint_id)
        attempts.score(
            session, attempt=attempt, points=4, feedback="", scored_by_id=school.teacher_id
        )
        (result,) = results.of_team(session, school.team_id)
    assert (result.chosen, result.finished, result.tried, result.met_first_time) == (4, 1, 3, 2)
    assert result.percent is None


def test_nothing_is_claimed_of_nine_students_and_something_of_ten(app, database, school):
    teacher = browser_of(app, school, school.teacher_id)
    with database.transaction(district_id=school.district_id) as session:
        for kid in school.student_ids[:9]:
            _walk(session, school, kid, begun=now() - timedelta(days=1))
            _score(session, school, kid, 4)
    page = teacher.get("/results").text
    assert "9 of 9 · too few to say" in " ".join(page.split())
    with database.transaction(district_id=school.district_id) as session:
        _walk(session, school, school.student_ids[9], begun=now() - timedelta(days=1))
        _score(session, school, school.student_ids[9], 0)
    assert "9 of 10 (90 %)" in " ".join(teacher.get("/results").text.split())


def test_results_are_narrowed_to_a_unit_or_a_target(app, database, school):
    teacher = browser_of(app, school, school.teacher_id)
    with database.transaction(district_id=school.district_id) as session:
        unit = Unit(team_id=school.team_id, title="Volume")
        session.add(unit)
        session.flush()
        other = targets.add_target(session, school.team_id, title="I can fill.", unit_id=unit.id)
        pathway = targets.add_pathway(session, other, title="Fill boxes")
        _walk(session, school, school.student_ids[0], begun=now())
        session.add(
            PathwayWalk(person_id=school.student_ids[0], pathway_id=pathway.id, begun_at=now())
        )
        unit_id = unit.id
    everything = teacher.get("/results").text
    assert "Watch and try" in everything
    assert "Fill boxes" in everything
    assert "Watch and try" not in teacher.get(f"/results?unit={unit_id}").text
    of_target = teacher.get(f"/results?target={school.target_id}").text
    assert "Watch and try" in of_target
    assert "Fill boxes" not in of_target
    for wrong in ("x", "9" * 30, "-1"):
        assert "No student has begun" in teacher.get(f"/results?target={wrong}").text


def test_another_teams_pathways_are_not_in_the_results(app, database, school):
    birch = make_school(database, name="Birch")
    with database.transaction(district_id=birch.district_id) as session:
        _walk(session, birch, birch.student_ids[0], begun=now())
    teacher = browser_of(app, school, school.teacher_id)
    for path in ("/results", f"/results?target={birch.target_id}"):
        assert "No student has begun a pathway yet." in teacher.get(path).text


def test_a_students_own_pathway_is_nobodys_result(database, school):
    with database.transaction(district_id=school.district_id) as session:
        _walk(session, school, school.student_ids[0], begun=now())
        session.get_one(Pathway, school.pathway_id).person_id = school.student_ids[0]
        session.flush()
        assert results.of_team(session, school.team_id) == []


def test_the_table_of_results_names_no_one(app, database, school):
    with database.transaction(district_id=school.district_id) as session:
        _walk(session, school, school.student_ids[0], begun=now())
    text = browser_of(app, school, school.teacher_id).get("/results.csv").text
    assert "Watch and try,1,0,0,0" in text
    assert "Student" not in text
