"""Choice is scaffolded: what each level sees and may do, who sets it, and when to change it."""

import threading

import pytest
from sqlalchemy import func, select

from lti_app.learning import pathways, targets
from lti_app.learning.choice import levels, suggestions
from lti_app.learning.choice.suggestions import Direction, Evidence
from lti_app.learning.models import (
    ActivityDone,
    ActivityKind,
    ChoiceChange,
    ChoiceLevel,
    Pathway,
    PathwayChoice,
    PathwayWalk,
    TeamRules,
)
from tests.learning.did_well import do_well
from tests.school import make_school

GUIDED, SHARED, OPEN = ChoiceLevel


@pytest.fixture
def school(database):
    """Beside the way on offer there is one more, for those who choose freely."""
    school = make_school(database, students=3)
    with database.transaction(district_id=school.district_id) as session:
        target = targets.get(session, school.team_id, school.section_id, school.target_id)
        for title, offered in (("Second on offer", True), ("Only for open", False)):
            way = targets.add_pathway(session, target, title=title)
            way.offered = offered
            targets.add_activity(session, way, title=f"Do {title}", kind=ActivityKind.GAME)
    return school


def _set(database, school, level, *person_ids):
    with database.transaction(district_id=school.district_id) as session:
        levels.set_for(
            session,
            school.section_id,
            person_ids or school.student_ids[:1],
            level,
            set_by_id=school.teacher_id,
        )


def _way(database, title):
    with database.session() as session:
        return session.scalars(select(Pathway.id).where(Pathway.title == title)).one()


def _on(database, person_id):
    with database.session() as session:
        return session.scalars(
            select(PathwayChoice).where(PathwayChoice.person_id == person_id)
        ).first()


@pytest.mark.parametrize(
    ("level", "seen", "proposes"),
    [
        (GUIDED, {"Watch and try"}, False),
        (SHARED, {"Watch and try", "Second on offer"}, False),
        (OPEN, {"Watch and try", "Second on offer", "Only for open"}, True),
    ],
)
def test_each_level_sees_its_ways_and_only_open_proposes(
    student, database, school, level, seen, proposes
):
    _set(database, school, level)
    page = student.get(f"/targets/{school.target_id}").text
    for title in ("Watch and try", "Second on offer", "Only for open"):
        assert (title in page) is (title in seen)
    assert ("I have my own idea" in page) is proposes
    assert student.get(f"/targets/{school.target_id}/my-way").status_code == (
        200 if proposes else 403
    )


@pytest.mark.parametrize(
    ("level", "way", "status"),
    [
        (GUIDED, "Second on offer", 400),
        (GUIDED, "Only for open", 400),
        (SHARED, "Second on offer", 302),
        (SHARED, "Only for open", 404),
        (OPEN, "Only for open", 302),
    ],
)
def test_a_way_posted_by_hand_is_held_to_the_level(student, database, school, level, way, status):
    _set(database, school, level)
    answer = student.post(f"/pathways/{_way(database, way)}/choose")
    assert answer.status_code == status
    if status == 400:
        assert "Your teacher picks the way with you." in answer.text
    assert (_on(database, school.student_ids[0]) is not None) is (status == 302)


def test_a_guided_student_begins_with_the_first_way_and_goes_the_one_they_are_given(
    student, teacher, database, school
):
    _set(database, school, GUIDED)
    assert "Start with this way." in student.get(f"/targets/{school.target_id}").text
    way = _way(database, "Only for open")

    given = teacher.post("/choice/way", pathway=way, student=school.student_ids[:2])

    assert given.status_code == 302
    page = student.get(f"/targets/{school.target_id}").text
    assert "Your teacher picked this way for you." in page
    assert "Do Only for open" in page
    assert "Watch and try" not in page
    assert _on(database, school.student_ids[1]).assigned_by_id == school.teacher_id


def test_doing_a_step_puts_a_student_who_is_on_no_way_on_this_one(student, database, school):
    _set(database, school, GUIDED)
    student.post(f"/activities/{school.activity_id}/done", done="yes")
    assert _on(database, school.student_ids[0]).pathway_id == school.pathway_id


def test_a_lowered_level_takes_nothing_away(student, database, school):
    _set(database, school, OPEN)
    way = _way(database, "Only for open")
    student.post(f"/pathways/{way}/choose")
    with database.session() as session:
        pathway = session.get_one(Pathway, way)
        step = pathway.activities[0].id
    student.post(f"/activities/{step}/done", done="yes")
    _set(database, school, GUIDED)
    page = student.get(f"/targets/{school.target_id}").text
    assert "Do Only for open" in page
    assert "Done" in page
    with database.session() as session:
        assert session.scalar(select(func.count(ActivityDone.id))) == 1


def test_without_a_level_of_ones_own_the_teams_counts(student, database, school):
    with database.transaction(district_id=school.district_id) as session:
        session.add(TeamRules(team_id=school.team_id, choice_level=OPEN))
    assert "Only for open" in student.get(f"/targets/{school.target_id}").text


def test_a_teacher_sets_many_at_once_and_how_it_came_about_is_kept(teacher, database, school):
    picked = school.student_ids[:2]
    saved = teacher.post("/choice", student=picked, level="open", reason="They plan well.")
    assert saved.status_code == 302
    teacher.post("/choice", student=picked, level="open", reason="again")
    teacher.post("/choice", student=picked[:1], level="guided", reason="For now.")

    page = teacher.get(f"/choice/{picked[0]}").text

    assert page.index("For now.") < page.index("They plan well.")
    assert "again" not in page
    with database.session() as session:
        assert session.scalar(select(func.count(ChoiceChange.id))) == 3


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"level": "open"}, 400),
        ({"level": "free", "student": 3}, 400),
        ({"level": "open", "student": 4711}, 404),
        ({"level": "open", "student": 3, "reason": "x" * 501}, 400),
    ],
)
def test_what_can_not_be_set_changes_nothing(teacher, database, school, form, status):
    assert teacher.post("/choice", **form).status_code == status
    with database.session() as session:
        assert session.scalar(select(func.count(ChoiceChange.id))) == 0


def test_two_teachers_who_set_the_same_level_at_once_make_one_change(database, school):
    def set_open():
        _set(database, school, OPEN, *school.student_ids)

    both = [threading.Thread(target=set_open) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    with database.session() as session:
        assert session.scalar(select(func.count(ChoiceChange.id))) == 3


@pytest.mark.parametrize(
    ("level", "evidence", "expected"),
    [
        (SHARED, Evidence(5, 4, 4, 3, 2), (Direction.RAISE, OPEN)),
        (GUIDED, Evidence(5, 4, 4, 3, 2), (Direction.RAISE, SHARED)),
        (OPEN, Evidence(5, 4, 4, 3, 2), None),
        (SHARED, Evidence(5, 4, 4, 3, 0), None),
        (SHARED, Evidence(1, 1, 4, 4, 3), None),
        (SHARED, Evidence(5, 5, 2, 2, 3), None),
        (SHARED, Evidence(5, 1, 4, 1, 0), (Direction.LOWER, GUIDED)),
        (GUIDED, Evidence(5, 0, 4, 0, 0), None),
        (SHARED, Evidence(5, 3, 4, 1, 2), None),
        (SHARED, Evidence(), None),
    ],
)
def test_a_suggestion_needs_evidence_on_both_sides(level, evidence, expected):
    found = suggestions.suggest(level, evidence)
    assert (found and (found.direction, found.level)) == expected


def test_a_suggestion_says_its_numbers_and_one_press_does_it(teacher, database, school):
    do_well(database, school, school.student_ids[0])
    page = teacher.get("/choice").text
    words = "kept 3 of 3 goals, met 3 of 3 checkpoints the first time, reflections written: 1"
    assert words in page
    teacher.post("/choice", student=school.student_ids[0], level="open", reason=words)
    assert words not in teacher.get("/choice").text
    assert words in teacher.get(f"/choice/{school.student_ids[0]}").text


def test_a_walk_begins_with_the_choice_and_is_finished_once(database, school):
    person_id = school.student_ids[0]
    with database.transaction(district_id=school.district_id) as session:
        pathway = targets.get_pathway(session, school.team_id, school.section_id, school.pathway_id)
        pathways.choose(session, person_id, pathway)
        first, second = pathway.activities
        pathways.mark(session, person_id, first, done=True)
        walk = session.scalars(select(PathwayWalk)).one()
        assert walk.finished_at is None
        pathways.mark(session, person_id, second, done=True)
        finished = walk.finished_at
        assert finished is not None
        pathways.mark(session, person_id, second, done=False)
        pathways.mark(session, person_id, second, done=True)
        assert walk.finished_at == finished


def test_one_way_to_do_a_step_is_enough_to_finish(database, school):
    person_id = school.student_ids[0]
    with database.transaction(district_id=school.district_id) as session:
        pathway = targets.get_pathway(session, school.team_id, school.section_id, school.pathway_id)
        first, second = pathway.activities
        second.alternative_to_id = first.id
        session.flush()
        pathways.choose(session, person_id, pathway)
        pathways.mark(session, person_id, second, done=True)
        assert session.scalars(select(PathwayWalk)).one().finished_at is not None
