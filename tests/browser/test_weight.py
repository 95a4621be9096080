"""Light enough for a slow school network, and framed by nobody but the district's platforms."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from integrations.practice.server import PracticeServer
from tests.browser.places import PLACES
from tests.browser.scene import Scene
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

MOST_BYTES = 150_000


class Received:
    """Bytes of bodies and headers as they come over the wire, still compressed, nothing cached."""

    def __init__(self, page: Page) -> None:
        self.total, self.requests = 0, 0
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        wire.on("Network.loadingFinished", self._note)

    def _note(self, event: dict[str, float]) -> None:
        self.total += int(event["encodedDataLength"])
        self.requests += 1


@pytest.fixture
def stranger(stage: Stage) -> Iterator[PracticeServer]:
    """Another LMS, which nobody has registered here."""
    with PracticeServer(stage.tool_url) as stranger:
        yield stranger


@pytest.mark.parametrize("name", PLACES)
def test_a_page_weighs_at_most_150_kb_at_the_first_visit(
    entered: Callable[[str, str], tuple[Page, str]], scene: Scene, name: str
) -> None:
    known, front = entered(PLACES[name].who, "en")
    page = known.context.new_page()
    received = Received(page)

    page.goto(PLACES[name].address(front, scene))
    page.close()

    assert received.requests >= 4  # the page, two style sheets, a script
    assert 5_000 < received.total <= MOST_BYTES


def test_the_districts_lms_shows_pathways_in_its_frame(
    stage: Stage, person: Callable[..., BrowserContext]
) -> None:
    page = person().new_page()

    frame = stage.enter_in_frame(page, stage.course.student_ids[0], stage.course.id)

    expect(frame.get_by_role("heading", name="Where am I?")).to_be_visible()


def test_a_strangers_lms_gets_neither_the_launch_nor_the_page_into_its_frame(
    stage: Stage, person: Callable[..., BrowserContext], stranger: PracticeServer
) -> None:
    student_id = stage.course.student_ids[0]
    context = person()
    front = stage.enter(context, student_id, stage.course.id).url
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))

    course = next(iter(stranger.school.courses.values()))
    page.goto(f"{stranger.url}/courses/{course.id}?as={course.student_ids[0]}")
    page.wait_for_function("() => document.querySelector('iframe').contentDocument === null")
    page.set_content(f'<iframe src="{front}"></iframe>')
    page.wait_for_timeout(300)

    assert len([words for words in refused if "frame-ancestors" in words]) == 2
    assert not [frame for frame in page.frames if stage.tool_url in frame.url]
