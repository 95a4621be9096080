"""A teacher corrects where coursework belongs, and later mirrors know it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from integrations.practice.classroom_content import WORKS
from integrations.practice.classroom_store import stamp
from integrations.practice.school import PracticeCourse
from lti_app.db import now
from lti_app.learning import targets
from lti_app.learning.models import (
    Activity,
    ActivityKind,
    Checkpoint,
    Mastery,
    Pathway,
    Target,
    Unit,
)
from lti_app.people.models import AuditEvent, Enrolment, Role, Section
from lti_app.sync.matching_models import MatchingRule
from lti_app.sync.models import ClassroomConnection, GradebookColumn, MirroredItem
from tests.conftest import Queries
from tests.school import Browser, make_school
from tests.sync.conftest import mirror
from tests.sync.looking import attempts_of, dump, submission_of, the_one, work_of, works_of

ADDRESS = "/classroom/matching"
EXIT_TICKET = "Exit ticket: adding fractions"
FRACTIONS = "Unit 3: Fractions"
STRIPS = "Fraction strips: make your own set"


@pytest.fixture
def mirrored(connected):
    mirror(connected)
    return connected


@pytest.fixture
def neighbour(mirrored):
    """Another section of the team, connected with a course like the first; not yet mirrored."""
    world = mirrored
    teacher = world.practice.school.people[world.course.teacher_ids[0]]
    course = PracticeCourse("next-door", "Room 13", [teacher.id], [])
    world.practice.school.courses[course.id] = course
    world.practice.classroom.open_course(course.id, WORKS)
    with world.transaction() as session:
        team_id = session.get_one(Section, world.section_id).team_id
        section = Section(team_id=team_id, title="Room 13", source="lti:1", external_id="13")
        session.add(section)
        session.flush()
        session.add_all(
            [
                Enrolment(section_id=section.id, person_id=world.teacher_id, role=Role.TEACHER),
                ClassroomConnection(
                    section_id=section.id,
                    teacher_id=world.teacher_id,
                    course_id=world.practice.classroom.google_course_id(course.id),
                ),
            ]
        )
        return section.id


def mirror_section(world, section_id):
    world.app.extensions["pathways.jobs"]["mirror_section"].call_local(
        world.district_id, section_id
    )


def teacher_of(world, section_id=None):
    with world.session() as session:
        enrolment_id = session.scalar(
            select(Enrolment.id).where(
                Enrolment.person_id == world.teacher_id,
                Enrolment.section_id == (section_id or world.section_id),
            )
        )
    return Browser(world.app, world.teacher_id, enrolment_id)


def page(world, query="", section_id=None):
    answer = teacher_of(world, section_id).get(ADDRESS + query)
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def post(world, way, section_id=None, status=302, **form):
    answer = teacher_of(world, section_id).post(f"{ADDRESS}/{way}", **form)
    assert answer.status_code == status, answer.text
    return answer


def items_of(world, title, section_id=None):
    with world.session() as session:
        found = session.scalars(
            select(MirroredItem)
            .where(MirroredItem.section_id == (section_id or world.section_id))
            .order_by(MirroredItem.id)
        )
        return [item.id for item in found if item.seen.get("title") == title]


def item_of(world, title, section_id=None):
    return items_of(world, title, section_id)[0]


def own_target(world):
    """The team's target that was written here."""
    return the_one(world, Target, "I can multiply a fraction.").id


def homes_of(world, title, section_id=None):
    """Ids of the targets where a section's coursework of this title is."""
    section_id = section_id or world.section_id
    with world.session() as session:
        checkpoints = select(Checkpoint.target_id).where(
            Checkpoint.title == title, Checkpoint.section_id == section_id
        )
        activities = (
            select(Pathway.target_id)
            .join(Activity)
            .where(Activity.title == title, Pathway.section_id == section_id)
        )
        return [*session.scalars(checkpoints), *session.scalars(activities)]


def add_work(world, title, section_id=None, topic=FRACTIONS, **fields):
    with world.session() as session:
        course_id = session.get(ClassroomConnection, section_id or world.section_id).course_id
    classroom = world.practice.classroom
    topic_id = next(t["topicId"] for t in classroom.topics[course_id] if t["name"] == topic)
    return classroom.add_work(course_id, title=title, topicId=topic_id, **{"maxPoints": 4} | fields)


def rule_of(world, subject):
    with world.session() as session:
        return session.scalars(select(MatchingRule).where(MatchingRule.words == subject)).one().id


def test_the_page_says_what_was_matched_and_why(mirrored):
    text = page(mirrored)
    assert "Needs a look 2" in text
    assert "Warm-up no code; topic Unit 3: Fractions" in text
    assert f"{EXIT_TICKET} names 5.NF.1" in text


def test_a_correction_stays_whatever_the_mirror_reads(mirrored):
    world = mirrored
    target_id = own_target(world)
    post(world, "move", item=item_of(world, EXIT_TICKET), to=f"target-{target_id}")
    assert homes_of(world, EXIT_TICKET) == [target_id]
    assert f"{EXIT_TICKET} you put it here" in page(world)
    before = dump(world)
    mirror(world)
    assert dump(world) == before
    work_of(world, "Exit ticket")["description"] = "Now for 5.NF.B.6"
    mirror(world)
    assert homes_of(world, EXIT_TICKET) == [target_id]
    assert "Classroom now names 5.NF.6" in page(world)


def test_attempts_go_along_and_both_standings_are_worked_out(mirrored):
    world = mirrored
    before = homes_of(world, EXIT_TICKET)[0]
    target_id = own_target(world)
    attempts = dump(world)["attempts"]
    post(world, "move", item=item_of(world, EXIT_TICKET), to=f"target-{target_id}")
    assert dump(world)["attempts"] == attempts
    with world.session() as session:

        def percents(wanted):
            rows = session.scalars(select(Mastery).where(Mastery.target_id == wanted))
            return [row.percent for row in rows if row.percent is not None]

        assert (len(percents(before)), len(percents(target_id))) == (0, 4)
    # A grade that comes later counts at its new home.
    world.practice.classroom.grade(submission_of(world, "Exit ticket", 4), 4)
    mirror(world)
    with world.session() as session:
        newest = session.scalars(
            select(Mastery).where(
                Mastery.target_id == target_id, Mastery.person_id == world.student_ids[4]
            )
        ).one()
        assert newest.percent == 100


def test_several_move_at_once_and_a_second_click_changes_nothing(mirrored):
    world = mirrored
    target_id = own_target(world)
    picked = [*items_of(world, "Warm-up"), item_of(world, STRIPS)]
    for _ in range(2):
        post(world, "move", item=picked, to=f"target-{target_id}")
        assert homes_of(world, "Warm-up") == [target_id, target_id]
        assert homes_of(world, STRIPS) == [target_id]
    with world.session() as session:
        assert session.scalar(select(func.count(MatchingRule.id))) == 3
        actions = set(session.scalars(select(AuditEvent.action)))
    assert "matching.moved" in actions
    assert "Needs a look" not in page(world)


def test_those_that_are_called_alike_are_offered_and_never_moved_silently(mirrored):
    world = mirrored
    target_id = own_target(world)
    first, second = items_of(world, "Warm-up")
    answer = post(world, "move", item=first, to=f"target-{target_id}")
    assert f"after={first}" in answer.location
    assert homes_of(world, "Warm-up").count(target_id) == 1
    assert "Also move 1 other whose title begins with “Warm-up”?" in page(world, f"?after={first}")
    post(world, "titles", stem="Warm-up", to=f"target-{target_id}")
    assert homes_of(world, "Warm-up") == [target_id, target_id]
    add_work(world, "Warm-up for Thursday")
    add_work(world, "Warm-ups of last year")  # another word
    add_work(world, "Warm-up with a code: 5.NF.B.6")
    mirror(world)
    assert homes_of(world, "Warm-up for Thursday") == [target_id]
    assert target_id not in homes_of(world, "Warm-ups of last year")
    assert target_id not in homes_of(world, "Warm-up with a code: 5.NF.B.6")
    assert "Warm-up for Thursday its title begins with “Warm-up”" in page(world)
    assert second


def test_new_coursework_of_a_taught_topic_goes_to_its_target(mirrored):
    world = mirrored
    target_id = own_target(world)
    post(world, "topics", topic=item_of(world, FRACTIONS), to=f"target-{target_id}")
    assert homes_of(world, "Warm-up") == [target_id, target_id]
    assert homes_of(world, EXIT_TICKET) != [target_id]  # it names a standard
    add_work(world, "Something quite new")
    mirror(world)
    assert homes_of(world, "Something quite new") == [target_id]
    assert f"all of the topic {FRACTIONS} goes here" in page(world)


def test_what_one_class_teaches_the_teams_others_know_for_what_comes(neighbour, mirrored):
    world = mirrored
    target_id = own_target(world)
    post(world, "topics", topic=item_of(world, FRACTIONS), to=f"target-{target_id}")
    mirror_section(world, neighbour)
    assert homes_of(world, "Warm-up", neighbour) == [target_id, target_id]
    assert "taught in another class of your team" in page(world, section_id=neighbour)
    # What stands there already is not moved by a rule of next door, at no later mirror.
    post(world, "rules/take-back", rule=rule_of(world, FRACTIONS))
    before = homes_of(world, "Warm-up", neighbour)
    mirror_section(world, neighbour)
    assert homes_of(world, "Warm-up", neighbour) == before


def test_a_standard_can_be_said_for_titles_without_a_code(mirrored):
    world = mirrored
    post(world, "titles", stem="Warm-up", to="standard", code="5.NF.B.6")
    with world.session() as session:
        for target_id in homes_of(world, "Warm-up"):
            target = session.get_one(Target, target_id)
            assert [standard.code for standard in target.standards] == ["5.NF.6"]
    before = dump(world)
    mirror(world)
    assert dump(world) == before
    assert "Titles that begin with “Warm-up” → 5.NF.6" in page(world)


def test_left_out_work_is_hidden_keeps_its_attempts_and_comes_back_on_demand(mirrored):
    world = mirrored
    checkpoint_id = the_one(world, Checkpoint, EXIT_TICKET).id
    attempts = dump(world)["attempts"]
    post(world, "leave-out", item=item_of(world, EXIT_TICKET))
    world.practice.classroom.grade(submission_of(world, "Exit ticket", 0), 0.5)
    mirror(world)
    assert the_one(world, Checkpoint, EXIT_TICKET).hidden
    assert dump(world)["attempts"] == attempts
    assert len(attempts_of(world, EXIT_TICKET, 0)[0].scores) == 1
    assert "Left out" in page(world)
    post(world, "bring-back", item=items_of(world, EXIT_TICKET)[-1])
    mirror(world)
    assert not the_one(world, Checkpoint, EXIT_TICKET).hidden
    assert the_one(world, Checkpoint, EXIT_TICKET).id == checkpoint_id
    assert len(attempts_of(world, EXIT_TICKET, 0)[0].scores) == 2
    with world.session() as session:
        assert not session.scalar(select(func.count(MatchingRule.id)))


def test_a_look_at_what_changed_leaves_out_what_it_does_not_read(connected):
    world = connected
    for work in works_of(world):
        work["updateTime"] = stamp(now() - timedelta(days=3))
    mirror(world)
    post(world, "leave-out", item=item_of(world, EXIT_TICKET))
    work_of(world, "Fraction strips").update(title="Strips", updateTime=stamp())
    mirror(world)
    the_one(world, Activity, "Strips")
    assert the_one(world, Checkpoint, EXIT_TICKET).hidden
    assert len(items_of(world, EXIT_TICKET)) == 2  # what it became, and the mark


def test_titles_that_are_never_a_target_do_not_come_in(mirrored):
    world = mirrored
    post(world, "titles", stem="warm-UP", to="never")
    add_work(world, "Warm-up: new")
    mirror(world)
    mirror(world)
    assert homes_of(world, "Warm-up: new") == []
    with world.session() as session:
        assert set(
            session.scalars(select(Checkpoint.hidden).where(Checkpoint.title == "Warm-up"))
        ) == {True}
    # One of them is wanted all the same; then all are.
    post(world, "bring-back", item=item_of(world, "Warm-up: new"))
    mirror(world)
    assert len(homes_of(world, "Warm-up: new")) == 1
    post(world, "rules/take-back", rule=rule_of(world, "warm-UP"))
    mirror(world)
    with world.session() as session:
        assert set(
            session.scalars(select(Checkpoint.hidden).where(Checkpoint.title == "Warm-up"))
        ) == {False}


def test_what_is_taken_back_goes_where_classroom_says(mirrored):
    world = mirrored
    before = homes_of(world, EXIT_TICKET)
    item = item_of(world, EXIT_TICKET)
    post(world, "move", item=item, to=f"target-{own_target(world)}")
    post(world, "rules/take-back", rule=rule_of(world, EXIT_TICKET))
    assert homes_of(world, EXIT_TICKET) == before
    post(world, "rules/take-back", rule=4711, status=404)
    # What was moved among the targets, where nothing was taught, is brought back by its row.
    with world.transaction() as session:
        session.get(Checkpoint, the_one(world, Checkpoint, EXIT_TICKET).id).target_id = own_target(
            world
        )
    assert f"{EXIT_TICKET} put here among the targets" in page(world)
    post(world, "rules/take-back", item=item)
    assert homes_of(world, EXIT_TICKET) == before


def test_it_is_right_where_it_is_is_a_correction_too(mirrored):
    world = mirrored
    before = homes_of(world, "Warm-up")
    post(world, "move", item=items_of(world, "Warm-up"), stays="yes", to="")
    assert homes_of(world, "Warm-up") == before
    assert "Needs a look" not in page(world)


def test_a_topic_becomes_a_unit_of_the_team_with_the_targets_that_came_with_it(neighbour, mirrored):
    world = mirrored
    with world.transaction() as session:
        team_id = session.get_one(Section, world.section_id).team_id
        session.add(unit := Unit(team_id=team_id, title="Fractions", position=9))
        session.flush()
        unit_id = unit.id
    post(world, "topics", topic=item_of(world, FRACTIONS), to=f"unit-{unit_id}")
    mirror(world)
    mirror_section(world, neighbour)
    with world.session() as session:
        homes = [*homes_of(world, EXIT_TICKET), *homes_of(world, "Warm-up", neighbour)]
        assert {session.get_one(Target, home).unit_id for home in homes} == {unit_id}
        assert the_one(world, Unit, FRACTIONS).archived_at is not None
    # A thing that belongs to a unit as a whole.
    post(world, "move", item=item_of(world, STRIPS), to=f"unit-{unit_id}")
    with world.session() as session:
        home = session.get_one(Target, homes_of(world, STRIPS)[0])
        assert (home.title, home.unit_id) == ("Fractions", unit_id)


def test_kinds_are_changed_and_a_checkpoint_with_attempts_stays_one(mirrored):
    world = mirrored
    post(world, "kind", item=item_of(world, STRIPS), kind="manipulative")
    answer = post(world, "kind", item=item_of(world, EXIT_TICKET), kind="practice", status=400)
    assert "Students have already answered" in answer.text
    answer = post(world, "kind", item=item_of(world, STRIPS), kind="checkpoint", status=400)
    assert "has no points in Classroom" in answer.text
    post(world, "kind", item=item_of(world, STRIPS), kind="nonsense", status=400)
    mirror(world)
    assert the_one(world, Activity, STRIPS).kind == ActivityKind.MANIPULATIVE


def test_a_checkpoint_without_attempts_can_be_an_activity_and_a_checkpoint_again(mirrored):
    world = mirrored
    add_work(world, "Long practice", description="5.NF.B.6")
    mirror(world)
    checkpoint = the_one(world, Checkpoint, "Long practice")
    item = item_of(world, "Long practice")
    for _ in range(2):
        post(world, "kind", item=item, kind="game")
        mirror(world)
        assert the_one(world, Activity, "Long practice").kind == ActivityKind.GAME
        assert the_one(world, Checkpoint, "Long practice").hidden
        post(world, "kind", item=item, kind="checkpoint")
        mirror(world)
        again = the_one(world, Checkpoint, "Long practice")
        assert (again.id, again.hidden, again.max_points) == (checkpoint.id, False, 4)
        assert the_one(world, Activity, "Long practice").hidden
        with world.session() as session:
            columns = session.scalars(
                select(GradebookColumn).where(GradebookColumn.checkpoint_id == checkpoint.id)
            ).all()
            assert [column.writable for column in columns] == [False]


def test_nothing_of_another_section_or_team_can_be_named(neighbour, mirrored):
    world = mirrored
    mirror_section(world, neighbour)
    school = make_school(world.database, name="Birch", source="lti:2")
    item, theirs = item_of(world, EXIT_TICKET), item_of(world, EXIT_TICKET, neighbour)
    before = dump(world)
    post(world, "move", item=theirs, to=f"target-{own_target(world)}", status=404)
    post(world, "move", item=item, to=f"target-{school.target_id}", status=404)
    post(world, "topics", topic=item, to=f"target-{own_target(world)}", status=404)
    post(world, "leave-out", item=theirs, status=404)
    post(world, "bring-back", item=item, status=404)
    post(world, "kind", item=theirs, kind="game", status=404)
    for wrong in ("", "target-", "target-x", "unit-", "unit-0", "stays", "target-99999999999999"):
        answer = teacher_of(world).post(f"{ADDRESS}/move", item=item, to=wrong)
        assert answer.status_code in (400, 404), wrong
    post(world, "move", to=f"target-{own_target(world)}", status=400)
    post(world, "move", item="x", to=f"target-{own_target(world)}", status=400)
    post(world, "titles", stem="W", to="never", status=400)
    post(world, "titles", stem="Warm-up", to="standard", code="", status=400)
    post(world, "titles", stem="Warm-up", to="standard", code="9.ZZ.9", status=400)
    assert dump(world) == before


def test_a_page_that_is_old_says_what_is_no_longer_there(mirrored):
    world = mirrored
    post(world, "leave-out", item=item_of(world, EXIT_TICKET))
    mark = items_of(world, EXIT_TICKET)[-1]
    post(world, "bring-back", item=mark)
    post(world, "bring-back", item=mark, status=404)
    browser = teacher_of(world)
    picked = [item_of(world, STRIPS), 4711]
    browser.post(f"{ADDRESS}/move", item=picked, to=f"target-{own_target(world)}")
    assert "1 is no longer there: the course was read meanwhile." in browser.get(ADDRESS).text
    assert homes_of(world, STRIPS) == [own_target(world)]


def test_an_assistant_looks_and_changes_nothing(mirrored):
    world = mirrored
    with world.transaction() as session:
        enrolment = session.scalars(
            select(Enrolment).where(Enrolment.person_id == world.teacher_id)
        ).one()
        enrolment.role = Role.ASSISTANT
    answer = teacher_of(world).get(ADDRESS)
    assert "Needs a look" in answer.text
    assert 'method="post"' not in answer.text
    before = dump(world)
    post(world, "move", item=item_of(world, STRIPS), to=f"target-{own_target(world)}", status=403)
    assert dump(world) == before


def test_what_is_gone_from_classroom_stands_at_the_end_where_it_was_put(mirrored):
    world = mirrored
    target_id = own_target(world)
    post(world, "move", item=item_of(world, EXIT_TICKET), to=f"target-{target_id}")
    work = work_of(world, "Exit ticket")
    world.practice.classroom.remove_work(world.google_course_id, work["id"])
    mirror(world)
    text = page(world)
    assert text.index("No longer in Classroom") < text.index(EXIT_TICKET)
    assert homes_of(world, EXIT_TICKET) == [target_id]


def test_a_taught_target_that_was_archived_is_no_longer_used(mirrored):
    world = mirrored
    target_id = own_target(world)
    post(world, "topics", topic=item_of(world, FRACTIONS), to=f"target-{target_id}")
    with world.transaction() as session:
        session.get_one(Target, target_id).archived_at = now()
    add_work(world, "Later")
    mirror(world)
    assert homes_of(world, "Later") != [target_id]
    assert page(world)


def test_two_teachers_and_the_worker_at_once_leave_one_answer(mirrored):
    """Whoever comes last decides; where it is and what was taught say the same."""
    world = mirrored
    with world.transaction() as session:
        team_id = session.get_one(Section, world.section_id).team_id
        other = targets.add_target(session, team_id, title="I can add fractions.").id
    item = item_of(world, EXIT_TICKET)
    work_of(world, "Exit ticket")["description"] = "Now for 5.NF.B.6"
    barrier = Barrier(3, timeout=30)

    def correct(target_id):
        browser = teacher_of(world)
        barrier.wait()
        return browser.post(f"{ADDRESS}/move", item=item, to=f"target-{target_id}").status_code

    def read():
        barrier.wait()
        mirror(world)

    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(correct, target_id) for target_id in (own_target(world), other)]
        reading = pool.submit(read)
        assert [answer.result() for answer in answers] == [302, 302]
        reading.result()
    with world.session() as session:
        taught = session.scalars(select(MatchingRule)).one().target_id
    assert taught in (own_target(world), other)
    assert homes_of(world, EXIT_TICKET) == [taught]
    mirror(world)
    assert homes_of(world, EXIT_TICKET) == [taught]


def test_the_page_costs_the_same_for_three_hundred_works_and_stays_light(mirrored):
    world = mirrored
    browser = teacher_of(world)
    browser.get(ADDRESS)
    queries = Queries(world.database)
    browser.get(ADDRESS)
    few = len(queries)
    for number in range(150):
        add_work(world, f"Exit ticket {number}", description="5.NF.A.1")
        add_work(world, f"Loose {number}")
    mirror(world)
    queries.clear()
    answer = browser.get(ADDRESS)
    assert len(queries) == few
    assert few < 18
    assert answer.text.count('name="item"') < 150
    assert "Show all" in answer.text
    assert len(answer.data) < 150_000
    assert browser.get(f"{ADDRESS}?all=look").text.count('data-item="') > 150
    found = browser.get(f"{ADDRESS}?find=loose+149").text
    assert found.count('data-item="') == 1


def test_the_classroom_page_and_its_notes_lead_here(mirrored):
    text = teacher_of(mirrored).get("/classroom").text
    assert "/classroom/matching" in text
    assert "/classroom/matching?find=Warm-up" in text
    assert page(mirrored, "?find=Warm-up").count("no code; topic") == 2


def test_what_came_before_topics_were_noted_is_understood_and_not_moved(mirrored):
    """Rows of an older version say their topic and standard by their home only."""
    world = mirrored
    with world.transaction() as session:
        for item in session.scalars(select(MirroredItem)):
            item.seen = {k: v for k, v in item.seen.items() if k not in ("topic", "named")}
    before = homes_of(world, EXIT_TICKET)
    text = page(world)
    assert f"{EXIT_TICKET} names 5.NF.1" in text
    assert f"Warm-up no code; topic {FRACTIONS}" in text
    post(world, "titles", stem="Warm-up", to=f"target-{own_target(world)}")
    mirror(world)
    assert homes_of(world, "Warm-up") == [own_target(world)] * 2
    assert homes_of(world, EXIT_TICKET) == before


def test_two_targets_of_one_title_are_no_trouble(mirrored):
    world = mirrored
    with world.transaction() as session:
        team_id = session.get_one(Section, world.section_id).team_id
        double = targets.add_target(session, team_id, title="I can multiply a fraction.").id
    post(world, "move", item=item_of(world, STRIPS), to=f"target-{double}")
    mirror(world)
    assert homes_of(world, STRIPS) == [double]
