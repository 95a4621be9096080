"""A checkpoint's editor: what it asks for, how it is scored, its questions."""

import pytest
from sqlalchemy import func, select

from lti_app.learning import attempts
from lti_app.learning.models import Checkpoint, CheckpointItem, Score
from tests.school import browser_of

BASE = {
    "title": "Exit ticket",
    "question": "What is 3 × 2/5?",
    "takes_text": "on",
    "teacher_points": "4",
    "version": "1",
}
CHOICE = {
    "kind": "one_choice",
    "prompt": "Which is more?",
    "choice-0": "1/3",
    "choice-1": "1/2",
    "right": "1",
    "points": "2",
}


@pytest.fixture
def at(school):
    return f"/plan/{school.target_id}/checkpoints/{school.checkpoint_id}"


def _checkpoint(database, school):
    with database.session() as session:
        return session.get_one(Checkpoint, school.checkpoint_id)


def _items(database):
    with database.session() as session:
        return session.scalars(
            select(CheckpointItem)
            .where(CheckpointItem.retired_at.is_(None))
            .order_by(CheckpointItem.position, CheckpointItem.id)
        ).all()


def test_what_is_saved_is_what_a_student_meets(app, teacher, database, school, at):
    form = {
        **BASE,
        "takes_link": "on",
        "takes_files": "on",
        "due": "2026-12-01",
        "most_attempts": "3",
        "wait_hours": "2",
        "needs_activity": "on",
    }
    assert teacher.post(at, **form).status_code == 302
    kept = _checkpoint(database, school)
    assert (kept.takes_link, kept.takes_files, kept.needs_activity) == (True, True, True)
    assert (kept.most_attempts, kept.wait_hours, kept.max_points) == (3, 2, 4)
    assert kept.due_at.isoformat() == "2026-12-02T04:59:00+00:00", "the end of the school's day"
    student = browser_of(app, school, school.student_ids[0])
    assert 'type="file"' in student.get(f"/checkpoints/{school.checkpoint_id}").text


def test_a_rubrics_best_levels_make_the_points(teacher, database, school, at):
    rubric = {
        "criterion-0": "Drawing",
        "words-0-0": "clear",
        "points-0-0": "3",
        "words-0-1": "begun",
        "points-0-1": "1",
        "criterion-1": "Words",
        "words-1-0": "none",
        "points-1-0": "0",
        "words-1-1": "all said",
        "points-1-1": "2",
    }
    assert teacher.post(at, **{**BASE, **rubric}).status_code == 302
    kept = _checkpoint(database, school)
    assert kept.max_points == 5
    assert [level["words"] for level in kept.rubric[0]["levels"]] == ["begun", "clear"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": " "}, "The title is empty."),
        ({"teacher_points": "0"}, "more than 0"),
        ({"teacher_points": "many"}, "not a number"),
        ({"most_attempts": "0"}, "between 1 and 50"),
        ({"wait_hours": "1.5"}, "not a whole number"),
        ({"due": "someday"}, "not a day"),
        ({"criterion-0": "Drawing"}, "only half there"),
        ({"takes_text": None}, "Nothing is asked for yet."),
    ],
)
def test_what_can_not_be_asked_is_refused_in_words(teacher, database, school, at, changed, words):
    form = {name: value for name, value in {**BASE, **changed}.items() if value is not None}
    answer = teacher.post(at, **form)
    assert answer.status_code == 400
    assert words in answer.text
    assert _checkpoint(database, school).version == 1


def test_two_teachers_who_edit_at_once_are_shown_to_each_other(teacher, database, school, at):
    teacher.post(at, **{**BASE, "title": "Theirs"})
    late = teacher.post(at, **{**BASE, "title": "Mine"})
    assert late.status_code == 409
    assert "Theirs" in late.text
    assert "Mine" in late.text
    assert _checkpoint(database, school).title == "Theirs"


def test_new_points_do_not_bend_old_scores(app, teacher, database, school, at):
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/checkpoints/{school.checkpoint_id}", number=1, evidence="6/5")
    teacher.post("/scoring/1", points="4", feedback="")
    teacher.post(at, **{**BASE, "teacher_points": "10"})
    with database.session() as session:
        score = session.scalars(select(Score)).one()
        assert (score.points, score.max_points) == (4, 4)


def test_a_question_is_added_changed_and_taken_out(teacher, database, school, at):
    assert teacher.post(f"{at}/items", **CHOICE).status_code == 302
    (item,) = _items(database)
    assert _checkpoint(database, school).max_points == 6
    teacher.post(f"{at}/items/{item.id}", **{**CHOICE, "prompt": "Which is less?", "right": "0"})
    (changed,) = _items(database)
    assert (changed.prompt, changed.id != item.id) == ("Which is less?", True)
    page = teacher.post(f"{at}/preview", **{f"item-{changed.id}": "0"}).text
    assert "Right" in page
    teacher.post(f"{at}/items/{changed.id}/remove")
    teacher.post(f"{at}/items/{changed.id}/remove")
    assert _items(database) == []
    assert _checkpoint(database, school).max_points == 4


def test_what_was_answered_stays_beside_what_was_asked(app, teacher, database, school, at):
    teacher.post(f"{at}/items", **CHOICE)
    (item,) = _items(database)
    student = browser_of(app, school, school.student_ids[0])
    student.post(
        f"/checkpoints/{school.checkpoint_id}",
        number=1,
        evidence="see",
        asked=item.id,
        **{f"item-{item.id}": "1"},
    )
    teacher.post(f"{at}/items/{item.id}", **{**CHOICE, "prompt": "Something else?"})
    page = student.get(f"/checkpoints/{school.checkpoint_id}").text
    assert "Which is more?" in page
    with database.session() as session:
        (attempt,) = attempts.of_student(session, school.student_ids[0], school.checkpoint_id)
        assert attempt.answers == {str(item.id): 1}


def test_a_preview_keeps_nothing(teacher, database, school, at):
    teacher.post(f"{at}/items", **CHOICE)
    (item,) = _items(database)
    teacher.post(f"{at}/preview", **{f"item-{item.id}": "1"})
    with database.session() as session:
        assert session.scalar(select(func.count(Score.id))) == 0


def test_questions_are_put_in_order_twice_alike(teacher, database, school, at):
    for prompt in ("A?", "B?", "C?"):
        teacher.post(f"{at}/items", **{**CHOICE, "prompt": prompt})
    a, b, c = (item.id for item in _items(database))
    for _ in range(2):
        teacher.post(f"{at}/items/order", order=f"{c},{a},{b}")
        assert [item.id for item in _items(database)] == [c, a, b]
    teacher.post(f"{at}/items/order", move=b, before=c)
    assert [item.id for item in _items(database)] == [b, c, a]
    assert teacher.post(f"{at}/items/order", order="x").status_code == 400


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"prompt": " "}, "The question is empty."),
        ({"choice-1": ""}, "too few choices"),
        ({"choice-1": "1/3"}, "Two choices say the same."),
        ({"right": "5"}, "No choice is marked as right."),
        ({"points": "0"}, "between 0.01 and"),
        ({"kind": "essay"}, "pick one from the list"),
    ],
)
def test_a_question_that_can_not_be_asked_is_refused(teacher, database, at, changed, words):
    answer = teacher.post(f"{at}/items", **{**CHOICE, **changed})
    assert answer.status_code == 400
    assert words in answer.text
    assert _items(database) == []


def test_a_mirrored_checkpoint_is_asked_in_the_lms(teacher, database, school, at):
    with database.transaction() as session:
        session.get_one(Checkpoint, school.checkpoint_id).url = "https://lms.example.org/1"
    assert teacher.post(f"{at}/items", **CHOICE).status_code == 400
    teacher.post(at, **{**BASE, "title": "Renamed", "teacher_points": "50", "hidden": "on"})
    kept = _checkpoint(database, school)
    assert (kept.title, kept.hidden, kept.max_points) == ("Renamed", True, 4)
