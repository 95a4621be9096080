"""The building view: how grades, teams and standards stand, with no names and no small groups."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lti_app.home import building
from lti_app.home.building import FEWEST, By, Filters
from lti_app.learning import targets
from lti_app.learning.frameworks import StandardItem, bring_in
from lti_app.learning.models import Level, Mastery, Standard
from lti_app.people import observers
from lti_app.people.models import AuditEvent, Enrolment, Observer, Person, Role, Section, Team
from tests.school import Browser, make_school


@pytest.fixture
def school(database):
    """A team of twelve, all of grade 5."""
    school = make_school(database, students=12)
    with database.transaction(district_id=school.district_id) as session:
        observers.place_team(session, school.team_id, None, "5")
        for kid in school.student_ids[:6]:
            session.add(Mastery(person_id=kid, target_id=school.target_id, level=Level.MET))
        for kid in school.student_ids[6:9]:
            session.add(Mastery(person_id=kid, target_id=school.target_id, level=Level.WORKING))
    return school


def _team(session, name, students, level=Level.MET, grade="5", building_id=None):
    """A team with a section, students, and one target on which all of them stand."""
    team = Team(name=name, grade=grade, building_id=building_id)
    session.add(team)
    session.flush()
    section = Section(team_id=team.id, title=name, source="lti:1", external_id=name)
    session.add(section)
    session.flush()
    target = targets.add_target(session, team.id, title=f"I can, in {name}.")
    for n in range(students):
        person = Person(name=f"{name} {n}")
        session.add(person)
        session.flush()
        session.add(Enrolment(section_id=section.id, person_id=person.id, role=Role.STUDENT))
        session.add(Mastery(person_id=person.id, target_id=target.id, level=level))
    session.flush()
    return team, target


def _principal(app, database, school, building_id=None):
    with database.transaction(district_id=school.district_id) as session:
        person = Person(name="Dr. Kim")
        session.add(person)
        session.flush()
        observers.grant(
            session,
            person_id=person.id,
            building_id=building_id,
            granted_by_id=school.admin_id,
        )
        return Browser(app, person.id).client


def _words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_principal_sees_shares_and_no_names(app, database, school):
    page = _principal(app, database, school).get("/building/")
    assert page.status_code == 200
    assert "Maple team 12 50 % under 5 % 25 % 25 %" in _words(page)
    assert "Student 1" not in page.text
    assert "Ms. Ortiz" not in page.text


def test_nobody_else_opens_it(app, database, school):
    for person_id in (school.teacher_id, school.student_ids[0], school.admin_id):
        assert Browser(app, person_id).client.get("/building/").status_code == 401


def test_a_team_of_nine_is_left_out_of_rows_and_totals(app, database, school):
    principal = _principal(app, database, school)
    with database.transaction(district_id=school.district_id) as session:
        _team(session, "Nine", 9)
    page = _words(principal.get("/building/"))
    assert "1 team with fewer than 10 students is left out everywhere." in page
    assert "Nine 9" not in page
    assert "All of these teams 12 50 %" in page
    with database.transaction(district_id=school.district_id) as session:
        team = session.scalars(select(Team).where(Team.name == "Nine")).one()
        section = session.scalars(select(Section).where(Section.team_id == team.id)).one()
        tenth = Person(name="Tenth")
        session.add(tenth)
        session.flush()
        session.add(Enrolment(section_id=section.id, person_id=tenth.id, role=Role.STUDENT))
    assert "Nine 10 90 %" in _words(principal.get("/building/"))


def test_all_and_none_are_never_said(app, database, school):
    principal = _principal(app, database, school)
    with database.transaction(district_id=school.district_id) as session:
        _team(session, "Ten", 10)
    assert "Ten 10 over 95 % under 5 %" in _words(principal.get("/building/"))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sizes=st.lists(st.integers(min_value=0, max_value=14), min_size=1, max_size=4),
    by=st.sampled_from([By.TEAM, By.GRADE]),
)
def test_a_small_team_changes_nothing_that_is_shown(app, database, sizes, by):
    """Whatever is subtracted from whatever: a hidden team stands in no number."""
    school = make_school(database, name="Oak", students=11)
    with database.session(district_id=school.district_id) as session:
        small = {}
        for n, size in enumerate(sizes):
            team, _ = _team(session, f"T{n}", size, grade=str(n % 2))
            if size < FEWEST:
                small[team.id] = team
        with_small = building.read(session, None, by, Filters())
        for team in small.values():
            for section in session.scalars(select(Section).where(Section.team_id == team.id)):
                session.query(Enrolment).filter_by(section_id=section.id).update({"active": False})
        session.flush()
        without = building.read(session, None, by, Filters())
        shown = [(row.title, row.students, row.standings) for row in with_small.rows]
        assert shown == [(row.title, row.students, row.standings) for row in without.rows]
        assert with_small.total.standings == without.total.standings
        assert all(row.students >= FEWEST for row in with_small.rows if row.students)
        session.rollback()


def test_standards_roll_up_and_open_branch_by_branch(app, database, school):
    with database.transaction(district_id=school.district_id) as session:
        items = [
            StandardItem("nf", "u", "5.NF", "Fractions", None),
            StandardItem("nf4", "u", "5.NF.4", "Multiply fractions", "nf"),
            StandardItem("nf4a", "u", "5.NF.4a", "Interpret the product", "nf4"),
            StandardItem("md", "u", "5.MD", "Measurement", None),
        ]
        bring_in(
            session,
            case_identifier="m",
            title="Math",
            subject="Math",
            url=None,
            withdrawn=False,
            items=items,
        )
        standard = session.scalars(select(Standard).where(Standard.code == "5.NF.4a")).one()
        target = targets.get(session, school.team_id, school.section_id, school.target_id)
        target.standards = [standard]
        top = session.scalars(select(Standard.id).where(Standard.code == "5.NF")).one()
    principal = _principal(app, database, school)
    page = principal.get("/building/?by=standard")
    assert "5.NF Fractions 12 50 %" in _words(page)
    assert "5.MD" not in page.text
    below = _words(principal.get(f"/building/?by=standard&at={top}"))
    assert "5.NF.4 Multiply fractions 12 50 %" in below
    assert principal.get("/building/?by=standard&at=4711").status_code == 404


def test_a_looker_on_of_one_building_sees_no_other(app, database, school):
    with database.transaction(district_id=school.district_id) as session:
        here = observers.add_building(session, "Maple Elementary")
        there = observers.add_building(session, "Oak Elementary")
        _team(session, "Here", 10, building_id=here.id)
        _team(session, "There", 10, building_id=there.id)
        here_id, there_id = here.id, there.id
    principal = _principal(app, database, school, here_id)
    page = _words(principal.get("/building/"))
    assert "Here 10" in page
    assert "There" not in page
    assert "Maple team" not in page
    assert "nothing to show" in principal.get(f"/building/?building={there_id}").text


def test_another_district_stays_outside(app, database, school):
    make_school(database, name="Birch", students=12)
    page = _principal(app, database, school).get("/building/")
    assert "Birch" not in page.text


def test_the_table_says_what_the_page_says(app, database, school):
    answer = _principal(app, database, school).get("/building/table.csv")
    assert "Maple team,12,50 %,under 5 %,25 %,25 %" in answer.text


def test_the_page_costs_the_same_for_one_team_and_for_five(app, database, school, queries):
    principal = _principal(app, database, school)
    counted = []
    for _ in range(2):
        for by in By:
            principal.get(f"/building/?by={by}")
        queries.clear()
        principal.get("/building/?by=standard")
        counted.append(len(queries))
        with database.transaction(district_id=school.district_id) as session:
            for n in range(4):
                _team(session, f"More {n} {len(counted)}", 10)
    assert counted[0] == counted[1] <= 13


def test_an_administrator_says_who_looks_on_and_takes_it_back(app, database, school):
    admin = Browser(app, school.admin_id).client
    assert "Ms. Ortiz" in admin.get("/admin/buildings?name=ortiz").text
    assert "Maple Student" not in admin.get("/admin/buildings?name=student").text
    for _ in range(2):
        admin.post("/admin/buildings/observers", data={"person": school.teacher_id})
    with database.session() as session:
        observer = session.scalars(select(Observer)).one()
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "observer.granted")
        ).first()
    assert event.about == {"observer": observer.id, "looks_on": school.teacher_id}
    teacher = Browser(app, school.teacher_id, school.enrolment_of[school.teacher_id])
    assert teacher.client.get("/building/").status_code == 200
    assert 'href="/building/"' in teacher.get("/").text

    admin.post(f"/admin/buildings/observers/{observer.id}/end")

    assert teacher.client.get("/building/").status_code == 401
    assert 'href="/building/"' not in teacher.get("/").text


def test_buildings_and_grades_are_set_within_the_district(app, database, school):
    birch = make_school(database, name="Birch")
    admin = Browser(app, school.admin_id).client
    assert admin.post("/admin/buildings", data={"name": "Maple"}).status_code == 302
    assert admin.post("/admin/buildings", data={"name": "Maple"}).status_code == 400
    assert admin.post("/admin/buildings", data={"name": " "}).status_code == 400
    mine = f"/admin/buildings/teams/{school.team_id}"
    assert admin.post(mine, data={"building": 1, "grade": "5"}).status_code == 302
    assert admin.post(mine, data={"building": 4711}).status_code == 404
    assert admin.post(mine, data={"grade": "x" * 17}).status_code == 400
    assert admin.post(f"/admin/buildings/teams/{birch.team_id}").status_code == 404
    stranger = {"person": birch.teacher_id}
    assert admin.post("/admin/buildings/observers", data=stranger).status_code == 404
