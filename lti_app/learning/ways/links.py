"""Links of activities: what their address alone tells, and that a worker should read the page."""

from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.learning import events
from lti_app.learning.models import Activity, ActivityKind

_VIDEO_HOSTS = ("youtube.com", "youtu.be", "vimeo.com", "youtube-nocookie.com", "edpuzzle.com")
_READING_HOSTS = ("docs.google.com", "wikipedia.org", "readworks.org", "commonlit.org")
_TOOL_HOSTS = ("geogebra.org", "desmos.com", "phet.colorado.edu", "mathlearningcenter.org")
_GAME_HOSTS = ("prodigygame.com", "blooket.com", "kahoot.it", "gimkit.com")
_READING_ENDS = (".pdf", ".doc", ".docx", ".odt", ".epub", ".txt")
_VIDEO_ENDS = (".mp4", ".webm", ".mov")


def host_of(url: str) -> str:
    """The site a link leads to, as people say it: `video.example.org`."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return host.removeprefix("www.")


def kind_of(url: str) -> ActivityKind:
    """What a student most likely does at this address, judged by the address alone."""
    host, path = host_of(url), _path_of(url)
    if host == "khanacademy.org" or host.endswith(".khanacademy.org"):
        return _at_khan_academy(path)
    for hosts, ends, kind in (
        (_VIDEO_HOSTS, _VIDEO_ENDS, ActivityKind.VIDEO),
        (_TOOL_HOSTS, (), ActivityKind.MANIPULATIVE),
        (_GAME_HOSTS, (), ActivityKind.GAME),
        (_READING_HOSTS, _READING_ENDS, ActivityKind.READING),
    ):
        if _is_one_of(host, hosts) or (ends and path.endswith(ends)):
            if host == "docs.google.com" and path.startswith("/forms/"):
                return ActivityKind.PRACTICE
            return kind
    return ActivityKind.OTHER


def kind_of_content(content_type: str) -> ActivityKind:
    """What a page's media type (`application/pdf`) tells."""
    if content_type.startswith("video/"):
        return ActivityKind.VIDEO
    if content_type in {"application/pdf", "application/epub+zip", "text/plain"}:
        return ActivityKind.READING
    return ActivityKind.OTHER


def point(session: Session, activity: Activity, url: str | None) -> None:
    """Let an activity link to `url`; what was known of its old page is forgotten, and a worker
    reads the new one. The same link again changes nothing."""
    if activity.url == url and (url is None or activity.link_due_at or activity.link_seen_at):
        return
    activity.url = url
    activity.link_title, activity.link_frames, activity.link_seen_at = "", None, None
    activity.link_due_at = now() if url else None
    activity.link_tries = 0
    if url:
        events.link_written.send(session)


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path.lower()
    except ValueError:
        return ""


def _is_one_of(host: str, known: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in known)


def _at_khan_academy(path: str) -> ActivityKind:
    # Its addresses name what a page is: /e/ an exercise, /v/ a video, /a/ an article.
    for part, kind in (
        ("/e/", ActivityKind.PRACTICE),
        ("/exercise/", ActivityKind.PRACTICE),
        ("/quiz/", ActivityKind.PRACTICE),
        ("/v/", ActivityKind.VIDEO),
        ("/a/", ActivityKind.READING),
    ):
        if part in path + "/":
            return kind
    return ActivityKind.PRACTICE if path.strip("/") else ActivityKind.OTHER
