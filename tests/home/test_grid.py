"""The mastery grid: who stands where, narrowed and opened."""

import re

import pytest
from sqlalchemy import select

from lti_app.db import now
from lti_app.learning import targets
from lti_app.learning.models import ChoiceSetting, Goal, Reflection, Standard, Unit
from lti_app.people.models import Enrolment, Person, Role, Section, StudentGroup, Team
from tests.home.class_room import score_attempt, second_section
from tests.school import Browser, make_school


@pytest.fixture
def school(database):
    return make_school(database, students=4)


def test_each_student_has_a_row_and_each_target_a_column(teacher, database, school):
    score_attempt(database, school, school.student_ids[0], 4)
    score_attempt(database, school, school.student_ids[1], 2)

    page = teacher.get("/students").text

    rows = page.split("<tbody>")[1].split("<tr")[1:]
    assert [row.split("</a>")[0].rsplit(">")[-1] for row in rows] == [
        "Maple Student 1",
        "Maple Student 2",
        "Maple Student 3",
        "Maple Student 4",
    ]
    assert '<td class="g-beyond">B' in rows[0]
    assert '<td class="g-working">W' in rows[1]
    assert "<td>·" in rows[2]
    assert f"/students/{school.student_ids[0]}" in rows[0]
    assert f"/students/targets/{school.target_id}" in page


def test_the_grid_begins_with_the_teachers_own_section_and_may_show_the_whole_team(
    teacher, database, school
):
    other_id, _ = second_section(database, school, school.student_ids[0])
    assert "Zoe Neighbor" not in teacher.get("/students").text
    everyone = teacher.get("/students?section=all").text
    assert everyone.count(">Maple Student 1</a>") == 1, "in two sections, and listed once"
    assert "Zoe Neighbor" in everyone
    only_there = teacher.get(f"/students?section={other_id}").text
    assert ">Maple Student 1</a>" in only_there
    assert "Maple Student 2" not in only_there


def test_who_left_is_not_in_the_grid(teacher, database, school):
    with database.transaction() as session:
        session.get_one(Enrolment, school.enrolment_of[school.student_ids[0]]).active = False
    assert "Maple Student 1" not in teacher.get("/students?section=all").text


def test_a_name_a_unit_and_a_group_narrow_the_grid(teacher, database, school):
    with database.transaction(district_id=school.district_id) as session:
        unit = Unit(team_id=school.team_id, title="Volume")
        session.add(unit)
        session.flush()
        targets.add_target(session, school.team_id, title="I can fill a box.", unit_id=unit.id)
        unit_id = unit.id
    teacher.post("/groups", name="Table 4")
    with database.session() as session:
        group_id = session.scalars(select(StudentGroup.id)).one()
    teacher.post(f"/groups/{group_id}", name="Table 4", student=school.student_ids[1])

    assert "Maple Student 3" not in teacher.get("/students?name=STUDENT+1").text
    assert "No student fits." in teacher.get("/students?name=%25").text
    of_unit = teacher.get(f"/students?unit={unit_id}").text
    assert "I can fill a box." in of_unit
    assert "I can multiply a fraction" not in of_unit
    of_group = teacher.get(f"/students?section=all&group={group_id}").text
    assert ">Maple Student 2</a>" in of_group
    assert ">Maple Student 1</a>" not in of_group


@pytest.mark.parametrize("code", ["5.NF", "5.nf.4", "5.NF.B.4.a", "CCSS.MATH.CONTENT.5.NF.B.4.A"])
def test_a_standard_in_any_spelling_shows_all_targets_below_it(teacher, database, school, code):
    with database.transaction(district_id=school.district_id) as session:
        parent_id = None
        for published in ("5.NF", "5.NF.4", "5.NF.4a"):
            standard = Standard(
                case_identifier=published,
                uri=published,
                framework="Common Core",
                code=published,
                code_key=".".join(published.upper().replace("4A", "4.A").split(".")),
                statement="…",
                parent_id=parent_id,
            )
            session.add(standard)
            session.flush()
            parent_id = standard.id
        targets.add_target(session, school.team_id, title="I can scale.", codes="5.NF.4a")
    page = teacher.get(f"/students?standard={code}").text
    assert "I can scale." in page
    assert "I can multiply a fraction" not in page
    assert "No target fits." in teacher.get("/students?standard=9.ZZ").text


def test_names_are_text_in_the_grid(teacher, database, school):
    with database.transaction() as session:
        session.get_one(Person, school.student_ids[0]).name = "<b>Ana</b> & 'Co'"
    page = teacher.get("/students").text
    assert "&lt;b&gt;Ana&lt;/b&gt; &amp;" in page


def test_one_student_shows_what_a_conference_needs(teacher, database, school):
    kid = school.student_ids[0]
    score_attempt(database, school, kid, 1, feedback="Look again.")
    page = teacher.get(f"/students/{kid}").text
    assert "Maple Student 1" in page
    assert "1 of 4 points" in page
    assert "Look again." in page
    assert "checkpoint below the line" in page
    assert "Maple Room 12" in page


def test_a_teacher_is_no_student_and_another_teams_student_is_not_there(
    app, teacher, database, school
):
    birch = make_school(database, name="Birch")
    assert teacher.get(f"/students/{school.teacher_id}").status_code == 404
    assert teacher.get(f"/students/{birch.student_ids[0]}").status_code == 404


def test_one_target_lists_names_by_level(teacher, database, school):
    score_attempt(database, school, school.student_ids[0], 4)
    page = teacher.get(f"/students/targets/{school.target_id}").text
    beyond, rest = page.split("Not started")
    assert "Maple Student 1" in beyond
    assert "Maple Student 2" in rest
    assert "Exit ticket" in page


@pytest.mark.parametrize(
    "asked",
    ["section=²", "section=x", "group=x", "unit=-1", "group=" + "9" * 30, "section=" + "9" * 30],
)
def test_what_is_no_section_group_or_unit_finds_nothing_and_breaks_nothing(teacher, asked):
    answer = teacher.get(f"/students?{asked}")
    assert answer.status_code == 200
    assert ">Maple Student 1</a>" not in answer.text


def test_filters_work_together(teacher, database, school):
    other_id, _ = second_section(database, school, *school.student_ids[:2])
    teacher.post("/groups", name="Table 4")
    with database.session() as session:
        group_id = session.scalars(select(StudentGroup.id)).one()
    teacher.post(f"/groups/{group_id}", name="Table 4", student=school.student_ids[1:])
    page = teacher.get(f"/students?section={other_id}&group={group_id}&name=student").text
    assert re.findall(r">(Maple Student \d|Zoe[^<]*)</a>", page) == ["Maple Student 2"]


def test_another_teams_group_and_section_show_nobody(app, teacher, database, school):
    kid = school.student_ids[0]
    with database.transaction(district_id=school.district_id) as session:
        section, theirs = _another_team(session, kid)
        oak = Browser(app, theirs.person_id, theirs.id)
        section_id = section.id
    oak.post("/groups", name="Oak table")
    with database.session() as session:
        group_id = session.scalars(select(StudentGroup.id)).one()
    oak.post(f"/groups/{group_id}", name="Oak table", student=kid)

    assert ">Maple Student 1</a>" in oak.get(f"/students?group={group_id}").text
    assert "No student fits." in teacher.get(f"/students?section=all&group={group_id}").text
    assert "No student fits." in teacher.get(f"/students?section={section_id}").text
    assert teacher.get(f"/groups/{group_id}").status_code == 404
    assert teacher.post(f"/groups/{group_id}/remove").status_code == 404


def _another_team(session, person_id):
    """A section of another team of the district with its teacher; the student is in both."""
    team = Team(name="Oak team")
    session.add(team)
    session.flush()
    section = Section(team_id=team.id, title="Oak", source="lti:1", external_id="oak")
    teacher = Person(name="Mr. Oak")
    session.add_all([section, teacher])
    session.flush()
    entered = Enrolment(section_id=section.id, person_id=teacher.id, role=Role.TEACHER)
    session.add(entered)
    session.add(Enrolment(section_id=section.id, person_id=person_id, role=Role.STUDENT))
    targets.add_target(session, team.id, title="I can read a map.")
    session.flush()
    return section, entered


def test_one_student_shows_goals_and_words_of_the_teams_sections_only(teacher, database, school):
    kid = school.student_ids[0]
    beside_id, _ = second_section(database, school, kid)
    with database.transaction(district_id=school.district_id) as session:
        section, _ = _another_team(session, kid)
        session.add(ChoiceSetting(person_id=kid, section_id=beside_id, level="guided"))
        for section_id, words in (
            (school.section_id, "Here"),
            (beside_id, "Beside"),
            (section.id, "Elsewhere"),
        ):
            said = {"person_id": kid, "section_id": section_id, "week": now().date()}
            session.add(Goal(**said, text=f"{words} goal"))
            session.add(Reflection(**said, prompt="proud", text=f"{words} look"))
    page = teacher.get(f"/students/{kid}").text
    for words in ("Here goal", "Here look", "Beside goal", "Beside look", "Room 14 · "):
        assert words in page
    assert "Elsewhere" not in page
    assert "Oak" not in page


def test_pages_below_a_link_of_the_top_say_so(teacher):
    for path, words in (("/groups", "Students"), ("/results", "Students"), ("/needs-me", "Today")):
        page = " ".join(teacher.get(path).text.split())
        assert re.search(rf'aria-current="true">{words}</a>', page), path
