"""The team's marking queue, remarks beside the evidence, and the feedback bank."""

import pytest
from sqlalchemy import select

from lti_app.learning import feedback
from lti_app.learning.evidence.comments import pieces
from lti_app.learning.models import EvidenceComment, FeedbackPhrase, Score
from lti_app.people.models import AuditEvent
from tests.learning.marking_room import (
    answers,
    count,
    second_teacher,
    student_of,
    teacher_of,
    with_items,
)
from tests.school import make_school


@pytest.fixture
def colleague(app, database, school):
    """Another teacher, of another section of the team."""
    return second_teacher(app, database, school)


def _answer(student, school, words="6/5", number=1):
    return student.post(f"/checkpoints/{school.checkpoint_id}", number=number, evidence=words)


def _scores(database) -> list[Score]:
    with database.session() as session:
        return list(session.scalars(select(Score).order_by(Score.id)))


# The queue.


def test_the_queue_is_the_teams_and_can_be_narrowed(database, school, student, teacher, colleague):
    quick, items = with_items(database, school, takes_text=True)
    _answer(student, school)
    student.post(f"/checkpoints/{quick}", number=1, **answers(items, "6/5", "1"))
    _answer(colleague.student, school)
    page = teacher.get("/scoring").text
    assert "3 answers wait for a score." in page
    assert "Fourteen Student" in page
    assert "Room 14" in page
    only = teacher.get(f"/scoring?section={colleague.section_id}").text
    assert "1 answer waits for a score." in only
    assert "Maple Student 1" not in only
    assert f"/scoring/3?section={colleague.section_id}" in only
    assert "1 answer waits" in teacher.get(f"/scoring?checkpoint={quick}").text
    assert "3 answers wait" in teacher.get(f"/scoring?target={school.target_id}").text
    assert "Nothing waits" in teacher.get("/scoring?target=999").text
    assert "3 answers wait" in teacher.get("/scoring?section=x").text


def test_a_teacher_of_the_team_scores_any_section_and_the_audit_holds_ids_only(
    database, school, student, colleague
):
    _answer(student, school)
    assert colleague.post("/scoring/1", points="4", version="0").status_code == 302
    with database.session() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "attempt.scored")
        ).one()
        assert event.about == {"attempt": 1}
        assert event.section_id == school.section_id


def test_another_team_finds_nothing(app, database, school, student):
    _answer(student, school)
    other = teacher_of(app, make_school(database, name="Birch"))
    assert "Nothing waits" in other.get("/scoring").text
    for path in ("/scoring/1", "/scoring/1/comments", "/scoring/1/again"):
        assert other.post(path, points="4").status_code == 404
    assert other.get("/scoring/1").status_code == 404


def test_saving_goes_on_to_the_next_of_the_same_pile_or_back_to_the_queue(
    app, database, school, teacher
):
    for seat in range(3):
        _answer(student_of(app, school, seat), school)
    where = f"section={school.section_id}"
    page = teacher.get(f"/scoring/2?{where}").text
    assert f'data-key="k" href="{teacher.base}/scoring/1?{where}"' in page
    assert f'data-key="j" href="{teacher.base}/scoring/3?{where}"' in page
    then = teacher.post(f"/scoring/1?{where}", points="4", then="next")
    assert then.location == f"{teacher.base}/scoring/2?{where}"
    teacher.post("/scoring/2", points="4")
    then = teacher.post(f"/scoring/3?{where}", points="4", then="next")
    assert then.location == f"{teacher.base}/scoring?{where}"


def test_the_oldest_answer_stands_first(app, school, teacher):
    for seat in (2, 0, 1):
        _answer(student_of(app, school, seat), school)
    page = teacher.get("/scoring").text
    places = [page.index(f"Maple Student {n}") for n in (3, 1, 2)]
    assert places == sorted(places)


# Remarks beside the evidence.


def test_a_remark_stands_beside_the_words_it_is_about(database, school, student, teacher):
    _answer(student, school, "I made 3 strips. That is 6/15.")
    form = {"quote-text": "6/15", "comment-text": "Count <b>again</b>", "points": "1"}
    for _ in range(2):
        assert teacher.post("/scoring/1", version="0", **form).status_code == 302
    assert count(database, EvidenceComment) == 1
    page = student.get(f"/checkpoints/{school.checkpoint_id}").text
    assert "That is <mark>6/15</mark>." in page
    assert "Count &lt;b&gt;again&lt;/b&gt;" in page


def test_remarks_can_be_kept_before_the_score_and_taken_away(database, school, student, teacher):
    _answer(student, school)
    teacher.post("/scoring/1/comments", **{"comment-text": "Tell me more", "points": ""})
    assert _scores(database) == []
    assert "Tell me more" in student.get(f"/checkpoints/{school.checkpoint_id}").text
    teacher.post("/scoring/1/comments", remove="1")
    assert count(database, EvidenceComment) == 0


def test_a_remark_is_only_about_what_is_there(database, school, student, teacher):
    _answer(student, school)
    teacher.post("/scoring/1/comments", **{"comment-file:99": "x", "comment-link": "y"})
    assert count(database, EvidenceComment) == 0
    answer = teacher.post("/scoring/1/comments", **{"comment-text": "x" * 2001})
    assert answer.status_code == 400


def test_another_attempts_remark_is_not_taken_away_from_here(
    app, database, school, student, teacher
):
    _answer(student, school)
    _answer(student_of(app, school, 1), school)
    teacher.post("/scoring/1/comments", **{"comment-text": "stays"})
    teacher.post("/scoring/2/comments", remove="1")
    assert count(database, EvidenceComment) == 1


@pytest.mark.parametrize(
    ("quotes", "marked"),
    [
        (["b"], [("a", 0), ("b", 1), ("c", 0)]),
        (["x", "c"], [("ab", 0), ("c", 2)]),
        (["ab", "bc"], [("ab", 1), ("c", 0)]),
        (["", "abc"], [("abc", 2)]),
        ([], [("abc", 0)]),
    ],
)
def test_quotes_are_marked_in_the_words_they_are_from(quotes, marked):
    assert [(piece.text, piece.number) for piece in pieces("abc", quotes)] == marked


# The feedback bank.


def test_a_phrase_is_kept_once_mended_and_taken_out(app, database, school, teacher):
    for _ in range(2):
        assert teacher.post("/feedback", text="  Draw it first. ").status_code == 302
    assert count(database, FeedbackPhrase) == 1
    teacher.post("/feedback/1", text="Draw <b>strips</b>.")
    page = teacher.get("/feedback").text
    assert "Draw &lt;b&gt;strips&lt;/b&gt;." in page
    teacher.post("/feedback/1", remove="yes")
    assert count(database, FeedbackPhrase) == 0
    assert teacher.post("/feedback/1", text="again").status_code == 404


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1001])
def test_an_unusable_phrase_is_refused(database, school, teacher, text):
    assert teacher.post("/feedback", text=text).status_code == 400
    assert count(database, FeedbackPhrase) == 0


def test_picked_phrases_join_the_feedback_once_and_the_most_used_stand_first(
    app, database, school, student, teacher
):
    for text in ("Draw it first.", "Say why."):
        teacher.post("/feedback", text=text)
    _answer(student, school)
    form = {"points": "1", "feedback": "Hello Ana!", "phrase": ["2"], "version": "0"}
    for _ in range(2):
        teacher.post("/scoring/1", **form)
    assert [score.feedback for score in _scores(database)] == ["Hello Ana!\nSay why."]
    with database.session(district_id=school.district_id) as session:
        bank = feedback.of_team(session, school.team_id)
        assert [(phrase.text, phrase.used) for phrase in bank] == [
            ("Say why.", 1),
            ("Draw it first.", 0),
        ]


def test_another_teams_phrases_are_not_ours(app, database, school, teacher):
    other = teacher_of(app, make_school(database, name="Birch"))
    other.post("/feedback", text="Theirs.")
    assert "Theirs." not in teacher.get("/feedback").text
    assert teacher.post("/feedback/1", text="Ours").status_code == 404
    teacher.post("/feedback/1", remove="yes")
    assert count(database, FeedbackPhrase) == 1
