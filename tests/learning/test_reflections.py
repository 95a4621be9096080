"""Looking back: after a checkpoint and on the week; read by the student and the teachers only."""

from datetime import timedelta

import pytest

from lti_app.db import now
from lti_app.learning.models import Reflection
from lti_app.learning.voice import reflections
from tests.learning.plan_room import answer
from tests.learning.voice_room import (
    MONDAY,
    leaves,
    on,
    rows,
    second_section,
    student_of,
    teacher_of,
)
from tests.school import Browser, make_school


@pytest.fixture
def school(database):
    with on(MONDAY):
        return make_school(database)


def test_a_student_looks_back_on_the_week_and_the_teacher_reads_it(app, database, school):
    student = student_of(app, school)
    student.post("/reflections", proud="I asked <b>twice</b>\r\nand it helped", change="")

    mine = student.get("/reflections").text
    assert "I asked &lt;b&gt;twice&lt;/b&gt;" in mine
    assert "You looked back on this week." in student.get("/").text
    page = teacher_of(app, school).get("/voice/reflections").text
    assert "Maple Student 1" in page
    assert "What am I proud of this week?" in page
    assert "I asked &lt;b&gt;twice&lt;/b&gt;\nand it helped" in page
    assert [row.prompt for row in rows(database, school, Reflection)] == ["proud"]


def test_next_week_asks_anew_and_keeps_what_was_written(app, school):
    with on(MONDAY):
        student_of(app, school).post("/reflections", proud="I asked twice")
    with on(MONDAY + timedelta(days=7)):
        student = student_of(app, school)
        assert "You looked back on this week." not in student.get("/").text
        page = student.get("/reflections").text
        assert "I asked twice" not in page.partition("What I wrote before")[0]
        assert "I asked twice" in page.partition("What I wrote before")[2]


def test_a_student_looks_back_on_an_attempt(app, database, school):
    attempt_id = answer(database, school, school.student_ids[0], school.checkpoint_id, 2)
    student = student_of(app, school)
    sent = student.post(
        "/reflections", attempt=attempt_id, helped="The strips", next="Draw", proud="not asked"
    )
    assert sent.status_code == 302

    page = teacher_of(app, school).get("/voice/reflections").text
    assert "Exit ticket" in page
    assert "Attempt 1" in page
    assert page.index("What helped you?") < page.index("What will you do next?")
    assert "not asked" not in page
    assert {row.prompt for row in rows(database, school, Reflection)} == {"helped", "next"}


def test_writing_again_stands_and_the_teacher_can_read_what_was_before(app, database, school):
    attempt_id = answer(database, school, school.student_ids[0], school.checkpoint_id, 2)
    student = student_of(app, school)
    for text in ("The strips", "The strips", "Ben helped me", ""):
        student.post("/reflections", attempt=attempt_id, helped=text, hard="All")

    assert len(rows(database, school, Reflection)) == 3
    mine = student.get("/reflections").text
    assert "Ben helped me" in mine
    assert "The strips" not in mine
    page = teacher_of(app, school).get("/voice/reflections").text
    assert page.index("Ben helped me") < page.index("Written before") < page.index("The strips")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "You have not written anything yet."),
        ({"proud": " \n "}, "You have not written anything yet."),
        ({"helped": "no attempt was named"}, "You have not written anything yet."),
        ({"proud": "x" * 1001}, "That is a lot to read."),
    ],
)
def test_nothing_and_too_much_are_refused(app, database, school, form, says):
    refused = student_of(app, school).post("/reflections", **form)
    assert refused.status_code == 400
    assert says in refused.text
    assert rows(database, school, Reflection) == []


def test_nobody_looks_back_on_someone_elses_attempt(app, database, school):
    attempt_id = answer(database, school, school.student_ids[0], school.checkpoint_id, 2)
    birch = make_school(database, name="Birch")
    for other in (student_of(app, school, 1), student_of(app, birch)):
        refused = other.post("/reflections", attempt=attempt_id, helped="I")
        assert refused.status_code == 404
    assert rows(database, school, Reflection) == []


def test_reflections_are_never_public(app, database, school):
    student_of(app, school).post("/reflections", proud="A secret of mine")
    birch = make_school(database, name="Birch")
    for other in (student_of(app, school, 1), student_of(app, birch)):
        assert "A secret of mine" not in other.get("/reflections").text
        assert other.get("/voice/reflections").status_code == 403
    assert "A secret of mine" not in teacher_of(app, birch).get("/voice/reflections").text


def test_an_attempt_of_another_section_is_read_by_that_sections_teachers(app, database, school):
    attempt_id = answer(database, school, school.student_ids[0], school.checkpoint_id, 2)
    section_id = second_section(database, school, school.student_ids[0])
    enrolment_id = max(school.enrolment_of.values()) + 1
    there = Browser(app, school.student_ids[0], enrolment_id)
    assert there.post("/reflections", attempt=attempt_id, hard="All").status_code == 302

    teacher = teacher_of(app, school)
    assert "Exit ticket" in teacher.get("/voice/reflections").text
    assert "Exit ticket" not in teacher.get(f"/voice/reflections?section={section_id}").text


def test_teachers_look_further_back_and_those_who_left_are_not_shown(app, database, school):
    with on(MONDAY):
        student_of(app, school).post("/reflections", proud="Long ago")
        student_of(app, school, 1).post("/reflections", proud="I moved away")
        leaves(database, school, school.student_ids[1])
    with on(MONDAY + timedelta(weeks=6)):
        teacher = teacher_of(app, school)
        assert "Long ago" not in teacher.get("/voice/reflections").text
        further = teacher.get("/voice/reflections?weeks=12").text
        assert "Long ago" in further
        assert "I moved away" not in further
        assert teacher.get("/voice/reflections?weeks=-3").status_code == 200


def test_what_other_pages_ask_for(app, database, school):
    attempt_id = answer(database, school, school.student_ids[0], school.checkpoint_id, 2)
    student = student_of(app, school)
    student.post("/reflections", proud="I asked")
    student.post("/reflections", attempt=attempt_id, hard="All")
    with database.session(district_id=school.district_id) as session:
        looks = reflections.of_student(session, school.student_ids[0], school.section_id)
        assert [look.checkpoint_title for look in looks] == ["Exit ticket", None]
        later = reflections.of_section(session, school.section_id, now() + timedelta(minutes=1))
        assert later == []


def test_the_checkpoint_asks_to_look_back_on_the_newest_attempt(app, database, school):
    student = student_of(app, school)
    here = f"/checkpoints/{school.checkpoint_id}"
    assert "What helped you?" not in student.get(here).text
    answer(database, school, school.student_ids[0], school.checkpoint_id, 1)
    attempt_id = answer(database, school, school.student_ids[0], school.checkpoint_id)

    page = student.get(here).text
    assert page.count("What helped you?") == 1
    assert f'name="attempt" value="{attempt_id}"' in page
    assert f'name="back" value="{student.base}{here}' in page
    sent = student.post(
        "/reflections", attempt=attempt_id, helped="The <b>strips</b>", back=student.base + here
    )
    assert sent.location == student.base + here
    assert "The &lt;b&gt;strips&lt;/b&gt;</textarea>" in student.get(here).text
