"""What Google's prose asks of coursework, and no schema can say.

https://developers.google.com/workspace/classroom/reference/rest/v1/courses.courseWork
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from integrations.practice.classroom_rights import ApiError
from integrations.practice.classroom_store import PracticeClassroom, Resource

LONGEST_TITLE = 3_000
LONGEST_DESCRIPTION = 30_000
LONGEST_LINK = 2_024
MOST_MATERIALS = 20


def must_be_valid(classroom: PracticeClassroom, course_id: str, work: Resource) -> None:
    """What the descriptions of `CourseWork`'s fields ask for."""
    points = work.get("maxPoints", 0)
    topics = {topic["topicId"] for topic in classroom.topics[course_id]}
    materials = work.get("materials", [])
    wrong = {
        "title": not 1 <= len(work.get("title", "")) <= LONGEST_TITLE,
        "description": len(work.get("description", "")) > LONGEST_DESCRIPTION,
        "maxPoints": points < 0 or points != int(points),
        "materials": len(materials) > MOST_MATERIALS or not all(map(_is_a_link, materials)),
        "dueDate": ("dueDate" in work) != ("dueTime" in work),
        "topicId": "topicId" in work and work["topicId"] not in topics,
        "individualStudentsOptions": "individualStudentsOptions" in work
        and work.get("assigneeMode") != "INDIVIDUAL_STUDENTS",
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ApiError(400, f"{name}: Invalid value.")


def must_be_ahead(work: Resource, named: Collection[str]) -> None:
    """Moments that a request names are not over; only a draft can be scheduled."""
    is_due = "dueDate" in work and not {"dueDate", "dueTime"}.isdisjoint(named)
    if is_due and due_moment(work) <= datetime.now(UTC):
        raise ApiError(400, "dueDate: Due date must be in the future.")
    if "scheduledTime" in named and "scheduledTime" in work:
        if work["state"] != "DRAFT":
            raise ApiError(400, "scheduledTime: Only drafts can be scheduled.")
        if scheduled_moment(work) <= datetime.now(UTC):
            raise ApiError(400, "scheduledTime: Scheduled time must be in the future.")


def must_be_a_step(before: str, after: str) -> None:
    """A draft may be published; nothing goes back, and nothing is deleted by a change."""
    if after != before and (before, after) != ("DRAFT", "PUBLISHED"):
        raise ApiError(400, "state: Invalid value.")


def due_moment(work: Resource) -> datetime:
    """When coursework is due; zeroes are left out of Google's dates and times."""
    date, time = work["dueDate"], work["dueTime"]
    try:
        return datetime(
            date.get("year", 0),
            date.get("month", 0),
            date.get("day", 0),
            time.get("hours", 0),
            time.get("minutes", 0),
            time.get("seconds", 0),
            tzinfo=UTC,
        )
    except ValueError as error:
        raise ApiError(400, "dueDate: Invalid value.") from error


def scheduled_moment(work: Resource) -> datetime:
    """When a draft comes out."""
    try:
        return datetime.fromisoformat(work["scheduledTime"]).astimezone(UTC)
    except ValueError as error:
        raise ApiError(400, "scheduledTime: Invalid value.") from error


def assignees(classroom: PracticeClassroom, course_id: str, user_ids: Collection[str]) -> list[str]:
    """The named students, in the order they were named. Someone else is refused, nobody too."""
    course = classroom.school_course(course_id)
    present = {classroom.school.people[one].google_id for one in course.student_ids}
    if not user_ids:
        raise ApiError(400, "@EmptyAssignees Nobody would be assigned.", "FAILED_PRECONDITION")
    if set(user_ids) - present:
        raise ApiError(400, "studentIds: Invalid value.")
    return list(dict.fromkeys(user_ids))


def _is_a_link(material: dict[str, Any]) -> bool:
    """What is practised here: links, and what the store began with."""
    if "link" not in material:
        return True
    return 1 <= len(material["link"].get("url", "")) <= LONGEST_LINK
