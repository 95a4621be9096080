"""Questions from a QTI file become items that mark themselves, with a report of what did not."""

import io
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app.learning.models import Checkpoint, CheckpointItem
from tests.integrations.test_qti import _zip
from tests.school import browser_of, make_school

SAMPLES = Path(__file__).parents[1] / "data" / "qti"


@pytest.fixture
def send(app, school):
    teacher = browser_of(app, school, school.teacher_id)
    address = f"/plan/{school.target_id}/checkpoints/{school.checkpoint_id}/qti"

    def post(raw, name="items.zip"):
        return teacher.post(address, package=(io.BytesIO(raw), name))

    return post


def _items(database):
    with database.session() as session:
        return session.scalars(
            select(CheckpointItem)
            .where(CheckpointItem.retired_at.is_(None))
            .order_by(CheckpointItem.position)
        ).all()


def test_a_package_of_all_kinds_is_taken_over_once(send, database, school):
    files = {path.name: path.read_bytes() for path in sorted(SAMPLES.glob("*.xml"))}
    page = send(_zip(files)).text
    assert "7 questions were taken over" in page
    assert {item.kind for item in _items(database)} == {
        "number",
        "fraction",
        "one_choice",
        "several_choices",
        "order",
        "match",
        "short_text",
    }
    again = send(_zip(files)).text
    assert "0 questions were taken over" in again
    assert again.count("it is in this checkpoint already") == 7
    assert len(_items(database)) == 7
    with database.session() as session:
        assert session.get_one(Checkpoint, school.checkpoint_id).max_points == 4 + 8


def test_a_student_answers_what_was_taken_over_and_is_marked(app, send, database, school):
    send((SAMPLES / "fraction-v3.xml").read_bytes(), "one.xml")
    (item,) = _items(database)
    student = browser_of(app, school, school.student_ids[0])
    assert "What is 3 × 2/5?" in student.get(f"/checkpoints/{school.checkpoint_id}").text
    student.post(
        f"/checkpoints/{school.checkpoint_id}",
        number=1,
        evidence="see above",
        **{f"item-{item.id}": "1 1/5"},
    )
    assert "Right" in student.get(f"/checkpoints/{school.checkpoint_id}").text


def test_what_is_left_out_is_said_with_its_reason(send, database):
    good = (SAMPLES / "order-v3.xml").read_bytes()
    page = send(_zip({"a.xml": good, "b.xml": b"<questestinterop/>"})).text
    assert "1 question was taken over" in page
    assert "QTI 1.2" in page
    assert len(_items(database)) == 1


@pytest.mark.parametrize("raw", [b"", b"hello", b"<a", _zip({"a.txt": "x"})])
def test_what_is_no_qti_changes_nothing_and_says_so(send, database, raw):
    answer = send(raw)
    assert answer.status_code == 400
    assert "The file was not taken over." in answer.text
    assert _items(database) == []


def test_no_file_and_a_huge_one_are_refused_in_words(app, send, school):
    teacher = browser_of(app, school, school.teacher_id)
    address = f"/plan/{school.target_id}/checkpoints/{school.checkpoint_id}/qti"
    assert "Nothing was sent." in teacher.post(address).text
    assert send(b"x" * (6 * 1024 * 1024)).status_code == 413


def test_the_checkpoint_of_another_target_is_not_there(app, database, school):
    birch = make_school(database, name="Birch")
    teacher = browser_of(app, school, school.teacher_id)
    for target_id, checkpoint_id in (
        (school.target_id, birch.checkpoint_id),
        (birch.target_id, school.checkpoint_id),
    ):
        address = f"/plan/{target_id}/checkpoints/{checkpoint_id}/qti"
        assert teacher.get(address).status_code == 404
