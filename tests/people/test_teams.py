"""Teams: who owns them, what members may do, and two teams that become one."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lti_app.coaching.models import CoachingSession, SessionKind
from lti_app.db import now
from lti_app.errors import BadInput
from lti_app.learning import attempts, targets
from lti_app.learning.models import Mastery, Target, TeamRules, Unit
from lti_app.people import teams
from lti_app.people.models import Person, Role, Section, Team, TeamMember, TeamRole
from tests.school import School, browser_of, make_school


def _neighbours(database, school) -> School:
    """Another team of the same district, with a section, a target and a student's work."""
    other = make_school(database, name="Birch")
    with database.transaction() as session:
        tables = reversed(Team.metadata.sorted_tables)
        for table in tables:
            if "district_id" in table.c:
                session.execute(
                    table.update()
                    .where(table.c.district_id == other.district_id)
                    .values(district_id=school.district_id)
                )
    other.district_id = school.district_id
    return other


def _code(browser) -> str:
    return re.search(r"join-code\">([A-Z2-9-]+)<", browser.post("/team/code").text).group(1)


def _add_member(database, school, role) -> int:
    with database.transaction(district_id=school.district_id) as session:
        person = Person(name="Mr. Lee")
        session.add(person)
        session.flush()
        member = TeamMember(team_id=school.team_id, person_id=person.id, role=role)
        session.add(member)
        session.flush()
        return member.id


def _role_of(database, school, person_id):
    with database.session(district_id=school.district_id) as session:
        return session.scalar(
            select(TeamMember.role).where(
                TeamMember.team_id == school.team_id, TeamMember.person_id == person_id
            )
        )


def test_the_first_teacher_of_a_team_owns_it_and_later_ones_teach(database, school):
    with database.transaction(district_id=school.district_id) as session:
        team = Team(name="New")
        people = [Person(name=name) for name in ("A", "B", "C")]
        session.add_all([team, *people])
        session.flush()
        for person, role in zip(people, (Role.ASSISTANT, Role.TEACHER, Role.TEACHER), strict=True):
            teams.note_member(session, team.id, person.id, role)
            teams.note_member(session, team.id, person.id, role)
        roles = [(m.person.name, m.role) for m in teams.members(session, team.id)]
    assert roles == [("B", "owner"), ("C", "teacher"), ("A", "assistant")]


def test_an_owner_makes_a_teacher_an_assistant_who_then_plans_nothing(
    app, database, school, teacher
):
    member_id = _add_member(database, school, TeamRole.OWNER)
    mine = teacher.post(f"/team/members/{member_id}", role="assistant")
    assert mine.status_code == 302
    with database.transaction(district_id=school.district_id) as session:
        member = session.scalars(
            select(TeamMember).where(TeamMember.person_id == school.teacher_id)
        ).one()
        member.role = TeamRole.ASSISTANT
    assert teacher.post("/plan", title="I can add.").status_code == 403
    assert teacher.get("/plan").status_code == 200


def test_the_last_owner_stays_owner(database, school, teacher):
    with database.session(district_id=school.district_id) as session:
        me = session.scalars(select(TeamMember)).one().id
    answer = teacher.post(f"/team/members/{me}", role="teacher")
    assert answer.status_code == 400
    assert "A team needs an owner." in answer.text
    assert _role_of(database, school, school.teacher_id) == "owner"


def test_two_owners_who_step_down_at_once_leave_one(database, school):
    second = _add_member(database, school, TeamRole.OWNER)
    with database.session(district_id=school.district_id) as session:
        first = session.scalars(
            select(TeamMember.id).where(TeamMember.person_id == school.teacher_id)
        ).one()
    refused = []

    def step_down(member_id):
        try:
            with database.transaction(district_id=school.district_id) as session:
                teams.set_role(
                    session, teams.member(session, school.team_id, member_id), TeamRole.TEACHER
                )
        except BadInput:
            refused.append(member_id)

    both = [threading.Thread(target=step_down, args=(one,)) for one in (first, second)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/team", {"name": "Ours"}),
        ("/team/code", {}),
        ("/team/code/end", {}),
        ("/team/join", {"code": "ABCDEFGHJK"}),
    ],
)
def test_only_owners_change_the_team(database, school, teacher, path, form):
    _add_member(database, school, TeamRole.OWNER)
    with database.transaction(district_id=school.district_id) as session:
        session.scalars(
            select(TeamMember).where(TeamMember.person_id == school.teacher_id)
        ).one().role = TeamRole.TEACHER
    assert teacher.post(path, **form).status_code == 403
    page = teacher.get("/team").text
    assert "Ask another team to join" not in page


def test_two_teams_become_one_and_nothing_is_lost(app, database, school, teacher):
    other = _neighbours(database, school)
    kid = other.student_ids[0]
    browser_of(app, other, kid).post(
        f"/checkpoints/{other.checkpoint_id}", number=1, evidence="6/5"
    )
    with database.transaction(district_id=school.district_id) as session:
        session.add(Unit(team_id=other.team_id, title="Fractions"))
        session.add(
            CoachingSession(
                team_id=other.team_id,
                teacher_id=other.teacher_id,
                kind=SessionKind.SEMINAR,
                starts_at=now() + timedelta(hours=1),
                ends_at=now() + timedelta(hours=2),
            )
        )
    theirs = browser_of(app, other, other.teacher_id)

    joined = theirs.post("/team/join", code=_code(teacher).lower())

    assert joined.status_code == 302
    page = theirs.get("/team").text
    assert "Maple team" in page
    assert "Birch Room 12" in page
    assert "Maple Room 12" in page
    with database.session(district_id=school.district_id) as session:
        for model in (Target, Unit, Section, CoachingSession, TeamMember):
            assert set(session.scalars(select(model.team_id))) == {school.team_id}
        places = list(session.scalars(select(Target.position)))
        assert len(places) == len(set(places)) == 2
    assert browser_of(app, other, kid).get(f"/targets/{other.target_id}").status_code == 200
    assert theirs.post("/team", name="Mine").status_code == 403, "who joins is no owner"
    assert "6/5" in theirs.get("/scoring/1").text


def test_joining_takes_over_the_other_teams_rule(app, database, school, teacher):
    other = _neighbours(database, school)
    with database.transaction(district_id=school.district_id) as session:
        session.add(TeamRules(team_id=school.team_id, mastery_rule="highest"))
        checkpoint = targets.get_checkpoint(
            session, other.team_id, other.section_id, other.checkpoint_id
        )
        for number, points in ((1, 4), (2, 0)):
            attempt = attempts.submit(
                session,
                checkpoint=checkpoint,
                person_id=other.student_ids[0],
                section_id=other.section_id,
                number=number,
                evidence=str(number),
            )
            attempts.score(
                session, attempt=attempt, points=points, feedback="", scored_by_id=other.teacher_id
            )
    code = _code(teacher)
    browser_of(app, other, other.teacher_id).post("/team/join", code=code)
    with database.session(district_id=school.district_id) as session:
        assert session.scalars(select(Mastery.percent)).one() == 100


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA", "x" * 500, "'; drop table teams"])
def test_a_wrong_code_opens_nothing(teacher, code):
    answer = teacher.post("/team/join", code=code)
    assert answer.status_code == 400
    assert "This code opens no team." in answer.text


def test_an_old_an_ended_and_a_replaced_code_open_nothing(app, database, school, teacher):
    neighbours = _neighbours(database, school)
    other = browser_of(app, neighbours, neighbours.teacher_id)
    replaced = _code(teacher)
    ended = _code(teacher)
    teacher.post("/team/code/end")
    old = _code(teacher)
    assert other.post("/team/join", code=replaced).status_code == 400
    assert other.post("/team/join", code=ended).status_code == 400
    late = now() + timedelta(days=7, minutes=1)
    with (
        time_machine.travel(late),
        database.transaction(district_id=school.district_id) as session,
        pytest.raises(BadInput),
    ):
        teams.join(session, neighbours.team_id, old)
    assert other.post("/team/join", code=old).status_code == 302


def test_a_code_of_another_district_opens_nothing(app, database, school, teacher):
    far = make_school(database, name="Birch")
    answer = browser_of(app, far, far.teacher_id).post("/team/join", code=_code(teacher))
    assert answer.status_code == 400
    with database.session() as session:
        assert session.scalar(select(func.count(Section.team_id.distinct()))) == 2


def test_a_teams_own_code_is_said_to_be_its_own(teacher):
    answer = teacher.post("/team/join", code=_code(teacher))
    assert answer.status_code == 400
    assert "your own team" in answer.text
