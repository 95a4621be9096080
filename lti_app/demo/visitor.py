"""A person at a browser, played by a script: opens pages, follows forms, reads what is there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

TIMEOUT_S = 30


@dataclass
class Form:
    """A form of a page."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    words: str = ""


@dataclass
class Choice:
    """A box or button to tick, with the words after it."""

    name: str
    value: str
    words: str = ""


class _Page(HTMLParser):
    """Forms, links and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.shown: list[str] = []
        self.frames: list[str] = []
        self.choices: list[Choice] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect forms, fields and links."""
        at = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = Form(at.get("action", ""), at.get("method", "get").lower())
            self.forms.append(self._open)
        elif tag == "a" and "href" in at:
            self.links.append((at["href"], ""))
        elif self._open is not None and tag == "select":
            self._select = at.get("name", "")
        elif self._open is not None and tag == "option" and "selected" in at:
            self._open.fields.append((self._select, at.get("value", "")))
        elif tag == "iframe":
            self.frames.append(at.get("src", ""))
        elif tag == "input" and "readonly" in at:
            self.shown.append(at.get("value", ""))
        if tag == "input" and at.get("type") in {"radio", "checkbox"}:
            self.choices.append(Choice(at.get("name", ""), at.get("value", "")))
        if self._open is not None and tag == "input" and _is_sent(at):
            self._open.fields.append((at["name"], at.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close forms and links."""
        if tag == "form":
            self._open = None

    def handle_data(self, data: str) -> None:
        """Collect words; those inside a link also name it."""
        text = " ".join(data.split())
        if text:
            self.words.append(text)
            if self._open is not None:
                self._open.words += f"{text} "
            if self.choices:
                self.choices[-1].words += f"{text} "
            if self.links and not self.links[-1][1]:
                self.links[-1] = (self.links[-1][0], text)


def _is_sent(field: dict[str, str]) -> bool:
    ticked = field.get("type") not in {"checkbox", "radio"} or "checked" in field
    return bool(field.get("name")) and ticked and "readonly" not in field


class Visitor:
    """One person's browser."""

    def __init__(self) -> None:
        self._http = requests.Session()
        self.url = ""
        self._page = _Page()

    @property
    def text(self) -> str:
        """All words of the page."""
        return " ".join(self._page.words)

    def open(self, url: str) -> "Visitor":
        """Open an address (relative ones from here)."""
        return self._read(self._http.get(urljoin(self.url, url), timeout=TIMEOUT_S))

    def launch(self, start_url: str) -> "Visitor":
        """Click a tool's link in the LMS, and follow the login's forms until a page is there."""
        self.open(start_url)
        while self._page.forms and {name for name, _ in self._page.forms[0].fields} & {
            "login_hint",
            "id_token",
        }:
            self.send(0)
        return self

    def click(self, words: str) -> "Visitor":
        """Follow the link with these words."""
        for href, text in self._page.links:
            if words in text:
                return self.open(href)
        raise LookupError(f"no link “{words}” on {self.url}")

    def send(self, which: int | str, *, with_words: str = "", **fields: str) -> "Visitor":
        """Send a form, by number or by a part of its action (and words in it); `fields` replace
        or add values."""
        form = self._find(which, with_words)
        values = [(name, value) for name, value in form.fields if name not in fields]
        values += list(fields.items())
        action = urljoin(self.url, form.action)
        if form.method == "post":
            return self._read(self._http.post(action, data=values, timeout=TIMEOUT_S))
        return self._read(self._http.get(action, params=values, timeout=TIMEOUT_S))

    def values(self, which: int | str, name: str) -> list[str]:
        """What a form's fields of this name hold, in order."""
        return [value for field, value in self._find(which, "").fields if field == name]

    def shown(self, part: str) -> list[str]:
        """What fields to copy from show, of those that contain `part`."""
        return [value for value in self._page.shown if part in value]

    def choice(self, words: str, value: str = "") -> Choice:
        """The first thing to tick that has these words, and this value where one is given."""
        for one in self._page.choices:
            if words in one.words and value in {"", one.value}:
                return one
        raise LookupError(f"nothing to tick “{words}” on {self.url}")

    @property
    def frame(self) -> str:
        """Where the page's frame leads."""
        return self._page.frames[0]

    def forms_with(self, name: str, value: str) -> list[dict[str, str]]:
        """Fields of each form that has a field of this name and value."""
        found = [dict(form.fields) for form in self._page.forms]
        return [fields for fields in found if fields.get(name) == value]

    def link_to(self, host_part: str) -> str:
        """The first link whose address contains `host_part`."""
        return next(href for href, _ in self._page.links if host_part in href)

    def _find(self, which: int | str, with_words: str) -> Form:
        if isinstance(which, int):
            return self._page.forms[which]
        for form in self._page.forms:
            action = form.action or urlsplit(self.url).path
            if which in action and with_words in form.words:
                return form
        raise LookupError(f"no form for “{which}” on {self.url}")

    def _read(self, answer: requests.Response) -> "Visitor":
        if answer.status_code >= 400:
            raise LookupError(f"{answer.url} answered {answer.status_code}")
        self.url = answer.url
        self._page = _Page()
        self._page.feed(answer.text)
        return self
