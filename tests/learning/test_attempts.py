"""Attempts: every one is kept, sent twice it counts once, wrong input changes nothing."""

import threading

import pytest
from sqlalchemy import func, select

from lti_app.learning import attempts, targets
from lti_app.learning.models import (
    ActivityDone,
    Attempt,
    Checkpoint,
    Level,
    Mastery,
    MasteryRule,
    PathwayChoice,
    Score,
    Target,
)
from tests.school import browser_of


def _count(database, model):
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_an_answer_sent_twice_is_kept_once(app, database, school):
    student = browser_of(app, school, school.student_ids[0])
    for _ in range(2):
        answer = student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
        assert answer.status_code == 302
    assert _count(database, Attempt) == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"number": 1, "evidence": "   "}, "Your answer is empty."),
        ({"number": 1, "evidence": "x" * 10_001}, "Your answer is too long."),
        ({"number": 2, "evidence": "6/5"}, "This page is old."),
        ({"number": "many", "evidence": "6/5"}, "This page is old."),
        ({"evidence": "6/5"}, "This page is old."),
    ],
)
def test_an_unusable_answer_is_refused_in_words(app, database, school, form, words):
    student = browser_of(app, school, school.student_ids[0])
    answer = student.post(f"/checkpoints/{school.checkpoint_id}", **form)
    assert answer.status_code == 400
    assert words in answer.text
    assert _count(database, Attempt) == 0


def test_another_answer_under_the_same_number_is_not_lost_silently(app, database, school):
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
    answer = student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="7/5")
    assert answer.status_code == 400
    assert "You have sent an answer already." in answer.text


@pytest.mark.parametrize("points", ["-1", "5", "nan", "inf", "four", "", "1e400"])
def test_unusable_points_are_refused_and_nothing_is_saved(app, database, school, points):
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
    teacher = browser_of(app, school, school.teacher_id)
    answer = teacher.post("/scoring/1", points=points)
    assert answer.status_code == 400
    assert _count(database, Score) == 0


def test_points_may_be_written_with_a_comma(app, database, school):
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
    browser_of(app, school, school.teacher_id).post("/scoring/1", points="3,5")
    with database.session() as session:
        assert session.scalars(select(Score.points)).one() == 3.5


def test_a_corrected_score_keeps_the_former_one_beside_it(app, database, school):
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
    teacher = browser_of(app, school, school.teacher_id)
    teacher.post("/scoring/1", points="1")
    teacher.post("/scoring/1", points="4", feedback="I misread it. Well done!")
    assert _count(database, Score) == 2
    assert "Earlier scores of this attempt" in teacher.get("/scoring/1").text
    with database.session() as session:
        assert session.scalars(select(Mastery.level)).one() == Level.BEYOND


def test_two_teachers_who_score_two_attempts_at_once_leave_the_right_standing(
    app, database, school
):
    """Without the lock each would work out the standing without the other's score."""
    person_id = school.student_ids[0]
    with database.transaction(district_id=school.district_id) as session:
        target = session.get_one(Target, school.target_id)
        target.mastery_rule = MasteryRule.AVERAGE
        second = targets.add_checkpoint(session, target, title="Second", max_points=4)
        ids = []
        for checkpoint in (session.get_one(Checkpoint, school.checkpoint_id), second):
            attempt = attempts.submit(
                session,
                checkpoint=checkpoint,
                person_id=person_id,
                section_id=school.section_id,
                number=1,
                evidence="6/5",
            )
            ids.append(attempt.id)
    together = threading.Barrier(2)

    def give(attempt_id: int, points: float) -> None:
        together.wait()
        with database.transaction(district_id=school.district_id) as session:
            attempts.score(
                session,
                attempt=attempts.in_team(session, school.team_id, attempt_id, lock=True),
                points=points,
                feedback="",
                scored_by_id=school.teacher_id,
            )

    threads = [threading.Thread(target=give, args=pair) for pair in zip(ids, (4, 2), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        assert session.scalars(select(Mastery.percent)).one() == pytest.approx(75)


def test_picking_marking_and_undoing_twice_changes_nothing_more(app, database, school):
    student = browser_of(app, school, school.student_ids[0])
    for _ in range(2):
        student.post(f"/pathways/{school.pathway_id}/choose")
        student.post(f"/activities/{school.activity_id}/done", done="yes")
    assert _count(database, PathwayChoice) == 1
    assert _count(database, ActivityDone) == 1
    for _ in range(2):
        student.post(f"/activities/{school.activity_id}/done", done="no")
    assert _count(database, ActivityDone) == 0


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/plan", {"title": "  "}, "The title is empty."),
        ("/plan", {"title": "x" * 301}, "The title is too long."),
        ("/plan", {"title": "I can", "codes": "9.ZZ.9"}, "There is no standard 9.ZZ.9."),
        (
            "/plan/{target}/pathways",
            {"title": "A", "activity": "B", "kind": "video", "url": "javascript:alert(1)"},
            "That is not a web address.",
        ),
        (
            "/plan/{target}/pathways",
            {"title": "A", "activity": "B", "kind": "nap"},
            "Please pick one from the list.",
        ),
        ("/plan/{target}/checkpoints", {"title": "A", "max_points": "0"}, "more than 0"),
    ],
)
def test_unusable_plans_are_refused_and_nothing_is_saved(app, database, school, path, form, words):
    before = [_count(database, model) for model in (Target, Checkpoint)]
    answer = browser_of(app, school, school.teacher_id).post(
        path.format(target=school.target_id), **form
    )
    assert answer.status_code == 400
    assert words in answer.text
    assert [_count(database, model) for model in (Target, Checkpoint)] == before


def test_html_in_titles_is_shown_as_text(app, database, school):
    teacher = browser_of(app, school, school.teacher_id)
    teacher.post("/plan", title="<script>alert(1)</script> I can <b>add</b>")
    page = teacher.get("/plan").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
