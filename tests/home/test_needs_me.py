"""Who needs me today: each student once, with all reasons, the most pressing first."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapState,
    Invitation,
    InvitationState,
    SessionKind,
)
from lti_app.db import now
from lti_app.learning import attempts, quiet, targets
from lti_app.learning.models import Proposal, TeamRules
from lti_app.people.models import Enrolment
from lti_app.sync.models import GradeDelivery
from tests.school import browser_of, make_school


@pytest.fixture
def school(database):
    return make_school(database, students=4)


def _listed(page):
    """Names with their reasons, in the order of the page."""
    found = {}
    for row in page.split('<li class="who">')[1:]:
        words = re.findall(r">([^<>]+)</a>", row.split("</ul>")[0])
        found[words[0]] = words[1:]
    return found


def _submit(database, school, person_id):
    with database.transaction(district_id=school.district_id) as session:
        checkpoint = targets.get_checkpoint(
            session, school.team_id, school.section_id, school.checkpoint_id
        )
        return attempts.submit(
            session,
            checkpoint=checkpoint,
            person_id=person_id,
            section_id=school.section_id,
            number=1,
            evidence="6/5",
        ).id


def test_each_student_is_listed_once_with_all_reasons_who_asked_stands_first(
    app, database, school, teacher
):
    one, two, three, _ = school.student_ids
    _submit(database, school, one)
    scored = _submit(database, school, two)
    teacher.post(f"/scoring/{scored}", points="1", feedback="")
    with time_machine.travel(now() - timedelta(hours=1)):
        browser_of(app, school, one).post(f"/targets/{school.target_id}/help", note="")
    browser_of(app, school, three).post(f"/targets/{school.target_id}/help", note="")

    listed = _listed(teacher.get("/needs-me").text)

    assert list(listed) == ["Maple Student 1", "Maple Student 3", "Maple Student 2"]
    assert [words.split(":")[0] for words in listed["Maple Student 1"]] == [
        "asked for help",
        "waits for a score",
    ]
    assert listed["Maple Student 2"][0].startswith("below the line")


def test_of_those_with_the_same_reason_who_has_waited_longest_stands_first(
    database, school, teacher
):
    waiting = [school.student_ids[2], school.student_ids[0], school.student_ids[3]]
    for hours, person_id in enumerate(waiting):
        with time_machine.travel(now() - timedelta(hours=9 - hours)):
            _submit(database, school, person_id)
    names = [f"Maple Student {n}" for n in (3, 1, 4)]
    assert list(_listed(teacher.get("/needs-me").text)) == names


def test_a_grade_that_did_not_arrive_is_a_reason_with_a_way_to_it(database, school, teacher):
    attempt_id = _submit(database, school, school.student_ids[1])
    teacher.post(f"/scoring/{attempt_id}", points="4", feedback="")
    assert _listed(teacher.get("/needs-me").text) == {}, "it is on its way"
    with database.transaction() as session:
        session.execute(update(GradeDelivery).values(state="parked", reason="not_a_student"))
    page = teacher.get("/needs-me").text
    assert _listed(page) == {"Maple Student 2": ["a grade did not arrive: Exit ticket"]}
    assert f'href="{teacher.base}/grades">a grade did not' in page
    assert "<strong>1</strong> grade did not arrive" in " ".join(teacher.get("/").text.split())


def test_a_need_that_stays_after_a_session_stands_before_a_new_one(app, database, school, teacher):
    one, two = school.student_ids[:2]
    for person_id in (one, two):
        teacher.post(f"/scoring/{_submit(database, school, person_id)}", points="1", feedback="")
    with database.transaction() as session:
        gap = session.scalars(select(Gap).where(Gap.person_id == two)).one()
        gap.state = GapState.ATTENDED
    listed = _listed(teacher.get("/needs-me").text)
    assert list(listed) == ["Maple Student 2", "Maple Student 1"]
    assert listed["Maple Student 2"][0].startswith("still needs help after a session")


def test_who_asked_for_another_time_and_who_proposes_a_way_are_listed(database, school, teacher):
    one, two = school.student_ids[:2]
    with database.transaction(district_id=school.district_id) as session:
        coaching = CoachingSession(
            team_id=school.team_id,
            teacher_id=school.teacher_id,
            kind=SessionKind.SEMINAR,
            starts_at=now() + timedelta(hours=1),
            ends_at=now() + timedelta(hours=2),
        )
        session.add(coaching)
        session.flush()
        session.add(
            Invitation(
                coaching_session_id=coaching.id, person_id=one, state=InvitationState.OTHER_TIME
            )
        )
        session.add(
            Proposal(
                person_id=two,
                section_id=school.section_id,
                target_id=school.target_id,
                title="Bake",
                will_do="Bake",
                will_show="Cake",
            )
        )
    listed = _listed(teacher.get("/needs-me").text)
    assert listed["Maple Student 1"] == ["asks for another time"]
    assert listed["Maple Student 2"][0].startswith("proposes a way")


def test_a_student_without_a_sign_for_some_days_has_gone_quiet(app, database, school, teacher):
    with database.session(district_id=school.district_id) as session:
        assert quiet.of_team(session, school.team_id, 5) == []
    later = now() + timedelta(days=5, minutes=1)
    with time_machine.travel(later):
        _submit(database, school, school.student_ids[0])
        with database.transaction(district_id=school.district_id) as session:
            session.get_one(Enrolment, school.enrolment_of[school.student_ids[3]]).active = False
            found = quiet.of_team(session, school.team_id, 5)
            assert [(one.name, one.days) for one in found] == [
                ("Maple Student 2", 5),
                ("Maple Student 3", 5),
            ]
            assert quiet.of_team(session, school.team_id, 6) == []
            assert quiet.of_team(session, school.team_id, 5, school.section_id) == found


def test_the_team_says_after_how_many_days_a_student_counts_as_quiet(
    app, database, school, teacher
):
    with database.transaction(district_id=school.district_id) as session:
        session.add(TeamRules(team_id=school.team_id, quiet_days=1))
    with time_machine.travel(now() + timedelta(hours=11)):
        assert _listed(teacher.get("/needs-me").text) == {}
    with database.transaction() as session:
        for enrolment in session.scalars(select(Enrolment)):
            enrolment.created_at = now() - timedelta(days=2)
    listed = _listed(teacher.get("/needs-me").text)
    assert listed["Maple Student 1"] == ["quiet for 2 days"]


def test_the_front_page_shows_the_first_eight_and_where_all_are(app, database):
    school = make_school(database, students=10)
    for kid in school.student_ids:
        browser_of(app, school, kid).post(f"/targets/{school.target_id}/help", note="")
    page = browser_of(app, school, school.teacher_id).get("/").text
    assert len(_listed(page)) == 8
    assert "All 10" in page
