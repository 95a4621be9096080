"""A team's targets: units, order, edits of two at once, the archive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lti_app.learning import targets
from lti_app.learning.models import Attempt, Pathway, Target, Unit
from lti_app.learning.plan import ordering, units
from lti_app.people.models import Enrolment, Person, Role, Section, Team
from tests.learning.plan_room import add_link, answer, count, links_of, read, titles, write_targets
from tests.school import Browser, browser_of

FIRST = "I can multiply a fraction by a whole number."


@pytest.fixture
def unit_id(database, school):
    with database.transaction(district_id=school.district_id) as session:
        return units.add(session, school.team_id, "Unit 3").id


def _target(database, school, target_id):
    with database.session(district_id=school.district_id) as session:
        return session.get_one(Target, target_id)


def _edit(**changed):
    return {"title": FIRST, "codes": "", "unit": "", "version": "1"} | changed


def test_a_unit_is_added_once_however_often_the_form_is_sent(teacher, database, school):
    for _ in range(2):
        assert teacher.post("/plan/units", title=" Unit  3 ").status_code == 302
    assert read(database, school, select(Unit.title)) == [("Unit 3",)]
    assert "Unit 3" in teacher.get("/plan").text


@pytest.mark.parametrize("title", ["", "   ", "x" * 301])
def test_an_unusable_unit_is_refused_in_words(teacher, database, school, title):
    answer = teacher.post("/plan/units", title=title)
    assert answer.status_code == 400
    assert "The title is" in answer.text
    assert count(database, school, Unit) == 0


def test_a_target_goes_to_the_end_of_another_unit(teacher, database, school, unit_id):
    (already,) = write_targets(database, school, ["I can wait."], unit_id)
    page = teacher.get(f"/plan/{school.target_id}").text
    assert '<option value="">' in page

    teacher.post(f"/plan/{school.target_id}", **_edit(unit=str(unit_id)))

    assert titles(database, school) == ["I can wait.", FIRST]
    assert _target(database, school, already).unit_id == unit_id


@pytest.mark.parametrize("unit", ["4711", "x", "-1", "9" * 30])
def test_a_unit_that_is_not_there_is_not_taken(teacher, database, school, unit):
    assert teacher.post(f"/plan/{school.target_id}", **_edit(unit=unit)).status_code == 404
    assert _target(database, school, school.target_id).version == 1


def test_html_in_what_was_typed_is_text_in_a_refusal_too(teacher):
    refused = teacher.post("/plan", title="I can.", codes="<b>bold</b>")
    assert refused.status_code == 400
    assert "There is no standard &lt;b&gt;bold&lt;/b&gt;." in refused.text
    assert "<b>bold" not in refused.text


def test_a_new_target_can_begin_with_a_standard_picked_elsewhere(teacher):
    assert 'value="5.NF.4"' in teacher.get("/plan?codes=5.NF.4").text


def test_two_teachers_who_edit_a_target_see_both_versions_and_lose_nothing(
    teacher, database, school
):
    teacher.post(f"/plan/{school.target_id}", **_edit(title="I can multiply."))

    clash = teacher.post(f"/plan/{school.target_id}", **_edit(title="I can times it."))

    assert clash.status_code == 409
    assert "Ms. Ortiz changed this while you were writing." in clash.text
    assert "I can multiply." in clash.text
    assert "I can times it." in clash.text
    assert _target(database, school, school.target_id).title == "I can multiply."
    teacher.post(f"/plan/{school.target_id}", **_edit(title="I can times it.", version="2"))
    assert _target(database, school, school.target_id).title == "I can times it."


def test_an_old_form_that_says_the_same_is_no_conflict(teacher, school):
    for _ in range(2):
        saved = teacher.post(f"/plan/{school.target_id}", **_edit(title="I can multiply."))
        assert saved.status_code == 302


def test_two_teachers_who_rename_a_unit_see_both_names(teacher, database, school, unit_id):
    teacher.post(f"/plan/units/{unit_id}", title="Fractions", version="1")

    clash = teacher.post(f"/plan/units/{unit_id}", title="Quotients", version="1")

    assert clash.status_code == 409
    assert "Fractions" in clash.text
    assert "Quotients" in clash.text
    assert read(database, school, select(Unit.title)) == [("Fractions",)]


def test_a_unit_with_targets_is_archived_only_when_they_have_a_place(
    teacher, database, school, unit_id
):
    write_targets(database, school, ["I can a.", "I can b."], unit_id)

    refused = teacher.post(f"/plan/units/{unit_id}/archive")
    assert refused.status_code == 400
    assert "There are still targets in this unit." in refused.text

    for _ in range(2):
        teacher.post(f"/plan/units/{unit_id}/archive", into="none")
    assert titles(database, school) == [FIRST, "I can a.", "I can b."]
    assert "Unit 3" not in teacher.get("/plan").text
    teacher.post(f"/plan/units/{unit_id}/back")
    assert "Unit 3" in teacher.get("/plan").text


def test_targets_do_not_go_into_the_unit_that_is_archived(teacher, database, school, unit_id):
    write_targets(database, school, ["I can a."], unit_id)
    refused = teacher.post(f"/plan/units/{unit_id}/archive", into=str(unit_id))
    assert refused.status_code == 400
    assert read(database, school, select(Unit.archived_at)) == [(None,)]


def test_targets_are_put_in_order_by_dragging_and_by_buttons(teacher, database, school, unit_id):
    a, b, c = write_targets(database, school, ["A", "B", "C"], unit_id)
    order = f"/plan/units/{unit_id}/order"

    for _ in range(2):
        teacher.post(order, order=f"{c},{a},4711,{c}")
        assert titles(database, school) == ["C", "A", "B", FIRST]
    for _ in range(2):
        teacher.post(order, move=b, before=a)
        assert titles(database, school) == ["C", "B", "A", FIRST]
    teacher.post(order, move=c, after=b)
    assert titles(database, school) == ["B", "C", "A", FIRST]
    # Not of this unit: nothing moves.
    teacher.post(order, order=str(school.target_id))
    assert titles(database, school) == ["B", "C", "A", FIRST]


def test_targets_without_a_unit_have_an_order_too(teacher, database, school):
    (other,) = write_targets(database, school, ["A"])
    teacher.post("/plan/order", order=f"{other},{school.target_id}")
    assert titles(database, school) == ["A", FIRST]


def test_units_are_put_in_order(teacher, database, school, unit_id):
    teacher.post("/plan/units", title="Unit 4")
    (other,) = read(database, school, select(Unit.id).where(Unit.title == "Unit 4"))
    teacher.post("/plan/units/order", move=other[0], before=unit_id)
    page = teacher.get("/plan").text
    assert page.index("Unit 4</h2>") < page.index("Unit 3</h2>")


def test_an_order_that_is_none_is_refused(teacher, database, school):
    assert teacher.post("/plan/order", order="1;drop").status_code == 400


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 12)))
def test_an_order_never_loses_or_doubles_a_row(ids, wanted):
    once = ordering.by_list(wanted)(ids)
    assert sorted(once) == sorted(ids)
    assert ordering.by_list(wanted)(once) == once


@given(
    st.lists(st.integers(0, 9), unique=True),
    st.integers(0, 12),
    st.integers(0, 12),
    st.booleans(),
)
def test_moving_a_row_never_loses_or_doubles_one(ids, moved, other, before):
    move = ordering.beside(moved, other, before=before)
    assert sorted(move(ids)) == sorted(ids)
    assert move(move(ids)) == move(ids)


def test_an_archived_target_comes_back_with_its_work_its_links_and_its_unit(
    app, teacher, database, school, unit_id
):
    (first,) = write_targets(database, school, ["First"], unit_id)
    add_link(database, school, school.target_id, first)
    teacher.post(f"/plan/{school.target_id}", **_edit(unit=str(unit_id)))
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    student = browser_of(app, school, school.student_ids[0])

    for _ in range(2):
        teacher.post(f"/plan/{school.target_id}/archive")
    teacher.post(f"/plan/{first}/archive")
    teacher.post(f"/plan/units/{unit_id}/archive")

    assert student.get(f"/targets/{school.target_id}").status_code == 404
    assert FIRST not in teacher.get("/plan").text
    assert "1 attempt kept" in teacher.get("/plan/archive").text
    for _ in range(2):
        back = teacher.post(f"/plan/{school.target_id}/back")
        assert back.location.endswith(f"/plan/{school.target_id}")
    assert "Unit 3" in teacher.get("/plan").text
    assert student.get(f"/targets/{school.target_id}").status_code == 200
    assert count(database, school, Attempt) == 1
    assert links_of(database, school) == {(school.target_id, first)}
    assert "archived" in teacher.get(f"/plan/{school.target_id}").text


def test_another_teams_plan_is_not_there(app, database, school, unit_id):
    with database.transaction(district_id=school.district_id) as session:
        session.add(team := Team(name="Grade 4"))
        session.flush()
        section = Section(team_id=team.id, title="Room 4", source="lti:1", external_id="c4")
        session.add_all([section, person := Person(name="Mr. Bell")])
        session.flush()
        enrolment = Enrolment(section_id=section.id, person_id=person.id, role=Role.TEACHER)
        session.add(enrolment)
        session.flush()
        other = Browser(app, person.id, enrolment.id)
        theirs = targets.add_target(session, team.id, title="Theirs").id

    for path in ("", "/archive", "/back", "/split", "/merge"):
        assert other.post(f"/plan/{school.target_id}{path}").status_code == 404
    for path in ("", "/archive", "/back", "/order"):
        assert other.post(f"/plan/units/{unit_id}{path}", title="Mine").status_code == 404
    assert other.post(f"/plan/{theirs}", title="Theirs", unit=unit_id).status_code == 404
    assert other.post("/plan/needs", target=theirs, needs=school.target_id).status_code == 404
    assert other.post(f"/plan/{theirs}/merge", other=school.target_id, title="T").status_code == 404
    other.post("/plan/order", order=str(school.target_id))
    assert titles(database, school) == [FIRST]


def test_a_pathway_of_one_students_own_is_not_offered_to_all(app, database, school):
    with database.transaction(district_id=school.district_id) as session:
        pathway = session.get_one(Pathway, school.pathway_id)
        pathway.person_id = school.student_ids[1]
    with database.session(district_id=school.district_id) as session:
        target = targets.get(session, school.team_id, school.section_id, school.target_id)
        assert targets.visible_pathways(target) == []
