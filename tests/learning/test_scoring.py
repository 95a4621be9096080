"""Scores: given at once by items, by points or rubric by teachers of the team, never lost."""

import threading

import pytest
from sqlalchemy import select

from lti_app.learning.models import (
    Attempt,
    CheckpointItem,
    Level,
    Mastery,
    Score,
    ScoreSource,
)
from lti_app.sync.models import GradeDelivery
from tests.learning.marking_room import (
    answers,
    change,
    count,
    second_teacher,
    student_of,
    teacher_of,
    with_items,
)

RUBRIC = [
    {
        "title": "I explain why",
        "levels": [{"words": "what I did", "points": 1}, {"words": "why it works", "points": 3}],
    },
    {"title": "Right", "levels": [{"words": "no", "points": 0}, {"words": "yes", "points": 1}]},
]


@pytest.fixture
def colleague(app, database, school):
    """Another teacher, of another section of the team."""
    return second_teacher(app, database, school)


def _answer(student, school, words="6/5", number=1):
    return student.post(f"/checkpoints/{school.checkpoint_id}", number=number, evidence=words)


def _scores(database) -> list[Score]:
    with database.session() as session:
        return list(session.scalars(select(Score).order_by(Score.id)))


# Items that mark themselves.


def test_what_marks_itself_is_scored_at_once_and_goes_out(database, school, student, teacher):
    quick, items = with_items(database, school)
    sent = student.post(f"/checkpoints/{quick}", number=1, **answers(items, "1 1/5", "0"))
    assert sent.status_code == 302
    (score,) = _scores(database)
    assert (score.points, score.max_points, score.source) == (1, 3, ScoreSource.MARKER)
    assert score.marks == {"items": {str(items[0]): 1, str(items[1]): 0}}
    assert score.scored_by_id is None
    with database.session() as session:
        delivery = session.scalars(select(GradeDelivery)).one()
        assert (delivery.points, delivery.max_points) == (1, 3)
        assert session.scalars(select(Mastery.level)).one() == Level.WORKING
    page = student.get(f"/checkpoints/{quick}").text
    assert "1 answer is right. Look at the others once more." in page
    assert "Right" in page
    assert "Not yet" in page
    assert "No way</p>" not in page  # what is right is not told
    assert "Nothing waits for a score." in teacher.get("/scoring").text


@pytest.mark.parametrize(
    ("given", "words"),
    [(("6/5", "1"), "All right! You showed it."), (("1/5", "0"), "Not yet. That is how learning")],
)
def test_the_student_reads_at_once_how_it_went(database, school, student, given, words):
    quick, items = with_items(database, school)
    student.post(f"/checkpoints/{quick}", number=1, **answers(items, *given))
    assert words in student.get(f"/checkpoints/{quick}").text


def test_answers_sent_twice_are_marked_once_and_another_answer_is_not_lost(
    database, school, student
):
    quick, items = with_items(database, school)
    for _ in range(2):
        student.post(f"/checkpoints/{quick}", number=1, **answers(items, "6/5", "1"))
    assert (count(database, Attempt), len(_scores(database))) == (1, 1)
    other = student.post(f"/checkpoints/{quick}", number=1, **answers(items, "6/5", "0"))
    assert "You have sent an answer already." in other.text


def test_nothing_answered_is_no_attempt(database, school, student):
    quick, items = with_items(database, school)
    answer = student.post(f"/checkpoints/{quick}", number=1, **answers(items, None, None))
    assert answer.status_code == 400
    assert "Answer the questions, then send them." in answer.text
    assert count(database, Attempt) == 0


def test_where_work_is_asked_for_too_the_marks_are_a_proposal_that_the_teacher_fills_up(
    database, school, student, teacher
):
    mixed, items = with_items(database, school, max_points=7, takes_text=True)
    student.post(f"/checkpoints/{mixed}", number=1, evidence="why", **answers(items, "6/5", "0"))
    assert _scores(database) == []
    assert "Not yet" in student.get(f"/checkpoints/{mixed}").text
    page = teacher.get("/scoring/1").text
    assert "The questions marked themselves: 1 of 3 points" in page
    assert "Points for the rest, of 4" in page
    teacher.post("/scoring/1", points="3.5", version=0)
    (score,) = _scores(database)
    assert (score.points, score.source) == (4.5, ScoreSource.TEACHER)
    assert score.marks == {"items": {str(items[0]): 1, str(items[1]): 0}, "own": 3.5}


def test_a_teacher_may_see_an_answer_otherwise_than_the_marker(database, school, student, teacher):
    quick, items = with_items(database, school)
    student.post(f"/checkpoints/{quick}", number=1, **answers(items, "1/5", "1"))
    teacher.post("/scoring/1", **{f"item-{items[0]}": "0,5", f"item-{items[1]}": "2"})
    marker, corrected = _scores(database)
    assert (marker.points, corrected.points) == (2, 2.5)
    assert "marked itself" in teacher.get("/scoring/1").text
    assert "Partly right" in student.get(f"/checkpoints/{quick}").text


@pytest.mark.parametrize("points", ["1.5", "-1", "x", ""])
def test_an_item_gives_no_more_than_its_points(database, school, student, teacher, points):
    quick, items = with_items(database, school)
    student.post(f"/checkpoints/{quick}", number=1, **answers(items, "1/5", "1"))
    answer = teacher.post("/scoring/1", **{f"item-{items[0]}": points})
    assert answer.status_code == 400
    assert len(_scores(database)) == 1


def test_a_retired_question_stays_beside_the_answer_it_got(database, school, student, teacher):
    mixed, items = with_items(database, school, max_points=7, takes_text=True)
    student.post(f"/checkpoints/{mixed}", number=1, **answers(items, "6/5", "1"))
    with database.transaction() as session:
        session.get_one(CheckpointItem, items[0]).retired_at = session.get_one(
            Attempt, 1
        ).submitted_at
    assert "3 × 2/5 =" in teacher.get("/scoring/1").text
    teacher.post("/scoring/1", points="4")
    assert _scores(database)[0].points == 7


# A rubric.


def test_the_levels_picked_make_the_points_and_the_student_reads_their_words(
    database, school, student, teacher
):
    change(database, school, rubric=RUBRIC)
    assert "What your teacher looks for" in student.get(f"/checkpoints/{school.checkpoint_id}").text
    _answer(student, school)
    teacher.post("/scoring/1", **{"rubric-0": "1", "rubric-1": "0", "version": "0"})
    (score,) = _scores(database)
    assert (score.points, score.marks["rubric"]) == (3, [3, 0])
    page = student.get(f"/checkpoints/{school.checkpoint_id}").text
    assert "<dt>I explain why</dt><dd>why it works</dd>" in page
    change(database, school, rubric=[{**RUBRIC[0], "title": "New"}, RUBRIC[1]])
    page = student.get(f"/checkpoints/{school.checkpoint_id}").text
    assert "<dt>I explain why</dt><dd>why it works</dd>" in page  # as it was picked


@pytest.mark.parametrize("form", [{}, {"rubric-0": "1"}, {"rubric-0": "1", "rubric-1": "2"}])
def test_each_line_of_a_rubric_needs_a_level(database, school, student, teacher, form):
    change(database, school, rubric=RUBRIC)
    _answer(student, school)
    answer = teacher.post("/scoring/1", **form)
    assert answer.status_code == 400
    assert "has no level yet." in answer.text
    assert _scores(database) == []


def test_a_rubric_opened_again_shows_what_was_picked(database, school, student, teacher):
    change(database, school, rubric=RUBRIC)
    _answer(student, school)
    teacher.post("/scoring/1", **{"rubric-0": "1", "rubric-1": "1"})
    page = teacher.get("/scoring/1").text
    assert page.count('value="1" required checked') == 2


# Two teachers.


def test_the_second_of_two_teachers_is_shown_the_first_ones_score_and_keeps_their_own_words(
    database, school, student, teacher, colleague
):
    _answer(student, school)
    teacher.post("/scoring/1", points="2", feedback="Draw it.", version="0")
    late = colleague.post("/scoring/1", points="3", feedback="Nice strips!", version="0")
    assert late.status_code == 409
    assert "Ms. Ortiz scored this while you were reading it." in late.text
    for words in ("Draw it.", "Nice strips!"):
        assert words in late.text
    assert len(_scores(database)) == 1
    # Having seen it, they may still say otherwise; both stay readable.
    newest = _scores(database)[0].id
    colleague.post("/scoring/1", points="3", feedback="Nice strips!", version=newest)
    assert [score.points for score in _scores(database)] == [2, 3]
    page = teacher.get("/scoring/1").text
    assert "Ms. Ortiz" in page
    assert "Draw it." in page


def test_two_who_say_the_same_give_one_score(database, school, student, teacher, colleague):
    _answer(student, school)
    form = {"points": "2.0", "feedback": "Draw it.\r\nThen count.", "version": "0"}
    for one in (teacher, teacher, colleague):
        assert one.post("/scoring/1", **form).status_code == 302
    assert len(_scores(database)) == 1


def test_a_clash_over_a_rubric_is_shown_in_words(database, school, student, teacher, colleague):
    change(database, school, rubric=RUBRIC)
    _answer(student, school)
    teacher.post("/scoring/1", **{"rubric-0": "1", "rubric-1": "0", "version": "0"})
    late = colleague.post("/scoring/1", **{"rubric-0": "0", "rubric-1": "0", "version": "0"})
    assert late.status_code == 409
    assert "I explain why" in late.text
    assert "why it works" in late.text
    assert 'name="rubric-1" value="0"' in late.text  # goes along, no clash


def test_of_two_who_save_at_the_same_moment_one_is_shown_the_others_score(
    app, database, school, student, colleague
):
    _answer(student, school)
    together = threading.Barrier(2)
    answered = []

    def save(browser, points):
        together.wait()
        answered.append(browser.post("/scoring/1", points=points, version="0").status_code)

    teachers = [(teacher_of(app, school), "1"), (colleague, "3")]
    threads = [threading.Thread(target=save, args=pair) for pair in teachers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answered) == [302, 409]
    assert len(_scores(database)) == 1


def test_an_answer_sent_from_two_windows_at_the_same_moment_is_kept_and_marked_once(
    app, database, school
):
    quick, items = with_items(database, school)
    together = threading.Barrier(3)
    answered = []

    def send(browser):
        together.wait()
        sent = browser.post(f"/checkpoints/{quick}", number=1, **answers(items, "6/5", "1"))
        answered.append(sent.status_code)

    threads = [threading.Thread(target=send, args=(student_of(app, school),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answered == [302, 302, 302]
    assert (count(database, Attempt), len(_scores(database))) == (1, 1)
