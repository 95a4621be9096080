"""A real Chromium, and Pathways served to it together with the practice LMS.

Without Chromium these tests are skipped; with `CI` set that is a failure.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from lti_app.settings import Settings
from lti_app.ui import catalogs
from tests.browser.places import (
    ADMINISTRATOR,
    NEW_STUDENT,
    NEW_TEACHER,
    NOBODY,
    STUDENT,
    TEACHER,
    WALK_IN,
)
from tests.browser.scene import Scene, play
from tests.browser.stage import Stage, staged
from tests.conftest import FERNET_KEY, missing

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",  # a camera that shows a test picture
]
PATIENCE_MS = 10_000
"""How long a page may take to show something on a busy machine."""
WIDE = {"width": 1366, "height": 768}
"""A Chromebook's screen."""
Staging = Callable[..., Stage]
NARROW = {"width": 390, "height": 844}
"""A phone's."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each opens contexts of its own."""
    if not CHROMIUM.exists():
        missing("Chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _spoken() -> None:
    # As every install does: what is tested are today's translations.
    catalogs.compile_all()


@pytest.fixture(scope="module")
def stage(
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
    _spoken: None,
) -> Iterator[Stage]:
    """A district with one course, for all tests of a module."""
    folder = tmp_path_factory.mktemp("stage")
    shutil.copy(sqlite_template, folder / "pathways.db")
    settings = Settings(
        _env_file=None,
        secret_key="s" * 40,
        encryption_keys=[FERNET_KEY],
        database_url=f"sqlite:///{folder}/pathways.db",
    )
    with staged(settings, folder) as stage:
        yield stage


@pytest.fixture
def person(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser of a person's own; `size` of its window, `language` it prefers."""
    opened: list[BrowserContext] = []

    def make(size: dict[str, int] = WIDE, language: str = "en-US") -> BrowserContext:
        context = chromium.new_context(viewport=size, locale=language)
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def entered(stage: Stage, chromium: Browser) -> Iterator[Callable[[str, str], tuple[Page, str]]]:
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
    pages: dict[tuple[str, str], tuple[Page, str]] = {}

    def enter(who: str, language: str) -> tuple[Page, str]:
        if (who, language) not in pages:
            context = chromium.new_context(viewport=WIDE)
            page = stage.enter(context, *launches[who]) if who != NOBODY else context.new_page()
            front = page.url if who != NOBODY else f"{stage.tool_url}/"
            page.goto(f"{stage.tool_url}/language/{language}")
            pages[who, language] = page, front
        return pages[who, language]

    yield enter
    for page, _ in pages.values():
        page.context.close()


@pytest.fixture(scope="module")
def scene(stage: Stage, entered: Callable[[str, str], tuple[Page, str]]) -> Scene:
    """A class in the middle of its work."""
    entered(TEACHER, "en")
    entered(ADMINISTRATOR, "en")  # whom the scene lets look on
    stage.run_job("bring_in_roster", stage.district_id, stage.section_id)
    return play(stage)


@pytest.fixture
def strict(chromium, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser as a careful administrator sets it: third-party cookies are blocked."""
    profile = tmp_path / "profile"
    (profile / "Default").mkdir(parents=True)
    blocks = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
    (profile / "Default" / "Preferences").write_text(json.dumps(blocks))
    playwright: Playwright = chromium.browser_type
    context = playwright.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=ARGUMENTS, viewport=WIDE, locale="en-US"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def staging(sqlite_template: Path, tmp_path: Path, _spoken: None) -> Iterator[Staging]:
    """Stages whose two servers are two sites; `cookies`: Pathways' may be partitioned."""
    shutil.copy(sqlite_template, tmp_path / "pathways.db")
    stages = []

    def make(*, cookies: bool, storage: str) -> Stage:
        settings = Settings(
            _env_file=None,
            secret_key="s" * 40,
            encryption_keys=[FERNET_KEY],
            database_url=f"sqlite:///{tmp_path}/pathways.db",
            secure_loopback_cookies=cookies,
        )
        opened = staged(settings, tmp_path, host="localhost")
        stages.append(opened)
        stage = opened.__enter__()
        stage.practice.platform.storage = storage
        return stage

    yield make
    for opened in stages:
        opened.__exit__(None, None, None)
