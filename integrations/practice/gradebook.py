"""What the practice gradebook takes from a tool, and what it answers (AGS 2.0)."""

import math
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from integrations.practice.platform import LineItem
from integrations.practice.school import PracticeCourse

Refusal = tuple[int, str]
"""An HTTP status and why."""

ACTIVITY = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
GRADING = {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}
COUNTS = {"FullyGraded", "PendingManual"}
"""Canvas's Score API: with any other gradingProgress `scoreGiven` is ignored."""
# RFC 3339 §5.6: who writes it should use upper case, so we take nothing else.
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def is_number(value: Any) -> TypeGuard[float]:
    """A JSON number; `true` and `NaN` are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def wrong_line_item(link_ids: Collection[str], fields: Any) -> Refusal | None:
    """Why a line item can't be made or changed so; None for a good one. `link_ids` are the links
    of its course."""
    if not isinstance(fields, dict):
        return 400, "a line item is a JSON object"
    label, most = fields.get("label"), fields.get("scoreMaximum")
    if not isinstance(label, str) or not label.strip():
        return 400, "label is required"
    if not is_number(most) or most <= 0:
        return 400, "a scoreMaximum above 0 is required"
    if fields.get("resourceLinkId") not in {None, *link_ids}:
        return 404, "there is no such resource link"
    return None


def wrong_score(course: PracticeCourse, item: LineItem, given: Any) -> Refusal | None:
    """Why a score can't be taken; None for a good one."""
    if not isinstance(given, dict):
        return 400, "a score is a JSON object"
    required = ("userId", "timestamp", "activityProgress", "gradingProgress")
    if missing := [name for name in required if not isinstance(given.get(name), str)]:
        return 400, f"{', '.join(missing)} missing, or not text"
    if given["activityProgress"] not in ACTIVITY or given["gradingProgress"] not in GRADING:
        return 400, "activityProgress or gradingProgress is not a word of the spec"
    if wrong := _wrong_points(given):
        return wrong
    if (at := moment(given["timestamp"])) is None:
        return 400, "timestamp is not RFC 3339 with a time zone"
    if course.role_of(given["userId"]) != "student":
        return 422, "this user is not a student of the course"
    before = item.scores.get(given["userId"])
    # AGS 2.0, score publish service: "must not" update with an older or equal timestamp.
    if before is not None and at <= datetime.fromisoformat(before["timestamp"]):
        return 409, "a score with this or a newer timestamp is here already"
    return None


def _wrong_points(given: dict[str, Any]) -> Refusal | None:
    points, most = given.get("scoreGiven"), given.get("scoreMaximum")
    if points is None:
        return None
    if not is_number(points) or points < 0:
        return 422, "scoreGiven must be a number, 0 or more"
    if not is_number(most) or most <= 0:
        return 422, "a scoreMaximum above 0 is required with scoreGiven"
    return None


def moment(timestamp: str) -> datetime | None:
    """An RFC 3339 timestamp; None for anything else, however clear it may be to a person."""
    if not RFC3339.fullmatch(timestamp):
        return None
    try:
        return datetime.fromisoformat(timestamp)
    except ValueError:
        return None


def stands(given: Mapping[str, Any]) -> bool:
    """True where a score's points are a grade."""
    return given.get("scoreGiven") is not None and given["gradingProgress"] in COUNTS


def shown(item: LineItem) -> dict[str, Any]:
    """A line item as the tool sees it."""
    return {**item.fields, "id": item.id}


def result(item: LineItem, given: dict[str, Any]) -> dict[str, Any]:
    """What stands for a student, on the column's own maximum whatever the score came with."""
    address = urlsplit(item.id)
    body = {
        "id": address._replace(path=f"{address.path}/results/{given['userId']}").geturl(),
        "userId": given["userId"],
        "resultMaximum": item.fields["scoreMaximum"],
        "comment": given.get("comment", ""),
        "scoreOf": item.id,
    }
    if stands(given):
        body["resultScore"] = given["scoreGiven"] / given["scoreMaximum"] * body["resultMaximum"]
    return body
