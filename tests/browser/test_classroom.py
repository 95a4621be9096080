"""Connecting Google Classroom, page by page, in both languages."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE
from tests.browser.looking import Console, barriers, in_words, misfits

pytestmark = pytest.mark.browser


def look_at(page: Page, console: Console, language: str) -> None:
    """The page can be used by everyone; the window is wide again afterwards."""
    assert page.get_attribute("html", "lang") == language
    found = {"console": console.take(), "barriers": barriers(page)}
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        found[f"misfits at {size['width']} px"] = misfits(page, for_students=False)
    assert not any(found.values()), page.url + in_words(found)


@pytest.mark.parametrize(
    ("course", "language"), [("course", "en"), ("new_course", "es")], ids=["en", "es"]
)
def test_a_teacher_connects_a_course_and_reads_what_it_brought(stage, person, course, language):
    course = getattr(stage, course)
    context = person()
    page = stage.enter(context, course.teacher_ids[0], course.id)
    front = page.url
    section = stage.section_of(course)
    stage.run_job("bring_in_roster", stage.district_id, section)
    page.goto(f"{stage.tool_url}/language/{language}")
    console = Console(page)

    def allow() -> None:
        """To Google in a window of its own, and back."""
        look_at(page, console, language)
        with context.expect_page() as opened:
            page.locator("main a.btn-lg").first.click()
        google = opened.value
        said_there = Console(google)
        google.locator("select[name=person]").select_option(course.teacher_ids[0])
        google.get_by_role("button", name="Allow").click()
        google.wait_for_url(f"{stage.tool_url}/google/callback**")
        look_at(google, said_there, language)
        google.locator("main button").click()
        google.wait_for_selector("main form", state="detached")
        look_at(google, said_there, language)
        page.locator("main a.btn-lg").last.click()
        look_at(page, console, language)

    page.goto(f"{front}classroom")
    page.locator("main form button").click()
    allow()

    # The course, its students; one more step, and what the mirror brought.
    page.locator("main a.btn-primary").click()
    look_at(page, console, language)
    page.get_by_role("link", name=course.title).click()
    look_at(page, console, language)
    page.locator("main form button").click()
    look_at(page, console, language)
    page.locator("main .ask button").click()
    allow()
    page.get_by_role("link", name="Google").last.click()
    look_at(page, console, language)
    stage.run_job("mirror_section", stage.district_id, section)
    page.goto(f"{front}classroom")
    look_at(page, console, language)
    page.locator("main a.lone").first.click()
    page.wait_for_url("**/classroom/matching?find=*")
    look_at(page, console, language)
    page.goto(f"{front}plan")
    look_at(page, console, language)
    assert page.locator("main .rows .row-link").count() > 1

    # One of its checkpoints is given from here, and has arrived.
    page.goto(f"{front}give/checkpoint-{stage.checkpoint_of(section)}")
    look_at(page, console, language)
    page.locator("main form button.mt-3").click()
    look_at(page, console, language)
    stage.run_job("publish_due")
    page.reload()
    look_at(page, console, language)
    assert page.locator("#take-back").is_visible()


def test_someone_who_says_no_at_google_is_told_that_nothing_was_connected(stage, person):
    page = person().new_page()
    console = Console(page)

    page.goto(f"{stage.tool_url}/google/callback?error=access_denied")

    look_at(page, console, "en")
    assert page.get_by_role("heading", name="Nothing was connected.").is_visible()
