"""Which links can be watched or used inside our page, and at what address.

Known players have an address of their own for that; it is made by rule, without asking the
network. Other pages are shown inside ours only where somebody has looked and their site allows it.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from flask import current_app

from lti_app.learning.models import Activity

_ID = r"[A-Za-z0-9_-]"
_YOUTUBE = {"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"}
_DOCUMENTS = {"document": "preview", "spreadsheets": "preview", "presentation": "embed"}
_PUBLISHED = {
    "document": "pub?embedded=true",
    "spreadsheets": "pubhtml?widget=true",
    "presentation": "embed",
}


def embed_url(url: str) -> str | None:
    """The address at which a known player shows what `url` links to; None for other sites."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"}:
        return None
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    path = parts.path.rstrip("/")
    if host in _YOUTUBE:
        return _youtube(path, asked)
    if host == "youtu.be":
        return _youtube(f"/embed{path}", asked)
    if host in {"vimeo.com", "player.vimeo.com"}:
        return _vimeo(path, asked)
    if host == "docs.google.com":
        return _google_docs(path)
    if host == "drive.google.com":
        return _google_drive(path, asked)
    if host == "geogebra.org":
        return _geogebra(path)
    if host == "desmos.com":
        return _desmos(path)
    return None


def shown_here(activity: Activity) -> str | None:
    """Where an activity's link can be shown inside our page, or None: then it opens in a tab."""
    if not activity.url:
        return None
    known = embed_url(activity.url)
    if known is not None:
        return known
    try:
        parts = urlsplit(activity.url)
        host = parts.hostname
    except ValueError:
        return None
    # Our own page inside our page could undo the frame's sandbox.
    ours = urlsplit(current_app.extensions["pathways.settings"].public_url).hostname
    if activity.link_frames and parts.scheme == "https" and host != ours:
        return activity.url
    return None


def _youtube(path: str, asked: Mapping[str, str]) -> str | None:
    home = "https://www.youtube-nocookie.com/embed/"
    found = re.fullmatch(rf"/(?:embed|shorts|live|v)/({_ID}{{11}})", path)
    video = found[1] if found else asked.get("v", "") if path == "/watch" else ""
    if re.fullmatch(rf"{_ID}{{11}}", video):
        start = _seconds(asked.get("t") or asked.get("start") or "")
        return f"{home}{video}" + (f"?start={start}" if start else "")
    playlist = asked.get("list", "")
    if path in {"/playlist", "/embed/videoseries"} and re.fullmatch(rf"{_ID}{{2,64}}", playlist):
        return f"{home}videoseries?list={playlist}"
    return None


def _seconds(typed: str) -> int:
    """Seconds from `90`, `90s` or `1h2m3s`; 0 for anything else."""
    found = re.fullmatch(r"(?:(\d{1,2})h)?(?:(\d{1,3})m)?(?:(\d{1,6})s?)?", typed)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def _vimeo(path: str, asked: Mapping[str, str]) -> str | None:
    found = re.fullmatch(r"(?:/video|/channels/[\w-]+|/showcase/\d+/video)?/(\d+)(?:/(\w+))?", path)
    if found is None:
        return None
    unlisted = found[2] or asked.get("h", "")
    more = {"h": unlisted} if re.fullmatch(r"\w+", unlisted) else {}
    return f"https://player.vimeo.com/video/{found[1]}?{urlencode(more | {'dnt': 1})}"


def _google_docs(path: str) -> str | None:
    home = "https://docs.google.com"
    # `/u/0/` is the reader's account and `/a/school.org/` a domain: neither names the document.
    path = re.sub(r"^(/\w+)/u/\d+(?=/)", r"\1", re.sub(r"^/a/[\w.-]+(?=/)", "", path))
    form = re.match(rf"/forms/d/e/({_ID}+)", path)
    if form:
        return f"{home}/forms/d/e/{form[1]}/viewform?embedded=true"
    published = re.match(rf"/(document|spreadsheets|presentation)/d/e/({_ID}+)", path)
    if published:
        return f"{home}/{published[1]}/d/e/{published[2]}/{_PUBLISHED[published[1]]}"
    document = re.match(rf"/(document|spreadsheets|presentation)/d/({_ID}+)", path)
    if document:
        return f"{home}/{document[1]}/d/{document[2]}/{_DOCUMENTS[document[1]]}"
    return None


def _google_drive(path: str, asked: Mapping[str, str]) -> str | None:
    found = re.match(rf"(?:/a/[\w.-]+)?/file(?:/u/\d+)?/d/({_ID}+)", path)
    file_id = found[1] if found else asked.get("id", "") if path in {"/open", "/uc"} else ""
    if re.fullmatch(rf"{_ID}+", file_id):
        return f"https://drive.google.com/file/d/{file_id}/preview"
    return None


def _geogebra(path: str) -> str | None:
    found = re.fullmatch(
        r"/(?:m|classic|calculator|graphing|geometry|3d|material/(?:show|iframe)/id)/(\w{3,})", path
    )
    return f"https://www.geogebra.org/material/iframe/id/{found[1]}" if found else None


def _desmos(path: str) -> str | None:
    found = re.fullmatch(r"/(calculator|geometry|3d)(?:/(\w+))?", path)
    if found is None:
        return None
    graph = f"/{quote(found[2])}" if found[2] else ""
    return f"https://www.desmos.com/{found[1]}{graph}?embed"
