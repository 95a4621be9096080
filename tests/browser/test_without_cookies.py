"""Launches into an iframe of another site, in a Chromium that blocks third-party cookies.

The LMS is at 127.0.0.1 and Pathways at localhost: for a browser two sites, both secure.
"""

import re

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, expect

from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def open_course(stage: Stage, context: BrowserContext, who: str) -> tuple[Page, Frame]:
    """The LMS's page of the course, and Pathways' iframe in it."""
    page = context.new_page()
    page.goto(f"{stage.practice.url}/courses/{stage.course.id}?as={who}")
    frame = page.query_selector("iframe[title=Pathways]").content_frame()
    return page, frame


def arrives(stage: Stage, frame: Frame | Page, below: str) -> None:
    frame.wait_for_url(re.compile(rf"^{re.escape(stage.tool_url)}{below}/e/\d+/$"))
    expect(frame.locator("main h1")).to_be_visible()


def works(stage: Stage, frame: Frame) -> None:
    """A further page and a form: more than the first page knows who this is."""
    frame.get_by_role("link", name="Targets").first.click()
    expect(frame.locator("main h1")).to_be_visible()
    frame.get_by_role("link", name="Español").click()
    expect(frame.locator("html")).to_have_attribute("lang", "es")


def test_with_partitioned_cookies(staging, strict):
    stage = staging(cookies=True, storage="answers")

    _page, frame = open_course(stage, strict, stage.teacher_id)

    arrives(stage, frame, "")
    works(stage, frame)
    kept = [cookie for cookie in strict.cookies() if cookie["name"] == "pathways"]
    assert kept, "the cookie is kept in the LMS's partition"
    assert all(cookie.get("partitionKey") for cookie in kept)


def test_third_party_cookies_are_blocked_indeed(staging, strict):
    stage = staging(cookies=False, storage="none")

    _page, frame = open_course(stage, strict, stage.teacher_id)

    expect(frame.get_by_role("link", name="Open Pathways")).to_be_visible()
    assert [c for c in strict.cookies() if "localhost" in c["domain"]] == []


def test_with_the_platforms_storage(staging, strict):
    stage = staging(cookies=False, storage="answers")

    _page, frame = open_course(stage, strict, stage.teacher_id)

    arrives(stage, frame, r"/in/[\w-]+")
    works(stage, frame)
    assert [c for c in strict.cookies() if "localhost" in c["domain"]] == []


@pytest.mark.parametrize("storage", ["none", "silent"])
def test_in_a_new_tab(staging, strict, storage):
    stage = staging(cookies=True, storage=storage)
    stage.app.wsgi_app = without_cookies_in_iframes(stage.app.wsgi_app)

    _page, frame = open_course(stage, strict, stage.course.student_ids[0])

    with strict.expect_page() as opening:
        frame.get_by_role("link", name="Open Pathways").click()
    arrives(stage, opening.value, "")


def without_cookies_in_iframes(wsgi_app):
    """As a browser asks that keeps cookies on pages of their own only, partitioned or not."""

    def ask(environ, start):
        if environ.get("HTTP_SEC_FETCH_DEST") == "iframe":
            environ.pop("HTTP_COOKIE", None)
        return wsgi_app(environ, start)

    return ask


def test_the_iframe_is_as_high_as_its_page(staging, strict):
    stage = staging(cookies=True, storage="answers")

    page, frame = open_course(stage, strict, stage.teacher_id)
    arrives(stage, frame, "")

    frame.evaluate("document.querySelector('main').style.height = '2345px'")
    iframe = page.locator("iframe[title=Pathways]")
    expect(iframe).to_have_attribute("style", re.compile(r"height: 2[3-5]\d\dpx"))
    frame.evaluate("document.querySelector('main').style.height = '300px'")
    expect(iframe).to_have_attribute("style", re.compile(r"height: [3-5]\d\dpx"))
