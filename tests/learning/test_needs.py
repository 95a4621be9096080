"""Needs-first links: within the team, never in a circle, whoever adds them at once."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.errors import BadInput
from lti_app.learning.plan import needs
from tests.learning.plan_room import add_link, answer, links_of, write_targets


@pytest.fixture
def abc(database, school):
    """Three targets, A, B and C."""
    return write_targets(database, school, ["A", "B", "C"])


def test_a_link_is_added_and_removed_and_twice_changes_nothing(teacher, database, school, abc):
    a, b, _c = abc
    for _ in range(2):
        assert teacher.post("/plan/needs", target=a, needs=b).status_code == 302
        assert links_of(database, school) == {(a, b)}
    assert "Comes after this one" in teacher.get(f"/plan/{b}").text
    for _ in range(2):
        assert teacher.post("/plan/needs", target=a, needs=b, do="remove").status_code == 302
        assert links_of(database, school) == set()


def test_a_circle_is_refused_and_the_way_round_is_named(teacher, database, school, abc):
    a, b, c = abc
    add_link(database, school, a, b)
    add_link(database, school, b, c)

    refused = teacher.post("/plan/needs", target=c, needs=a)

    assert refused.status_code == 400
    assert "“A” → “B” → “C” → “A”" in refused.text
    assert links_of(database, school) == {(a, b), (b, c)}


def test_a_target_does_not_need_itself(teacher, database, school, abc):
    refused = teacher.post("/plan/needs", target=abc[0], needs=abc[0])
    assert refused.status_code == 400
    assert links_of(database, school) == set()


@pytest.mark.parametrize("form", [{}, {"target": "x"}, {"needs": "4711"}, {"do": "remove"}])
def test_a_link_to_nothing_is_not_there(teacher, abc, form):
    assert teacher.post("/plan/needs", **{"target": abc[0]} | form).status_code == 404


def test_a_circle_over_an_archived_target_is_refused_too(teacher, database, school, abc):
    a, b, c = abc
    add_link(database, school, a, b)
    add_link(database, school, b, c)
    teacher.post(f"/plan/{b}/archive")
    assert teacher.post("/plan/needs", target=c, needs=a).status_code == 400
    # Removing the link to the archived one makes room.
    teacher.post("/plan/needs", target=a, needs=b, do="remove")
    assert teacher.post("/plan/needs", target=c, needs=a).status_code == 302


def test_two_teachers_who_link_at_once_do_not_close_a_circle(database, school, abc):
    a, b, _c = abc
    together = threading.Barrier(2)
    told = []

    def link(target_id, needs_id):
        with database.session(district_id=school.district_id) as session:
            together.wait()
            try:
                needs.add(session, school.team_id, target_id, needs_id)
                session.commit()
            except BadInput as refusal:
                told.append(refusal)

    threads = [threading.Thread(target=link, args=pair) for pair in ((a, b), (b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(links_of(database, school)) == 1
    assert len(told) == 1


def test_it_is_counted_how_many_wait_behind_each_target(database, school, abc):
    a, b, c = abc
    (d,) = write_targets(database, school, ["D"])
    for pair in ((b, a), (c, b), (c, a), (d, a)):
        add_link(database, school, *pair)
    with database.session(district_id=school.district_id) as session:
        assert needs.waiting_behind(session, school.team_id) == {a: 3, b: 1}


def test_what_a_student_has_to_meet_first_is_known(database, school, abc):
    a, b, _c = abc
    for pair in ((a, school.target_id), (a, b), (b, school.target_id)):
        add_link(database, school, *pair)

    def unmet(**of):
        with database.session(district_id=school.district_id) as session:
            found = needs.unmet_first(session, school.team_id, school.student_ids[0], **of)
            return {key: [target.id for target in value] for key, value in found.items()}

    assert unmet() == {a: [school.target_id, b], b: [school.target_id]}
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    assert unmet() == {a: [b]}
    assert unmet(target_ids=[b]) == {}


STEPS = st.lists(st.tuples(st.booleans(), st.integers(1, 6), st.integers(1, 6)), max_size=40)


@given(STEPS)
def test_no_sequence_of_links_added_and_removed_leaves_a_circle(steps):
    links = set()
    for adds, one, other in steps:
        if not adds:
            links.discard((one, other))
            continue
        try:
            needs.refuse_circle(links, one, other, {})
        except BadInput:
            assert one == other or needs.way_between(links, other, one)
        else:
            links.add((one, other))
        assert not any(needs.way_between(links - {link}, link[1], link[0]) for link in links), links
