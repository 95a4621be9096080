"""The mastery grid by keyboard and by mouse, and its heads that stay in sight."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW
from tests.browser.places import TEACHER

pytestmark = pytest.mark.browser


def test_arrow_keys_move_through_the_grid_and_enter_says_why(entered, scene):
    page, front = entered(TEACHER, "en")
    page.goto(front + "students?section=all")
    first = page.locator(".grid tbody td").first
    first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    expect(first).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".grid tbody tr").first.locator("td").last).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator('.grid td[tabindex="0"]')).to_have_count(1)

    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/students/\d+/targets/\d+$"))
    expect(page.get_by_role("heading", name="Attempts")).to_be_visible()


def test_heads_stay_in_sight_while_the_grid_moves(entered, scene):
    page, front = entered(TEACHER, "en")
    page.set_viewport_size(NARROW)
    page.goto(front + "students?section=all")
    box = page.locator(".grid-box")
    box.evaluate("box => { box.scrollLeft = box.scrollWidth; box.scrollTop = box.scrollHeight; }")
    frame = box.bounding_box()
    name = page.locator(".grid tbody th").last.bounding_box()
    head = page.locator(".grid thead tr").last.locator("th").last.bounding_box()
    assert abs(name["x"] - frame["x"]) < 3
    assert head["y"] < frame["y"] + 60
