"""What a page must be like for everyone, looked at in the browser: axe, sizes, console."""

import importlib.resources
import json
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Page

AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SMALLEST_PX = 24
"""WCAG 2.2 §2.5.8, target size (minimum), in CSS pixels."""
STUDENT_BUTTON_PX = 44
"""WCAG 2.2 §2.5.5, target size (enhanced): ten-year-olds on touch screens."""

_RUN_AXE = """async (rules) => {
  const found = await axe.run({runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]});
  return found.violations.map(v => `${v.id}: ${v.nodes.map(n => n.target.join(" ")).join(", ")}`);
}"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_TOO_SMALL = """([selector, least]) => [...document.querySelectorAll(selector)]
  .filter(one => !one.closest(".visually-hidden, .visually-hidden-focusable"))
  .map(one => [one, (one.closest("label") ?? one).getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < least || box.height < least))
  .map(([one, box]) => `${one.outerHTML.slice(0, 90)}: ${box.width} x ${box.height}`)"""
_CONTROLS = "a, button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
_BUTTONS = "button, a.btn"


class Console:
    """Errors a page has said to the browser's console since it was last asked."""

    def __init__(self, page: Page) -> None:
        self._said: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", self._note_error)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._said.append(message.text)

    def _note_error(self, error: Error) -> None:
        self._said.append(str(error))

    def take(self) -> list[str]:
        """The errors; they are forgotten then."""
        said, self._said = self._said, []
        return said


def barriers(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, with the elements."""
    if not page.evaluate("() => 'axe' in window"):
        # Evaluated by the debugger, so that our own Content-Security-Policy stays as it is.
        page.evaluate(AXE)
    found: list[str] = page.evaluate(_RUN_AXE, RULES)
    return found


def misfits(page: Page, *, for_students: bool) -> list[str]:
    """Sideways scrolling, and controls that are too small to hit."""
    found: list[str] = _too_small(page, _CONTROLS, SMALLEST_PX)
    if for_students:
        found += _too_small(page, _BUTTONS, STUDENT_BUTTON_PX)
    too_wide = page.evaluate(_TOO_WIDE)
    if too_wide > 0:
        found.append(f"the page is {too_wide} px wider than the window")
    return found


def _too_small(page: Page, selector: str, least_px: int) -> list[Any]:
    found: list[Any] = page.evaluate(_TOO_SMALL, [selector, least_px])
    return found


def in_words(found: dict[str, list[str]]) -> str:
    """For the message of a failed test."""
    return json.dumps(found, indent=1, ensure_ascii=False)
