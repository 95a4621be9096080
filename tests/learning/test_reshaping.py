"""Targets that are split, and merged again: no attempt is lost, standings are worked out anew."""

from itertools import count as count_from

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lti_app.learning.models import (
    Attempt,
    Checkpoint,
    Level,
    PathwayChoice,
    Score,
)
from lti_app.learning.plan import merging, splitting
from tests.learning.plan_room import (
    add_checkpoint,
    add_link,
    answer,
    count,
    id_of,
    levels,
    links_of,
    read,
    titles,
    write_targets,
)
from tests.school import browser_of, make_school

SCHOOLS = count_from(1)
FIRST = "I can multiply a fraction by a whole number."


def _split(teacher, school, **form):
    return teacher.post(
        f"/plan/{school.target_id}/split",
        **{"version": "1", "title_1": "Multiply", "title_2": "Explain"} | form,
    )


def test_a_split_takes_attempts_along_and_works_out_standings_anew(teacher, database, school):
    one, two, three = school.student_ids
    second = add_checkpoint(database, school, school.target_id)
    answer(database, school, one, school.checkpoint_id, 4)
    answer(database, school, one, second, 1)
    answer(database, school, two, second)

    saved = _split(teacher, school, **{f"checkpoint_{second}": "2"})

    assert saved.status_code == 302
    explain = id_of(database, school, "Explain")
    assert titles(database, school) == ["Multiply", "Explain"]
    assert levels(database, school, school.target_id)[one] == Level.BEYOND
    assert levels(database, school, school.target_id).get(two) in (None, Level.NOT_STARTED)
    assert levels(database, school, explain) == {one: Level.WORKING, two: Level.WORKING}
    assert three not in levels(database, school, explain)
    assert count(database, school, Attempt) == 3
    assert count(database, school, Score) == 2


def test_a_picked_pathway_stays_picked_on_its_part(app, teacher, database, school):
    student = browser_of(app, school, school.student_ids[0])
    student.post(f"/pathways/{school.pathway_id}/choose")

    _split(teacher, school, **{f"pathway_{school.pathway_id}": "2"})

    explain = id_of(database, school, "Explain")
    assert read(database, school, select(PathwayChoice.target_id)) == [(explain,)]
    assert levels(database, school, explain) == {school.student_ids[0]: Level.WORKING}
    assert levels(database, school, school.target_id)[school.student_ids[0]] == Level.NOT_STARTED
    assert "This is your way." in student.get(f"/targets/{explain}").text


def test_each_part_has_the_links_of_the_whole_and_stands_beside_it(teacher, database, school):
    before, after, last = write_targets(database, school, ["Before", "After", "Last"])
    add_link(database, school, school.target_id, before)
    add_link(database, school, after, school.target_id)
    add_link(database, school, last, after)

    _split(teacher, school, title_3="Draw")

    explain, draw = (id_of(database, school, title) for title in ("Explain", "Draw"))
    assert titles(database, school) == ["Multiply", "Explain", "Draw", "Before", "After", "Last"]
    assert links_of(database, school) == {
        (last, after),
        *((part, before) for part in (school.target_id, explain, draw)),
        *((after, part) for part in (school.target_id, explain, draw)),
    }


def test_a_split_sent_twice_splits_once(teacher, database, school):
    for _ in range(2):
        assert _split(teacher, school).status_code == 302
    assert titles(database, school) == ["Multiply", "Explain"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"title_2": "  "}, "The title is empty."),
        ({"title_2": "multiply"}, "Two parts have the same title."),
        ({f"title_{n}": f"Part {n}" for n in range(3, 7)}, "split into 2 to 5 parts"),
    ],
)
def test_an_unusable_split_changes_nothing(teacher, database, school, form, words):
    refused = _split(teacher, school, **form)
    assert refused.status_code == 400
    assert words in refused.text
    assert titles(database, school) == [FIRST]


def test_a_split_of_what_somebody_changed_meanwhile_shows_both(teacher, database, school):
    teacher.post(f"/plan/{school.target_id}", title="I can times.", codes="", unit="", version="1")
    clash = _split(teacher, school)
    assert clash.status_code == 409
    assert "I can times." in clash.text
    assert 'name="title_2" value="Explain"' in clash.text
    assert titles(database, school) == ["I can times."]


def test_a_part_of_another_targets_work_is_not_taken(teacher, database, school):
    (other,) = write_targets(database, school, ["Other"])
    theirs = add_checkpoint(database, school, other)
    _split(teacher, school, **{f"checkpoint_{theirs}": "2"})
    assert read(database, school, select(Checkpoint.target_id).where(Checkpoint.id == theirs)) == [
        (other,)
    ]


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 4)), max_size=6))
def test_split_and_merged_again_no_attempt_is_lost(database, tries):
    number = next(SCHOOLS)
    school = make_school(database, name=f"School {number}", source=f"lti:{number}")
    checkpoints = [
        school.checkpoint_id,
        *(add_checkpoint(database, school, school.target_id, f"Ticket {n}") for n in (1, 2)),
    ]
    for kid, checkpoint, points in tries:
        answer(database, school, school.student_ids[kid], checkpoints[checkpoint], points)
    before = levels(database, school, school.target_id)

    with database.transaction(district_id=school.district_id) as session:
        whole = splitting.whole(session, school.team_id, school.target_id)
        parts = splitting.split(
            session,
            whole,
            ["A", "B"],
            {},
            {checkpoints[1]: 1},
            version=1,
            editor_id=school.teacher_id,
        )
        merging.merge(
            session, parts[0], parts[1].id, title="A", version=2, editor_id=school.teacher_id
        )

    assert count(database, school, Attempt) == len(tries)
    assert levels(database, school, school.target_id) == before
