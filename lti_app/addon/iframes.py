"""The addresses of the add-on's iframes, read and written.

https://developers.google.com/workspace/classroom/add-ons/developer-guides/iframes
"""

import re
from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlencode

from flask_babel import lazy_gettext as _l

from lti_app.addon.openings import ItemType, Opening, View
from lti_app.errors import BadInput
from lti_app.launch.places import place_of

VIEWS: tuple[View, ...] = get_args(View)
_ITEM_TYPES: dict[str, ItemType] = {
    "courseWork": "courseWork",
    # Google's guides write these both ways.
    "courseWorkMaterials": "courseWorkMaterials",
    "courseWorkMaterial": "courseWorkMaterials",
    "announcements": "announcements",
    "announcement": "announcements",
}
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_WITH_ATTACHMENT = frozenset({"teacher", "student", "review"})
LONGEST_TOKEN = 1000
LONGEST_ADDRESS = 2000


def read(view: View, query: Mapping[str, str]) -> Opening:
    """What Classroom put into an iframe's address. Raises `BadInput` where it is not whole."""
    item_type = _ITEM_TYPES.get(query.get("itemType", ""))
    ids = [query.get("courseId", ""), query.get("itemId", "")]
    if view in _WITH_ATTACHMENT:
        ids.append(query.get("attachmentId", ""))
    if view == "review":
        ids.append(query.get("submissionId", ""))
    place = place_of(f"?{urlencode({'open': query.get('open', '')})}")
    token, url = query.get("addOnToken", ""), query.get("urlToUpgrade", "")
    whole = (
        item_type is not None
        and all(_ID.fullmatch(one) for one in ids)
        and (place is not None or not query.get("open"))
        and (view in _WITH_ATTACHMENT or 0 < len(token) <= LONGEST_TOKEN)
        and (view != "upgrade" or 0 < len(url) <= LONGEST_ADDRESS)
    )
    if item_type is None or not whole:
        raise BadInput(
            _l("Google Classroom did not say what to open."),
            _l("Go back to Classroom and open it from the assignment."),
        )
    with_attachment = view in _WITH_ATTACHMENT
    return Opening(
        view=view,
        course_id=query["courseId"],
        item_id=query["itemId"],
        item_type=item_type,
        attachment_id=query["attachmentId"] if with_attachment else "",
        add_on_token="" if with_attachment else token,
        submission_id=query["submissionId"] if view == "review" else "",
        login_hint=query.get("login_hint", "")[:320],
        url_to_upgrade=url if view == "upgrade" else "",
        place=place,
    )


def written(opening: Opening) -> dict[str, str]:
    """The query from which `read` makes the same opening again."""
    query = {
        "courseId": opening.course_id,
        "itemId": opening.item_id,
        "itemType": opening.item_type,
        "attachmentId": opening.attachment_id,
        "addOnToken": opening.add_on_token,
        "submissionId": opening.submission_id,
        "login_hint": opening.login_hint,
        "urlToUpgrade": opening.url_to_upgrade,
        "open": str(opening.place or ""),
    }
    return {name: value for name, value in query.items() if value}


def address(opening: Opening) -> str:
    """The iframe's own address, as a path."""
    return f"/addon/{opening.view}?{urlencode(written(opening))}"
