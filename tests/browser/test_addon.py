"""The Classroom add-on in a Chromium that blocks third-party cookies.

Classroom and Google are at 127.0.0.1 and Pathways at localhost: for a browser two sites.
"""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, expect

from integrations.practice.school import DOMAIN, PracticePerson
from lti_app.launch.models import WorkspaceDomain
from lti_app.learning import targets
from lti_app.people.models import Section
from tests.browser.conftest import NARROW, WIDE
from tests.browser.looking import Console, barriers, in_words, misfits
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


@dataclass
class Assignment:
    """A practice Classroom's page of an assignment that has our checkpoint attached."""

    stage: Stage
    course_id: str
    item_id: str
    attachment_id: str

    @property
    def url(self) -> str:
        return f"{self.stage.practice.url}/classroom/{self.course_id}/{self.item_id}"

    def person(self, person_id: str) -> PracticePerson:
        return self.stage.practice.school.people[person_id]

    def open(self, page: Page, who: str, view: str, **more: str) -> Frame:
        """Classroom opens an iframe of ours."""
        query = {"as": who, "open": view, "attachment": self.attachment_id, **more}
        page.goto(f"{self.url}?{'&'.join(f'{name}={value}' for name, value in query.items())}")
        frame = page.query_selector("iframe[title=Pathways]").content_frame()
        assert frame is not None
        return frame


def assigned(stage: Stage) -> Assignment:
    """A section whose course is at Google, with a checkpoint that is attached to an assignment."""
    classroom = stage.practice.classroom
    course_id = classroom.google_course_id(stage.course.id)
    with stage.database.transaction(district_id=stage.district_id) as session:
        session.add(WorkspaceDomain(domain=DOMAIN))
        session.add(
            Section(
                team_id=stage.team_id,
                title=stage.course.title,
                source="google",
                external_id=course_id,
                service_scopes=[],
            )
        )
        target = targets.add_target(session, stage.team_id, title="I can multiply a fraction.")
        checkpoint = targets.add_checkpoint(session, target, title="Exit ticket", max_points=4)
        session.flush()
        place = f"checkpoint-{checkpoint.id}"
    item_id = next(work["id"] for work in classroom.works[course_id] if not work["_material"])
    attachment = {
        "id": f"{item_id}01",
        "title": "Exit ticket",
        **{
            name: {"uri": f"{stage.tool_url}/addon/{view}?open={place}"}
            for name, view in (
                ("teacherViewUri", "teacher"),
                ("studentViewUri", "student"),
                ("studentWorkReviewUri", "review"),
            )
        },
    }
    classroom.attachments[course_id, item_id] = [attachment]
    return Assignment(stage, course_id, item_id, attachment["id"])


def sign_in(context: BrowserContext, frame: Frame, who: str) -> Page:
    """Press the button; say yes in the window. Returns the window."""
    with context.expect_page() as opening:
        frame.locator("#open").click()
    window = opening.value
    agree(window, who)
    return window


def agree(window: Page, who: str) -> None:
    """Say yes at the practice Google."""
    window.locator("select[name=person]").select_option(who)
    window.get_by_role("button", name="Allow").click()


def gone(window: Page) -> None:
    """The window closed by itself."""
    if not window.is_closed():
        window.wait_for_event("close")


def arrives(stage: Stage, frame: Frame, heading: str) -> None:
    frame.wait_for_url(re.compile(rf"^{re.escape(stage.tool_url)}/e/\d+/"))
    expect(frame.locator("main h1")).to_contain_text(heading)


@pytest.mark.parametrize("severs", [False, True], ids=["opener", "cut off"])
def test_a_student_comes_in_and_the_next_time_goes_straight_in(staging, strict, severs):
    stage = staging(cookies=True, storage="none")
    stage.practice.google.severs_openers = severs
    assignment = assigned(stage)
    page = strict.new_page()
    ana = stage.course.student_ids[0]

    frame = assignment.open(page, ana, "student")
    window = sign_in(strict, frame, ana)

    arrives(stage, frame, "Exit ticket")
    if severs:
        expect(window.get_by_role("button", name="Close this window")).to_be_visible()
    else:
        gone(window)
    kept = [cookie for cookie in strict.cookies() if cookie["name"] == "pathways"]
    assert any("127.0.0.1" in (one.get("partitionKey") or "") for one in kept), kept

    before = dict(stage.practice.mischief.calls)
    frame = assignment.open(page, ana, "student")
    arrives(stage, frame, "Exit ticket")
    assert stage.practice.mischief.calls == before, "Google is not asked again"


def test_a_browser_without_cookies_in_iframes_carries_the_visit(staging, strict):
    stage = staging(cookies=False, storage="none")
    assignment = assigned(stage)
    page = strict.new_page()
    ana = stage.course.student_ids[0]

    frame = assignment.open(page, ana, "student")
    sign_in(strict, frame, ana)

    frame.wait_for_url(re.compile(rf"^{re.escape(stage.tool_url)}/in/[\w-]+/e/\d+/"))
    expect(frame.locator("main h1")).to_contain_text("Exit ticket")


@pytest.mark.parametrize("language", ["en-US", "es-MX"], ids=["en", "es"])
@pytest.mark.parametrize("view", ["student", "teacher"])
def test_everyone_can_use_the_button_in_the_iframe(staging, strict, person, view, language):
    stage = staging(cookies=True, storage="none")
    assignment = assigned(stage)
    who = stage.course.student_ids[0] if view == "student" else stage.teacher_id
    page = person(language=language).new_page()
    console = Console(page)

    frame = assignment.open(page, who, view)
    expect(frame.locator("#open")).to_be_visible()
    found = {"console": console.take(), "barriers": barriers(frame)}
    frame.locator("summary").click()
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        found[f"misfits at {size['width']} px"] = misfits(frame, for_students=True)

    assert frame.locator("html").get_attribute("lang") == language[:2]
    assert not any(found.values()), in_words(found)


def test_while_the_window_is_open_the_iframe_says_so_and_can_open_another(staging, strict):
    stage = staging(cookies=True, storage="none")
    assignment = assigned(stage)
    page = strict.new_page()
    ana = stage.course.student_ids[0]
    frame = assignment.open(page, ana, "student")

    for _ in range(2):
        with strict.expect_page() as opening:
            frame.locator("#open").click()
        window = opening.value
        window.locator("select[name=person]").wait_for()
        expect(frame.locator("#waiting")).to_contain_text("Sign in in the other window.")
    agree(window, ana)

    arrives(stage, frame, "Exit ticket")


def test_a_browser_that_blocks_windows_offers_a_tab(staging, strict):
    stage = staging(cookies=True, storage="none")
    assignment = assigned(stage)
    page = strict.new_page()
    page.add_init_script("window.open = () => null")
    ana = stage.course.student_ids[0]
    frame = assignment.open(page, ana, "student")

    frame.locator("#open").click()
    expect(frame.locator("#blocked")).to_contain_text("did not open the window")
    assert barriers(frame) == []
    with strict.expect_page() as opening:
        frame.get_by_role("link", name="Open it in a new tab").click()
    agree(opening.value, ana)

    arrives(stage, frame, "Exit ticket")


def test_a_window_that_nobody_hears_is_where_the_work_is_done(staging, strict):
    stage = staging(cookies=True, storage="none")
    assignment = assigned(stage)
    page = strict.new_page()
    ana = stage.course.student_ids[0]
    address = assignment.open(page, ana, "student").locator("#open").get_attribute("href")

    window = strict.new_page()
    window.goto(f"{stage.tool_url}{address}")
    window.get_by_role("link", name="Sign in here").click()
    agree(window, ana)

    window.wait_for_url(re.compile(rf"^{re.escape(stage.tool_url)}/e/\d+/"))
    expect(window.locator("main h1")).to_contain_text("Exit ticket")
    expect(window.get_by_role("button", name="Back to Classroom")).to_be_hidden()


@pytest.mark.parametrize("button", ["Done", "Back to Classroom"])
def test_a_teacher_looks_at_a_students_work_and_closes_the_iframe(staging, strict, button):
    stage = staging(cookies=True, storage="none")
    assignment = assigned(stage)
    ana = stage.course.student_ids[0]
    page = strict.new_page()
    sign_in(strict, (frame := assignment.open(page, ana, "student")), ana)
    arrives(stage, frame, "Exit ticket")
    strict.clear_cookies()
    console = Console(page)

    frame = assignment.open(page, stage.teacher_id, "review", student=ana)
    sign_in(strict, frame, stage.teacher_id)
    arrives(stage, frame, "Nothing is handed in yet")
    found = {"console": console.take(), "barriers": barriers(frame)}
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        found[f"misfits at {size['width']} px"] = misfits(frame, for_students=False)
    assert not any(found.values()), in_words(found)

    frame.get_by_role("button", name=button).click()
    expect(page.locator("#closed")).to_have_text("Closed.")
    expect(page.locator("iframe")).to_have_count(0)


def test_attached_answered_looked_at_and_graded_without_leaving_classroom(staging, strict):
    stage = staging(cookies=True, storage="none")
    assignment = assigned(stage)
    classroom = stage.practice.classroom
    post = (assignment.course_id, assignment.item_id)
    classroom.attachments[post] = []  # nothing is attached yet
    ana, page = stage.course.student_ids[0], strict.new_page()

    frame = assignment.open(page, stage.teacher_id, "discovery")
    sign_in(strict, frame, stage.teacher_id)
    frame.get_by_label("Checkpoint Exit ticket").check()
    frame.get_by_role("button", name="Add to Classroom").click()
    expect(page.locator("#closed")).to_have_text("Closed.")
    [attachment] = classroom.attachments[post]
    assignment.attachment_id = attachment["id"]

    strict.clear_cookies()
    frame = assignment.open(page, ana, "student")
    sign_in(strict, frame, ana)
    arrives(stage, frame, "Exit ticket")
    frame.get_by_label("Your answer").fill("3 × 2/5 is 6/5")
    frame.get_by_role("button", name="Send my answer").click()
    expect(frame.locator("main")).to_contain_text("3 × 2/5 is 6/5")

    strict.clear_cookies()
    frame = assignment.open(page, stage.teacher_id, "review", student=ana)
    with strict.expect_page():  # who said yes before is not asked again
        frame.locator("#open").click()
    arrives(stage, frame, stage.name(ana))
    expect(frame.locator("main")).to_contain_text("3 × 2/5 is 6/5")
    frame.get_by_label("Points, of 4").fill("3")
    frame.get_by_role("button", name="Save").first.click()
    frame.get_by_label("Points, of 4").wait_for(state="detached")

    stage.run_job("deliver_grades")
    person = assignment.person(ana)
    [points] = classroom.attachment_points[assignment.item_id, attachment["id"]].values()
    grade = classroom.submission(*post, person.google_id)["draftGrade"]
    assert (points, grade) == (3, 3)
