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


class Wire:
    """Bytes of headers and bodies as they come to a page, still compressed, nothing cached."""

    def __init__(self, page: Page) -> None:
        self._bytes: list[int] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on(
            "Network.loadingFinished",
            lambda event: self._bytes.append(int(event["encodedDataLength"])),
        )

    def take(self) -> list[int]:
        """What came since it was last asked, one number a request."""
        taken, self._bytes = self._bytes, []
        return taken


@pytest.fixture
def stranger(stage: Stage) -> Iterator[PracticeServer]:
    """Another LMS, which nobody has registered here."""
    with PracticeServer(stage.tool_url) as stranger:
        yield stranger


def test_no_page_weighs_more_than_150_kb_at_the_first_visit(
    entered: Callable[[str, str], tuple[Page, str]], scene: Scene
) -> None:
    wires: dict[str, Wire] = {}
    weights: dict[str, int] = {}
    for name, place in PLACES.items():
        page, front = entered(place.who, "en")
        wire = wires.get(place.who) or wires.setdefault(place.who, Wire(page))
        wire.take()
        page.goto(place.address(front, scene))
        came = wire.take()
        assert len(came) >= 3, f"{name}: a page and two style sheets, but {came}"
        weights[name] = sum(came)

    assert set(weights) == set(PLACES)
    assert {name: size for name, size in weights.items() if size > MOST_BYTES} == {}


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
