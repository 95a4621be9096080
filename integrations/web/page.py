"""What a linked page calls itself, and whether it may be shown inside another page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from itertools import islice
from urllib.parse import urlsplit

from integrations.outside import fetch

MOST_BYTES = 512 * 1024
TIMEOUT_S = 10.0
LONGEST_TITLE = 300
MOST_METAS = 300
_BODY = re.compile(r"<body[\s>]", re.IGNORECASE)
_TITLE = re.compile(r"<title(?:\s[^>]{0,500})?>([^<]{0,2000})", re.IGNORECASE)
_META = re.compile(r"<meta\s([^>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]{1,50})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')""")
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_AGENT = "Pathways (reads the title of a page that a teacher links to)"


@dataclass(frozen=True)
class LinkedPage:
    """A page of the web, as far as a link to it needs to know."""

    url: str
    """Where it was found, after redirects."""
    content_type: str
    """Media type in lower case, without parameters: `text/html`."""
    title: str
    """Plain text in one line, at most 300 letters; empty where the page says none."""
    frames: bool
    """Whether any site may show it in an iframe."""


def read_page(url: str, *, allow_loopback: bool) -> LinkedPage:
    """Read a page once: at most 512 KB, 10 seconds, public addresses only; no pictures, no
    scripts, nothing else of it. Raises `OutsideError`."""
    found = fetch(
        url,
        allow_loopback=allow_loopback,
        most_bytes=MOST_BYTES,
        timeout_s=TIMEOUT_S,
        cut=True,
        headers={"User-Agent": _AGENT, "Accept": "text/html,*/*;q=0.5"},
    )
    said = found.headers.get("content-type", "")
    content_type = said.partition(";")[0].strip().lower()
    is_html = content_type in _HTML
    return LinkedPage(
        url=found.url,
        content_type=content_type,
        title=title_of(found.body, said) if is_html else "",
        # A frame of an https page may not come from, or over, an http one.
        frames=is_html and not _downgraded(url, found.url) and frames_allowed(found.headers),
    )


def _downgraded(asked: str, found: str) -> bool:
    return urlsplit(asked).scheme == "https" and urlsplit(found).scheme != "https"


def frames_allowed(headers: Mapping[str, str]) -> bool:
    """Whether the site lets any page show this one (header names in lower case).

    `frame-ancestors` of a Content-Security-Policy counts; only without it `X-Frame-Options` does
    (CSP3 §6.4.2.2). The frame stands in our page and that in the LMS's: it has to be open to all.
    """
    lists = [
        directive.split()[1:]
        for policy in headers.get("content-security-policy", "").split(",")
        for directive in policy.split(";")
        if directive.split()[:1] and directive.split()[0].lower() == "frame-ancestors"
    ]
    if lists:
        return all({"*", "https:", "http:"} & {one.lower() for one in said} for said in lists)
    return not headers.get("x-frame-options", "").strip()


def title_of(body: bytes, content_type: str) -> str:
    """The page's `og:title`, else its `<title>`, as plain text in one line."""
    # Looked for by patterns whose work is bounded: a parser can be kept busy for minutes by a
    # page that is made for it, and nothing but the title is wanted.
    head = _BODY.split(_decoded(body, content_type), maxsplit=1)[0]
    title = _TITLE.search(head)
    line = " ".join((_shared_title(head) or (unescape(title[1]) if title else "")).split())
    line = line.replace("\0", "")
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def _shared_title(head: str) -> str:
    for meta in islice(_META.finditer(head), MOST_METAS):
        said = {name.lower(): one or two for name, one, two in _ATTRIBUTE.findall(meta[1])}
        if "og:title" in (said.get("property"), said.get("name")):
            return unescape(said.get("content", ""))
    return ""


def _decoded(body: bytes, content_type: str) -> str:
    said = re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE)
    inside = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", body[:2048], re.IGNORECASE)
    charset = said[1] if said else inside[1].decode() if inside else "utf-8"
    try:
        return body.decode(charset, errors="replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", errors="replace")
