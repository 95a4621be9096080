"""What `MirroredItem.seen` says of coursework: its title, topic and standard in the LMS."""

from lti_app.sync.models import MirroredItem


def title_of(item: MirroredItem) -> str:
    """Its title in the LMS."""
    found: str = item.seen.get("title", "")
    return found


def topic_of(item: MirroredItem) -> str:
    """Id of the topic under which the LMS has it; empty for none."""
    return _said(item, "topic")


def named_by(item: MirroredItem) -> str:
    """Code key of the standard that it names in the LMS; empty for none."""
    return _said(item, "named", "standard")


def _said(item: MirroredItem, name: str, home: str = "") -> str:
    # Rows of an older mirror say it only by their home.
    kind, _, key = item.seen.get("home", "").partition(":")
    found: str = item.seen.get(name, key if kind == (home or name) else "")
    return found
