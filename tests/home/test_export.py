"""Everything as tables for a spreadsheet."""

import csv
import io

import pytest
from sqlalchemy import select

from lti_app.home import csv_tables
from lti_app.people.models import AuditEvent, Enrolment, Person, Role
from tests.home.class_room import score_attempt, second_section
from tests.school import Browser, browser_of, make_school


@pytest.fixture
def school(database):
    return make_school(database, students=4)


def _table(answer):
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_table_of_students_says_levels_and_percents(teacher, database, school):
    score_attempt(database, school, school.student_ids[0], 3)
    answer = teacher.get("/students.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    head, first, second, *_ = _table(answer)
    assert head[0] == "Student"
    assert first == ["Maple Student 1", "Nearly there", "75.0"]
    assert second == ["Maple Student 2", "Not started", ""]


def test_no_answer_of_a_student_runs_as_a_formula_on_a_teachers_machine(teacher, database, school):
    with database.transaction() as session:
        session.get_one(Person, school.student_ids[0]).name = "=HYPERLINK(1)"
    score_attempt(database, school, school.student_ids[0], 1, feedback="-1+1")
    rows = _table(teacher.get("/attempts.csv"))
    assert rows[1][1] == "'=HYPERLINK(1)"
    assert rows[1][-1] == "'-1+1"
    assert _table(teacher.get("/students.csv"))[1][0] == "'=HYPERLINK(1)"


def test_all_attempts_of_the_team_are_in_the_table_and_of_nobody_else(
    app, teacher, database, school, monkeypatch
):
    monkeypatch.setattr("lti_app.home.export_pages.ROWS_AT_ONCE", 2)
    birch = make_school(database, name="Birch")
    for kid in school.student_ids:
        score_attempt(database, school, kid, 1)
    score_attempt(database, birch, birch.student_ids[0], 1)
    names = [row[1] for row in _table(teacher.get("/attempts.csv"))[1:]]
    assert names == [f"Maple Student {n}" for n in range(1, 5)]


def test_who_takes_a_table_along_stands_in_the_audit_trail_without_names(teacher, database, school):
    teacher.get("/students.csv")
    with database.session() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "export.table")).one()
    assert (event.person_id, event.about) == (school.teacher_id, {"table": "students"})


@pytest.mark.parametrize("typed", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1"])
def test_what_a_spreadsheet_may_calculate_gets_an_apostrophe(typed):
    assert csv_tables.cell(typed) == "'" + typed


@pytest.mark.parametrize("value", ["6/5", "a=b", "", 3.5, -2, None, 'Ünal, "Ana"'])
def test_other_values_arrive_as_they_are(value):
    (text,) = csv_tables.lines([[value, "end"]])
    assert text.startswith("\ufeff")
    read = next(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert read == ["" if value is None else str(value), "end"]


def test_a_long_table_is_sent_in_pieces():
    pieces = list(csv_tables.lines([n, "x" * 100] for n in range(1000)))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 2 * csv_tables.CHARS_AT_ONCE
    assert "".join(pieces).count("\r\n") == 1000


def test_the_table_of_students_is_narrowed_like_the_grid(teacher, database, school):
    second_section(database, school, school.student_ids[0])
    names = [row[0] for row in _table(teacher.get("/students.csv?section=all"))[1:]]
    assert names == [*(f"Maple Student {n}" for n in range(1, 5)), "Zoe Neighbor"]
    named = _table(teacher.get("/students.csv?section=all&name=zoe"))
    assert [row[0] for row in named] == ["Student", "Zoe Neighbor"]
    page = teacher.get("/students?section=all&name=zoe").text
    assert "/students.csv?section=all&amp;name=zoe" in page


def test_attempts_of_every_section_of_the_team_are_in_the_table(teacher, database, school):
    other_id, neighbor_id = second_section(database, school)
    score_attempt(database, school, neighbor_id, 3, "Well drawn, “Zoe”", section_id=other_id)
    (_, line) = _table(teacher.get("/attempts.csv"))
    assert (line[0], line[1]) == ("Room 14", "Zoe Neighbor")
    assert line[-3:] == ["3.0", "4.0", "Well drawn, “Zoe”"]


@pytest.mark.parametrize("path", ["/students.csv", "/attempts.csv", "/results.csv"])
def test_tables_are_for_those_who_teach(app, database, school, path):
    student = browser_of(app, school, school.student_ids[0])
    assert student.get(path).status_code == 403
    with database.transaction(district_id=school.district_id) as session:
        aide = Person(name="Ms. Aide")
        session.add(aide)
        session.flush()
        entered = Enrolment(section_id=school.section_id, person_id=aide.id, role=Role.ASSISTANT)
        session.add(entered)
        session.flush()
        assistant = Browser(app, aide.id, entered.id)
        aide_id = aide.id
    assert assistant.get(path).status_code == 200
    with database.session() as session:
        taken = session.scalars(select(AuditEvent).where(AuditEvent.action == "export.table"))
        assert [event.person_id for event in taken] == [aide_id]
