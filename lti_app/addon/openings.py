"""An iframe of the add-on that was opened, and whom Classroom says is looking.

https://developers.google.com/workspace/classroom/add-ons/developer-guides/iframes
"""

from dataclasses import dataclass
from typing import Literal

from blinker import Namespace

from lti_app.launch.places import Place
from lti_app.people.models import Role, Section

View = Literal["discovery", "upgrade", "teacher", "student", "review"]
ItemType = Literal["courseWork", "courseWorkMaterials", "announcements"]

_events = Namespace()

attachment_opened = _events.signal("attachment-opened")
"""Sent in the transaction that lets somebody in, with the session and `opened: Opened`."""


@dataclass(frozen=True)
class Opening:
    """What the iframe's address says; not to be trusted before Classroom's context was asked."""

    view: View
    course_id: str
    item_id: str
    item_type: ItemType
    attachment_id: str = ""
    """Empty at discovery and upgrade."""
    add_on_token: str = ""
    """At discovery and upgrade: lets our project attach something to the item for a while."""
    submission_id: str = ""
    """At review: whose work is looked at."""
    login_hint: str = ""
    """Google's user id of who uses Classroom in this browser, once they signed in before."""
    url_to_upgrade: str = ""
    """At upgrade: the link that shall become an attachment."""
    place: Place | None = None
    """What the attachment stands for (`open` in its address)."""


@dataclass(frozen=True)
class Opened:
    """An opening once Classroom's context says who looks."""

    opening: Opening
    section: Section
    person_id: int
    role: Role
    submission_id: str | None
    """Of a student, where the item takes work: Classroom's id for grade passback."""
