"""Standards are proposed while a teacher types codes, by keyboard and by mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser.places import TEACHER

pytestmark = pytest.mark.browser


def test_a_standard_is_picked_by_keyboard_after_a_code_that_stays(entered, scene):
    page, front = entered(TEACHER, "en")
    page.goto(front + "plan")
    field = page.locator("#codes")
    field.focus()
    page.keyboard.type("5.NF.4, whole numbers")
    option = page.locator(".picker-list [role=option]").first
    expect(option).to_contain_text("5.NF.4")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(field).to_have_value("5.NF.4, 5.NF.4")
    expect(page.locator(".picker-list")).to_be_hidden()


def test_what_is_typed_stays_when_nothing_is_picked(entered, scene):
    page, front = entered(TEACHER, "en")
    page.goto(front + "plan")
    field = page.locator("#codes")
    field.fill("5.NF")
    expect(page.locator(".picker-list [role=option]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".picker-list")).to_be_hidden()
    expect(field).to_have_value("5.NF")
