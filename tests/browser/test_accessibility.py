"""Every page, in both languages, on a Chromebook and on a phone: usable by everyone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import NARROW, WIDE
from tests.browser.looking import Console, barriers, in_words, misfits
from tests.browser.places import (
    ADMINISTRATOR,
    NEW_STUDENT,
    NEW_TEACHER,
    NOBODY,
    PLACES,
    STUDENT,
    TEACHER,
    WALK_IN,
)
from tests.browser.scene import Scene, play
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def cast(stage: Stage, chromium: Browser) -> Iterator[Callable[[str, str], tuple[Page, str]]]:
    """Someone's page in a language, and the address of their front page; everyone enters once."""
    here, there = stage.course, stage.new_course
    launches = {
        STUDENT: (here.student_ids[0], here.id),
        WALK_IN: (here.student_ids[2], here.id),
        TEACHER: (stage.teacher_id, here.id),
        NEW_STUDENT: (there.student_ids[0], there.id),
        NEW_TEACHER: (there.teacher_ids[0], there.id),
        ADMINISTRATOR: (stage.administrator_id, None),
    }
    entered: dict[tuple[str, str], tuple[Page, str]] = {}

    def enter(who: str, language: str) -> tuple[Page, str]:
        if (who, language) not in entered:
            context = chromium.new_context(viewport=WIDE)
            page = stage.enter(context, *launches[who]) if who != NOBODY else context.new_page()
            front = page.url if who != NOBODY else f"{stage.tool_url}/"
            page.goto(f"{stage.tool_url}/language/{language}")
            entered[who, language] = page, front
        return entered[who, language]

    yield enter
    for page, _ in entered.values():
        page.context.close()


@pytest.fixture(scope="module")
def scene(stage: Stage, cast: Callable[[str, str], tuple[Page, str]]) -> Scene:
    cast(TEACHER, "en")
    stage.run_job("bring_in_roster", stage.district_id, stage.section_id)
    return play(stage)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", PLACES)
def test_everyone_can_use_the_page(cast, scene, name, language):
    place = PLACES[name]
    page, front = cast(place.who, language)
    page.set_viewport_size(WIDE)
    console = Console(page)

    answer = page.goto(place.address(front, scene))

    assert answer is not None
    assert answer.status == place.status
    assert page.get_attribute("html", "lang") == language
    said = [words for words in console.take() if "the server responded with a status" not in words]
    found = {"console": said}
    for_students = place.who in {STUDENT, WALK_IN, NEW_STUDENT}
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        found[f"barriers at {size['width']} px"] = barriers(page)
        found[f"misfits at {size['width']} px"] = misfits(page, for_students=for_students)
    assert not any(found.values()), in_words(found)
