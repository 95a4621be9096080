"""Planning by hand: targets put in order by dragging and by keys, the map by keys and buttons."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE
from tests.browser.looking import Console, barriers, misfits
from tests.browser.places import STUDENT, TEACHER

pytestmark = pytest.mark.browser

TABLE = (
    "Unit\tTarget\tStandards\tNeeds first\n"
    "Unit 9\tI can read <b>big</b> numbers.\t9.ZZ.9\t\n"
    "Unit 9\t\t\tI can fly\n"
)


@pytest.fixture
def plan(entered, scene):
    """A teacher's page of the plan."""
    page, front = entered(TEACHER, "en")
    page.set_viewport_size(WIDE)
    page.goto(f"{front}plan")
    page.locator("h1", has_text="Targets").wait_for()
    return page, front, scene


def _titles(page, unit_id):
    return page.locator(f"#unit-{unit_id} .row-title").all_inner_texts()


def test_targets_are_put_in_order_with_the_keyboard_and_stay_so(plan):
    page, front, scene = plan
    unit_id = scene.ids["unit"]
    before = _titles(page, unit_id)
    handle = page.locator(f"#unit-{unit_id} .drag-handle").first
    handle.focus()
    with page.expect_response(re.compile(r"/order$")):
        page.keyboard.press("Alt+ArrowDown")
    after = [before[1], before[0], *before[2:]]
    assert _titles(page, unit_id) == after
    page.goto(f"{front}plan")
    assert _titles(page, unit_id) == after


def test_targets_are_put_in_order_by_dragging_and_stay_so(plan):
    page, front, scene = plan
    unit_id = scene.ids["unit"]
    before = _titles(page, unit_id)
    handles = page.locator(f"#unit-{unit_id} .drag-handle")
    handles.last.scroll_into_view_if_needed()
    to = handles.first.bounding_box()
    handles.last.hover()
    with page.expect_response(re.compile(r"/order$")):
        page.mouse.down()
        page.mouse.move(to["x"], to["y"] - 4, steps=20)
        page.mouse.up()
    page.goto(f"{front}plan")
    assert _titles(page, unit_id)[0] == before[-1]


@pytest.mark.parametrize("who", [STUDENT, TEACHER])
def test_the_map_grows_shrinks_and_moves_by_keys_and_buttons(entered, scene, who):
    page, front = entered(who, "en")
    page.set_viewport_size({"width": 390, "height": 844})
    console = Console(page)
    page.goto(f"{front}map?unit=all" if who == STUDENT else f"{front}plan/map?unit=all")
    drawn = page.locator("svg.map")
    natural = drawn.bounding_box()["width"]
    page.locator(".map-scroll").focus()
    page.keyboard.press("+")
    assert drawn.bounding_box()["width"] > natural
    page.keyboard.press("0")
    assert drawn.bounding_box()["width"] == natural
    page.get_by_role("button", name="Smaller").click()
    assert drawn.bounding_box()["width"] < natural
    page.get_by_role("button", name="As it was").click()
    at = drawn.bounding_box()["x"]
    page.get_by_role("button", name="To the right").click()
    page.get_by_role("button", name="To the right").click()
    page.get_by_role("button", name="To the left").click()
    expect(drawn).to_be_visible()
    assert drawn.bounding_box()["x"] != at
    assert not console.take()


def test_a_box_on_the_map_leads_to_its_target(entered, scene):
    page, front = entered(STUDENT, "en")
    page.goto(f"{front}map")
    page.locator("a.map-here").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/targets/\d+$"))


def test_problems_of_a_pasted_table_can_be_read_by_everyone(entered, scene):
    page, front = entered(TEACHER, "en")
    page.goto(f"{front}plan/bulk")
    page.fill("#table", TABLE)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_text("2 rows have a problem.").wait_for()
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert not barriers(page)
        assert not misfits(page, for_students=False)
    assert page.input_value("#table") == TABLE
