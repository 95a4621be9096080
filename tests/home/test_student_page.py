"""The student's front page: where am I, what next, who can help me today."""

import re
from datetime import UTC, datetime, timedelta

from lti_app.coaching import invitations
from lti_app.coaching.models import CoachingSession, SessionKind
from lti_app.db import now
from lti_app.learning import attempts, targets
from lti_app.learning.models import (
    Activity,
    ActivityKind,
    Attempt,
    Checkpoint,
    Proposal,
    ProposalState,
    Target,
)
from lti_app.learning.plan import units
from lti_app.people.models import Person, TeamMember, TeamRole
from tests.learning.plan_room import add_checkpoint, add_link, answer, write_targets
from tests.learning.voice_room import MONDAY, on, second_section
from tests.school import browser_of, make_school

SECTION = r'<section[^>]*aria-labelledby="{}".*?</section>'


def part(page, name):
    """One of the page's sections."""
    return re.search(SECTION.format(name), page, re.DOTALL)[0]


def front(app, school, number=0):
    """A student's front page."""
    return browser_of(app, school, school.student_ids[number]).get("/").text


def plan(database, school, titles, unit_id=None):
    """Targets with a checkpoint each: title → (target id, checkpoint id)."""
    ids = write_targets(database, school, titles, unit_id)
    return {
        title: (target_id, add_checkpoint(database, school, target_id))
        for title, target_id in zip(titles, ids, strict=True)
    }


def add_unit(database, school, title):
    """A unit at the end; its id."""
    with database.transaction(district_id=school.district_id) as session:
        return units.add(session, school.team_id, title).id


def test_the_three_answers_stand_in_their_order(app, database):
    page = front(app, make_school(database))
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page)[:3] == [
        "Where am I?",
        "What next?",
        "Who can help me today?",
    ]


def test_what_next_goes_on_with_what_was_begun(app, database):
    school = make_school(database)
    added = plan(database, school, ["I can add.", "I can halve."])
    assert "I can multiply" in part(front(app, school), "next")
    assert ">\n    Start</a>" in part(front(app, school), "next")

    student = browser_of(app, school, school.student_ids[0])
    with database.transaction(district_id=school.district_id) as session:
        halve = session.get_one(Target, added["I can halve."][0])
        pathway = targets.add_pathway(session, halve, title="Cut paper")
        targets.add_activity(session, pathway, title="Cut", kind=ActivityKind.GAME)
    student.post(f"/pathways/{pathway.id}/choose")

    following = part(front(app, school), "next")
    assert "I can halve." in following
    assert "0 of 1 steps done" in following
    assert "Go on</a>" in following


def test_what_next_waits_for_the_targets_that_come_first(app, database):
    school = make_school(database)
    added = plan(database, school, ["I can add."])
    add_link(database, school, school.target_id, added["I can add."][0])
    assert "I can add." in part(front(app, school), "next")

    answer(database, school, school.student_ids[0], added["I can add."][1], 4)
    assert "I can multiply" in part(front(app, school), "next")


def test_a_target_without_anything_to_do_holds_up_nobody(app, database):
    school = make_school(database)
    (empty,) = write_targets(database, school, ["I can wait."])
    add_link(database, school, school.target_id, empty)
    page = front(app, school)
    assert "I can multiply" in part(page, "next")
    assert "I can wait." not in page


def test_while_the_teacher_looks_at_an_answer_there_is_something_else_to_do(app, database):
    school = make_school(database)
    added = plan(database, school, ["I can add.", "I can add three."])
    add_link(database, school, added["I can add three."][0], school.target_id)
    waiting_id = answer(database, school, school.student_ids[0], school.checkpoint_id)
    assert "I can add." in part(front(app, school), "next")

    answer(database, school, school.student_ids[0], added["I can add."][1], 4)
    waiting = part(front(app, school), "next")
    assert "I can multiply" in waiting
    assert "You sent your answer. Your teacher will look at it." in waiting

    with database.transaction(district_id=school.district_id) as session:
        attempts.score(
            session,
            attempt=session.get_one(Attempt, waiting_id),
            points=1,
            feedback="",
            scored_by_id=school.teacher_id,
        )
    assert "You sent your answer." not in part(front(app, school), "next")


def test_where_am_i_counts_the_unit_that_is_on_now(app, database):
    school = make_school(database)
    done = add_unit(database, school, "Unit 1")
    now_on = add_unit(database, school, "Unit <2>")
    first = plan(database, school, ["I can count."], done)
    second = plan(database, school, ["I can add.", "I can halve.", "I can double."], now_on)
    for _, checkpoint in [*first.values(), second["I can add."]]:
        answer(database, school, school.student_ids[0], checkpoint, 4)

    page = front(app, school)
    where = part(page, "where")
    assert "Unit &lt;2&gt;" in where
    assert "You have met 1 of 3 targets." in where
    assert re.findall(r'aria-label="(.*?)"', where) == [
        "I can add.: Beyond",
        "I can halve.: Not started",
        "I can double.: Not started",
    ]
    here = re.findall(r'aria-label="([^"]*)"\s+aria-current="step"', where)
    assert here == ["I can halve.: Not started"]
    listed = re.findall(r'<details class="unit" (open)?>.*?<h3>(.*?)</h3>', page, re.DOTALL)
    assert listed == [("", "Unit 1"), ("open", "Unit &lt;2&gt;"), ("", "Other targets")]
    assert "All met" in page


def test_who_has_met_everything_is_told_so(app, database):
    school = make_school(database)
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    assert "You have met every target. Well done!" in part(front(app, school), "next")


def test_a_step_is_done_when_one_of_its_ways_is(app, database):
    school = make_school(database)
    with database.transaction(district_id=school.district_id) as session:
        other = Activity(
            pathway_id=school.pathway_id,
            alternative_to_id=school.activity_id,
            title="Read it instead",
            kind=ActivityKind.READING,
        )
        session.add(other)
        session.flush()
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/pathways/{school.pathway_id}/choose")
    assert "0 of 2 steps done" in student.get("/").text
    student.post(f"/activities/{other.id}/done", done="yes")
    student.post(f"/activities/{school.activity_id}/done", done="yes")
    assert "1 of 2 steps done" in student.get("/").text


def open_session(database, school, starts_at, title="I can multiply"):
    """A seminar of the teacher; returns its id."""
    with database.transaction(district_id=school.district_id) as session:
        found = session.get_one(Target, school.target_id)
        coaching = CoachingSession(
            team_id=school.team_id,
            teacher_id=school.teacher_id,
            kind=SessionKind.SEMINAR,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=20),
            targets=[found],
        )
        session.add(coaching)
        session.flush()
        return coaching.id


def test_without_a_session_today_the_teams_teachers_are_named(app, database):
    school = make_school(database)
    make_school(database, name="Birch")
    with database.transaction(district_id=school.district_id) as session:
        for name, role in (("Mr. Lee", TeamRole.TEACHER), ("Mx. Aide", TeamRole.ASSISTANT)):
            session.add(person := Person(name=name))
            session.flush()
            session.add(TeamMember(team_id=school.team_id, person_id=person.id, role=role))

    with on(MONDAY):
        who = part(front(app, school), "who")
        assert "Today you can ask:" in who
        assert "Ms. Ortiz, Mr. Lee" in who
        assert "Mx. Aide" not in who

        open_session(database, school, MONDAY + timedelta(days=2))
        assert "Mr. Lee" in part(front(app, school), "who")
        open_session(database, school, MONDAY + timedelta(hours=2))
        who = part(front(app, school), "who")
    assert "Mr. Lee" not in who
    assert who.count(">Join<") == 2


def test_many_sessions_leave_room_for_the_rest_of_the_page(app, database):
    school = make_school(database)
    for hour in range(5):
        open_session(database, school, now() + timedelta(days=1, hours=hour))
    who = part(front(app, school), "who")
    shown, _, folded = who.partition("<details>")
    assert (shown.count(">Join<"), folded.count(">Join<")) == (2, 3)
    assert "3 more sessions" in folded


def test_joining_a_session_is_said(app, database):
    school = make_school(database)
    coaching_id = open_session(database, school, now() + timedelta(hours=1))
    with database.transaction(district_id=school.district_id) as session:
        invitations.join(
            session,
            person_id=school.student_ids[0],
            team_id=school.team_id,
            coaching_session_id=coaching_id,
        )
    assert "You are in." in part(front(app, school), "who")
    assert "You are in." not in part(front(app, school, 1), "who")


def test_a_class_without_targets_has_kind_words_and_no_next(app, database):
    school = make_school(database)
    with database.transaction(district_id=school.district_id) as session:
        session.get_one(Target, school.target_id).archived_at = datetime.now(UTC)
    page = front(app, school)
    assert "There are no targets yet. Your teacher is getting them ready." in page
    assert "What next?" not in page


def test_another_sections_checkpoint_does_not_bring_a_target_here(app, database):
    school = make_school(database)
    added = plan(database, school, ["I can be elsewhere."])
    section_id = second_section(database, school)
    with database.transaction(district_id=school.district_id) as session:
        session.get_one(Checkpoint, added["I can be elsewhere."][1]).section_id = section_id
    assert "I can be elsewhere." not in front(app, school)


def test_a_way_that_was_sent_back_is_announced_until_it_is_written_anew(app, database):
    school = make_school(database)
    with database.transaction(district_id=school.district_id) as session:
        proposal = Proposal(
            person_id=school.student_ids[0],
            section_id=school.section_id,
            target_id=school.target_id,
            title="Bake a <b>cake</b>",
            will_do="Bake",
            will_show="Cut it",
            state=ProposalState.CHANGE_ASKED,
        )
        session.add(proposal)
    page = front(app, school)
    assert "Your teacher has a word on your way: Bake a &lt;b&gt;cake&lt;/b&gt;" in page
    assert f"/targets/{school.target_id}/my-way" in page
    assert "Your teacher has a word" not in front(app, school, 1)

    browser_of(app, school, school.student_ids[0]).post(
        f"/my-ways/{proposal.id}", title="Bake", will_do="Bake bread", will_show="Cut it"
    )
    assert "Your teacher has a word" not in front(app, school)


def test_a_full_page_costs_no_more_in_a_large_class(app, database, queries):
    counted = []
    for name, students in (("Small", 2), ("Large", 12)):
        school = make_school(database, name=name, students=students)
        unit = add_unit(database, school, "Unit 1")
        added = plan(database, school, [f"I can do {n}." for n in range(students)], unit)
        for _, checkpoint in list(added.values())[:2]:
            answer(database, school, school.student_ids[0], checkpoint, 1)
        for hour in range(students // 2):
            coaching_id = open_session(database, school, now() + timedelta(days=1, hours=hour))
            for person_id in school.student_ids:
                browser_of(app, school, person_id).post(f"/coaching/{coaching_id}/join")
        student = browser_of(app, school, school.student_ids[0])
        student.post(f"/pathways/{school.pathway_id}/choose")
        student.post("/goals", target=school.target_id)
        student.post("/voice", works="The strips")
        queries.clear()
        assert student.get("/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 21
