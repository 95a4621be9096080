"""The steps of a pathway are put in order: by keys, by dragging, and where no script runs."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE
from tests.browser.looking import Console
from tests.browser.places import TEACHER

pytestmark = pytest.mark.browser
SAVED = re.compile(r"/order$")


@pytest.fixture
def pathway(entered, scene):
    """A teacher's page of a pathway with three steps; and its address."""
    page, front = entered(TEACHER, "en")
    page.set_viewport_size(WIDE)
    address = f"{front}plan/{scene.ids['target']}/pathways/{scene.ids['rich_pathway']}"
    page.goto(address)
    return page, address


def rows(page):
    return page.locator("ol[data-reorder]").first.locator(":scope > li[data-id]")


def ids(page):
    return rows(page).evaluate_all("all => all.map(one => one.dataset.id)")


def handle(page, at):
    return rows(page).nth(at).locator(":scope > .drag-handle, :scope > * > .drag-handle").first


def test_keys_move_a_step_say_so_and_keep_the_focus(pathway):
    page, address = pathway
    console = Console(page)
    before = ids(page)
    handle(page, 0).focus()
    with page.expect_response(SAVED):
        page.keyboard.press("Alt+ArrowDown")
    after = [before[1], before[0], *before[2:]]
    assert ids(page) == after
    expect(page.locator("#reorder-status")).to_have_text(f"Moved to place 2 of {len(before)}.")
    focused = page.evaluate("document.activeElement.closest('li[data-id]').dataset.id")
    assert focused == before[0]
    page.goto(address)
    assert ids(page) == after
    assert not console.take()


def test_dragging_moves_a_step(pathway):
    page, address = pathway
    page.set_viewport_size({"width": 1366, "height": 1600})  # all of it without scrolling
    before = ids(page)
    to = rows(page).first.bounding_box()
    handle(page, len(before) - 1).hover()
    with page.expect_response(SAVED):
        page.mouse.down()
        page.mouse.move(to["x"] + 20, to["y"] + 5, steps=40)
        page.mouse.up()
    page.goto(address)
    assert ids(page)[0] == before[-1]


def test_a_drag_that_is_broken_off_changes_nothing(pathway):
    page, _ = pathway
    before = ids(page)
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    to = handle(page, 1).bounding_box()
    handle(page, 0).hover()
    page.mouse.down()
    page.mouse.move(to["x"], to["y"] + to["height"] + 40, steps=10)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert ids(page) == before
    assert "POST" not in asked


def test_an_order_that_was_not_saved_is_put_back_and_said(pathway):
    page, _ = pathway
    before = ids(page)
    page.route(SAVED, lambda route: route.abort())
    handle(page, 0).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#reorder-status")).to_have_text(
        "That could not be saved. The order is as it was."
    )
    assert ids(page) == before
    page.unroute(SAVED)


def test_without_scripts_buttons_move_a_step(chromium, stage, pathway):
    page, address = pathway
    context = chromium.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(address)
    before = plain.locator("ol[data-reorder] > li[data-id]").first.get_attribute("data-id")
    plain.locator(f"li[data-id='{before}'] .up-down button").nth(1).click()
    page.goto(address)
    assert ids(page)[1] == before
    context.close()
