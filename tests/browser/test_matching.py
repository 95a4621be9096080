"""Coursework is put under another target: by dragging, by keys, and where no script runs."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE
from tests.browser.looking import Console
from tests.browser.places import TEACHER

pytestmark = pytest.mark.browser
MOVED = re.compile(r"/matching/move$")
VOLUME = "I can find a volume."


@pytest.fixture
def matching(entered, scene):
    """A teacher's page of what came from Classroom; and its address."""
    page, front = entered(TEACHER, "en")
    page.set_viewport_size(WIDE)
    address = f"{front}classroom/matching"
    page.goto(address)
    return page, address


def unit(page):
    return page.locator("details.unit").filter(has=page.get_by_role("heading", name="Unit 5"))


def target(page):
    return page.locator(".matched-target").filter(has=page.get_by_role("link", name=VOLUME))


def row(page, title):
    return page.locator("li.matched").filter(has_text=title)


def loose(page):
    return page.locator("section[aria-labelledby=look] li.matched")


def test_dragging_puts_one_or_all_that_are_ticked_under_a_target(matching):
    page, address = matching
    page.set_viewport_size({"width": 1366, "height": 2400})  # all of it without scrolling
    console = Console(page)
    unit(page).locator("summary").click()
    with page.expect_response(MOVED):
        row(page, "<b>video</b>").drag_to(target(page).locator("h4"))
    expect(target(page)).to_contain_text("<b>video</b>")
    expect(page.locator("#board-status")).to_have_text("1 moved.")
    assert unit(page).get_attribute("open") is not None  # the teacher's place is kept
    for kind in ("practice", "game"):
        row(page, f"<b>{kind}</b>").get_by_role("checkbox").check()
    with page.expect_response(MOVED):
        row(page, "<b>game</b>").drag_to(target(page).locator("h4"))
    expect(page.locator("#board-status")).to_have_text("2 moved.")
    page.goto(address)
    unit(page).locator("summary").click()
    for kind in ("video", "practice", "game"):
        expect(target(page)).to_contain_text(f"<b>{kind}</b>")
    expect(row(page, "<b>game</b>")).to_contain_text("you put it here")
    assert not console.take()


def test_keys_alone_move_one_and_take_an_offer(matching):
    page, _ = matching
    before = loose(page).count()
    row(page, "<b>reading</b>").get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    page.get_by_label("Put what is ticked under").focus()
    page.keyboard.type(VOLUME)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/classroom/matching?after=*")
    expect(page.get_by_role("status").filter(has_text="1 moved.")).to_be_visible()
    assert loose(page).count() == before - 1
    offer = page.locator("form.offer").filter(has_text="begins with")
    expect(offer).to_contain_text("A box of cubes")
    offer.get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/classroom/matching")
    expect(row(page, "Warm-up").first).to_be_visible()
    expect(loose(page).filter(has_text="A box of cubes")).to_have_count(0)


def test_without_scripts_a_list_and_a_button_do_the_same(chromium, matching):
    page, address = matching
    context = chromium.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(address)
    one = plain.locator("section[aria-labelledby=look] li.matched").filter(has_text="Warm-up")
    one.first.get_by_role("checkbox").check()
    plain.locator("select#to").select_option(label=VOLUME)
    plain.locator(".move-bar").get_by_role("button", name="Move").click()
    expect(plain.get_by_role("status").filter(has_text="1 moved.")).to_be_visible()
    context.close()


def test_a_drag_that_was_not_saved_says_so(matching):
    page, _ = matching
    page.set_viewport_size({"width": 1366, "height": 2400})
    unit(page).locator("summary").click()
    page.route(MOVED, lambda route: route.abort())
    row(page, "Exit ticket: how many").drag_to(unit(page).locator("summary"))
    expect(page.locator("#board-status")).to_have_text(
        "That could not be saved. Everything is as it was."
    )
    page.unroute(MOVED)
