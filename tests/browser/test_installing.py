"""An administrator installs Pathways with one address; a teacher puts its links into a course."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from lti_app.learning import targets
from tests.browser.conftest import NARROW, WIDE
from tests.browser.looking import Console, barriers, in_words, misfits
from tests.browser.scene import Scene
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Person = Callable[..., BrowserContext]


def invited(stage: Stage, person: Person) -> str:
    """The address that the district's administrator makes."""
    page = stage.enter(person(), stage.administrator_id)
    page.get_by_role("link", name="Connect a platform").click()
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("code.copy").inner_text()
    assert address.startswith(f"{stage.tool_url}/lti/register/")
    return address


def is_fine(page: Page, console: Console) -> None:
    """No barrier, no misfit, at both sizes; nothing went wrong meanwhile."""
    found: list[str] = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        found += barriers(page) + misfits(page, for_students=False)
    found += console.take()
    assert not found, in_words({page.url: found})


@pytest.mark.parametrize("language", ["en-US", "es-ES"])
def test_the_pages_of_a_registration_shut_nobody_out(stage, person, language):
    address = invited(stage, person)
    page = person(language=language).new_page()
    console = Console(page)
    page.goto(address)
    is_fine(page, console)
    page.goto(f"{stage.practice.url}/install?address={address}")
    page.goto(page.locator("iframe").get_attribute("src") or "")
    is_fine(page, console)
    page.locator("form button").click()
    expect(page.locator("#done")).to_be_visible()
    is_fine(page, console)


def test_an_administrator_installs_with_one_address_inside_the_lms(stage, person):
    address = invited(stage, person)
    page = person().new_page()
    page.goto(f"{stage.practice.url}/install?address={address}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("gradebook columns: to make one for each checkpoint")).to_be_visible()
    frame.get_by_role("button", name="Register Pathways").click()
    expect(frame.get_by_role("heading", name="registered and approved")).to_be_visible()
    frame.get_by_role("button", name="Done: back to the LMS").click()
    expect(page.get_by_text("The tool says that the registration is over.")).to_be_visible()
    assert len(stage.practice.platform.registrations) >= 1


def test_a_teacher_picks_a_checkpoint_in_the_lms_and_a_student_opens_it_there(
    stage: Stage, scene: Scene, person: Person
):
    with stage.database.session(district_id=stage.district_id, writes=False) as session:
        checkpoint = targets.get_checkpoint(
            session, stage.team_id, stage.section_id, scene.unanswered_id
        )
        title = checkpoint.title
    page = person().new_page()
    page.goto(f"{stage.practice.url}/courses/{stage.course.id}?as={stage.teacher_id}")
    page.get_by_role("link", name="+ Add from Pathways").click()
    frame = page.frame_locator("iframe[title=Pathways]")
    frame.locator(f"input[value=checkpoint-{scene.unanswered_id}]").check()
    frame.get_by_role("button", name="Add to the course").click()
    expect(frame.get_by_role("heading", name="Added to")).to_be_visible()

    frame = _open_link(stage, person, title)

    expect(frame.locator("main h1")).to_contain_text(title)


def _open_link(stage: Stage, person: Person, title: str) -> FrameLocator:
    page = person().new_page()
    page.goto(f"{stage.practice.url}/courses/{stage.course.id}?as={stage.course.student_ids[0]}")
    page.get_by_role("link", name=title).click()
    return page.frame_locator("iframe[title=Pathways]")
