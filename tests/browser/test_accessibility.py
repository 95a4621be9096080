"""Every page, in both languages, on a Chromebook and on a phone: usable by everyone."""

import pytest

from tests.browser.conftest import NARROW, WIDE
from tests.browser.looking import Console, barriers, in_words, misfits
from tests.browser.places import NEW_STUDENT, PLACES, STUDENT, WALK_IN

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", PLACES)
def test_everyone_can_use_the_page(entered, scene, name, language):
    place = PLACES[name]
    page, front = entered(place.who, language)
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
