"""The map: what comes first stands first, nothing crosses without need, one knows where one is."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.learning import targets
from lti_app.learning.models import Level
from lti_app.learning.plan import units
from lti_app.learning.plan.drawing import draw, wrapped
from lti_app.learning.plan.layers import essential, lay_out
from tests.learning.plan_room import add_link, answer, write_targets

FIRST = "I can multiply a fraction by a whole number."


@st.composite
def graphs(draw_from):
    """Nodes and links from later nodes to earlier ones: no circle."""
    nodes = list(range(1, draw_from(st.integers(1, 14)) + 1))
    pairs = [(one, other) for one in nodes for other in nodes if other < one]
    links = set(draw_from(st.lists(st.sampled_from(pairs), max_size=25))) if pairs else set()
    return nodes, links


def _reachable(links):
    known = set(links)
    while more := {(a, d) for a, b in known for c, d in known if b == c} - known:
        known |= more
    return known


@given(graphs())
def test_what_is_needed_first_stands_further_left_and_no_boxes_overlap(graph):
    nodes, links = graph
    drawing = draw({node: f"I can do number {node} " * (node % 4 + 1) for node in nodes}, links)
    box_of = {box.node: box for box in drawing.boxes}
    assert sorted(box_of) == nodes
    assert len(drawing.boxes) == len(nodes)
    for node, first in links:
        assert box_of[first].x + box_of[first].width < box_of[node].x
    for one in drawing.boxes:
        assert 0 <= one.x <= drawing.width - one.width
        assert 0 <= one.y <= drawing.height - one.height
        for other in drawing.boxes:
            if one is not other and abs(one.x - other.x) < one.width:
                assert one.y + one.height <= other.y or other.y + other.height <= one.y


@given(graphs())
def test_only_links_that_others_imply_are_left_out_of_the_drawing(graph):
    nodes, links = graph
    kept = essential(nodes, links)
    assert kept <= links
    assert _reachable(kept) == _reachable(links)
    for link in kept:
        assert _reachable(kept - {link}) != _reachable(kept)


@given(graphs())
def test_the_same_plan_is_always_drawn_alike(graph):
    nodes, links = graph
    title_of = {node: f"Target {node}" for node in nodes}
    assert draw(title_of, sorted(links)) == draw(title_of, sorted(links, reverse=True))


@given(st.text(alphabet="aI W<\t", max_size=300))
def test_a_title_is_wrapped_into_lines_that_fit_and_loses_no_word(title):
    lines = wrapped(title)
    assert 1 <= len(lines) <= 8
    assert all(len(line) <= 22 for line in lines)
    whole = "".join(title.split())
    shown = "".join("".join(lines).split())
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))


def test_lines_that_need_not_cross_do_not():
    laid = lay_out([1, 2, 3, 4], {(3, 2), (4, 1)})
    assert [[slot.node for slot in layer] for layer in laid.layers] in (
        [[1, 2], [4, 3]],
        [[2, 1], [3, 4]],
    )


def _chains(number):
    """So many targets in chains of six, each also needing one of the chain before."""
    nodes = list(range(number))
    links = {(n, n - 1) for n in nodes if n % 6} | {(n, n - 7) for n in nodes if n >= 7 and n % 6}
    return {node: f"I can do the thing with number {node}." for node in nodes}, links


def test_twice_as_many_targets_take_about_four_times_as_long_at_most():
    def seconds(number):
        title_of, links = _chains(number)
        taken = []
        for _ in range(5):
            begun = time.perf_counter()
            draw(title_of, links)
            taken.append(time.perf_counter() - begun)
        return min(taken)

    assert seconds(240) < 6 * seconds(120)


def _boxes(page):
    """Class and spoken words of each box."""
    return re.findall(r'<a href="[^"]*" class="(map-box[^"]*)" aria-label="([^"]*)"', page)


def test_a_teacher_sees_how_many_of_the_class_met_each_target(teacher, database, school):
    (then,) = write_targets(database, school, ["Then <b>this</b>"])
    add_link(database, school, then, school.target_id)
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    answer(database, school, school.student_ids[1], school.checkpoint_id, 1)

    page = teacher.get("/plan/map").text

    assert [words for _, words in _boxes(page)] == [
        f"{FIRST} Met: 1 of 3",
        "Then &lt;b&gt;this&lt;/b&gt; Met: 0 of 3",
    ]
    in_words = page.partition('id="in-words"')[2]
    assert in_words.index("First:") < in_words.index(FIRST) < in_words.index("Then:")
    assert "Needs first:" in in_words


def test_links_are_made_on_the_map_too(teacher, database, school):
    (then,) = write_targets(database, school, ["Then"])
    form = {"target": then, "needs": school.target_id, "back": "map", "unit": "all"}
    answered = teacher.post("/plan/needs", **form)
    assert answered.location.endswith("/plan/map?unit=all")
    assert "map-line" in teacher.get("/plan/map").text


def test_a_units_map_shows_what_it_needs_from_other_units_and_nothing_else(
    teacher, database, school
):
    with database.transaction(district_id=school.district_id) as session:
        unit_id = units.add(session, school.team_id, "Unit 4").id
    here, _alone = write_targets(database, school, ["Here", "Alone"], unit_id)
    add_link(database, school, here, school.target_id)
    write_targets(database, school, ["Elsewhere"])
    boxes = _boxes(teacher.get(f"/plan/map?unit={unit_id}").text)
    assert {words.partition(" Met")[0]: "map-visiting" in classes for classes, words in boxes} == {
        "Here": False,
        "Alone": False,
        FIRST: True,
    }


@pytest.mark.parametrize("unit", ["4711", "x", "1' OR 1=1"])
def test_the_map_of_a_unit_that_is_not_there_is_not_there(teacher, student, unit):
    for browser, path in ((teacher, "/plan/map"), (student, "/map")):
        assert (
            browser.client.get(browser.base + path, query_string={"unit": unit}).status_code == 404
        )


def test_a_student_sees_own_levels_and_you_are_here(student, database, school):
    first, then = write_targets(database, school, ["First", "Then"])
    add_link(database, school, school.target_id, first)
    add_link(database, school, then, school.target_id)
    answer(database, school, school.student_ids[1], school.checkpoint_id, 4)

    answer(database, school, school.student_ids[0], school.checkpoint_id, 1)
    page = student.get("/map").text

    said = {words for _, words in _boxes(page)}
    assert said == {
        "First Not started.",
        f"{FIRST} Working on it. You are here.",
        "Then Not started.",
    }
    assert f"/targets/{school.target_id}" in page
    assert "/plan/" not in page
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    assert "Met" in student.get("/map").text
    assert "You are here." not in student.get("/map").text


def test_a_student_who_has_begun_nothing_is_where_nothing_is_missing_first(
    student, database, school
):
    with database.transaction(district_id=school.district_id) as session:
        ready = targets.add_target(session, school.team_id, title="Ready")
        targets.add_checkpoint(session, ready, title="Ticket", max_points=4)
        ready_id = ready.id
    add_link(database, school, school.target_id, ready_id)
    boxes = _boxes(student.get("/map").text)
    assert ("map-box map-here", "Ready Not started. You are here.") in boxes


def test_an_archived_target_is_on_no_map(teacher, student, database, school):
    (gone,) = write_targets(database, school, ["Gone"])
    add_link(database, school, school.target_id, gone)
    teacher.post(f"/plan/{gone}/archive")
    for page in (teacher.get("/plan/map").text, student.get("/map").text):
        assert "Gone" not in page


def test_levels_are_said_by_shape_and_word(student, database, school):
    answer(database, school, school.student_ids[0], school.checkpoint_id, 4)
    page = student.get("/map").text
    assert f'class="map-level level-{Level.BEYOND}"' in page
    assert "★" in page
    assert "Beyond" in page
