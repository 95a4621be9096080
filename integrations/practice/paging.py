"""Pages of a container; the next one is behind an opaque token whose letter case matters."""

import base64
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

T = TypeVar("T")


class UnknownBookmark(ValueError):
    """The page token is none of ours."""


def bookmark(begin: int) -> str:
    """The token of the page that begins with row `begin`, in the form of Canvas's."""
    return "bookmark:" + base64.urlsafe_b64encode(f"Zq|{begin}".encode()).decode().rstrip("=")


def one_page(
    rows: Sequence[T], url: str, query: Sequence[tuple[str, str]], size: int
) -> tuple[Sequence[T], str]:
    """The rows of one page and its `Link` header, empty on the last page.

    `query` is what was asked, `page` and `limit` among it; `size` the most rows on a page. The
    link repeats the question, so that a filter holds on every page. Raises `UnknownBookmark`.
    """
    asked = dict(query)
    begin = _begin(asked["page"]) if "page" in asked else 0
    limit = asked.get("limit", "")
    end = begin + (min(int(limit), size) if limit.isdecimal() and int(limit) > 0 else size)
    if end >= len(rows):
        return rows[begin:end], ""
    kept = [(name, value) for name, value in query if name != "page"]
    following = urlencode([*kept, ("page", bookmark(end))], safe=":")
    return rows[begin:end], f'<{url}?{following}>; rel="next"'


def _begin(token: str) -> int:
    padded = token.removeprefix("bookmark:") + "=="
    try:
        begin = int(base64.urlsafe_b64decode(padded).decode().removeprefix("Zq|"))
    except ValueError as error:
        raise UnknownBookmark(token) from error
    # Decoding forgives much; nothing but the exact token, case and all, is taken.
    if bookmark(begin) != token:
        raise UnknownBookmark(token)
    return begin
