"""A student who uses no mouse."""

import pytest
from playwright.sync_api import Page, expect

from lti_app.learning import targets
from lti_app.learning.models import ActivityKind

pytestmark = pytest.mark.browser

MOST_TABS = 40
_FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return "";
  const words = one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent;
  return words.trim().replace(/\\s+/g, " ");
}"""
_RING = "() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)"


@pytest.fixture(scope="module")
def target(stage):
    with stage.database.transaction(district_id=stage.district_id) as session:
        target = targets.add_target(session, stage.team_id, title="I can double a fraction.")
        for name in ("Watch it", "Build it"):
            pathway = targets.add_pathway(session, target, title=name)
            targets.add_activity(session, pathway, title="Strips", kind=ActivityKind.MANIPULATIVE)
        targets.add_checkpoint(session, target, title="Exit ticket", max_points=2)


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the control that says `words` has the focus, and shows it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if words in page.evaluate(_FOCUSED):
            assert page.evaluate(_RING) >= 2
            return
    raise AssertionError(f"{MOST_TABS} times Tab never reached “{words}”")


def press(page: Page, words: str) -> None:
    """Tab to a control and press Enter."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_first_tab_offers_to_skip_to_the_page(stage, person, target):
    page = stage.enter(person(), stage.course.student_ids[0], stage.course.id)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("() => document.querySelector('main').contains(document.activeElement)")


def test_a_student_picks_a_way_does_it_and_answers_without_a_mouse(stage, person, target):
    page = stage.enter(person(), stage.course.student_ids[1], stage.course.id)

    press(page, "I can double a fraction.")
    press(page, "Go this way: Build it")
    press(page, "I did it: Strips")
    expect(page.get_by_role("button", name="Done: Strips")).to_be_visible()
    press(page, "Exit ticket")
    tab_to(page, "Your answer")
    page.keyboard.type("6/8")
    press(page, "Send my answer")

    expect(page.get_by_text("You sent your answer.")).to_be_visible()
    expect(page.get_by_text("6/8")).to_be_visible()
