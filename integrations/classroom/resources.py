"""Google's resources read as the port's dataclasses, and the fields we ask for."""

from datetime import UTC, datetime
from typing import Any

from integrations.lms import Course, Coursework, Member, Submission

COURSE_FIELDS = "id,name,section,courseState"
_COMMON = "id,title,description,topicId,alternateLink,updateTime,materials"
WORK_FIELDS = f"{_COMMON},maxPoints,dueDate,dueTime,associatedWithDeveloper"
MATERIAL_FIELDS = _COMMON
SUBMISSION_FIELDS = (
    "id,courseWorkId,userId,state,assignedGrade,updateTime,submissionHistory/stateHistory"
)


def course_of(row: dict[str, Any]) -> Course:
    """A Classroom course; its section name, where there is one, helps to tell courses apart."""
    title = " · ".join(part for part in (row.get("name"), row.get("section")) if part)
    return Course(row["id"], title, archived=row.get("courseState") != "ACTIVE")


def member_of(row: dict[str, Any], role: str) -> Member:
    """A teacher or student; the address is there only with the scope for it."""
    profile = row.get("profile", {})
    return Member(
        user_id=row["userId"],
        name=profile.get("name", {}).get("fullName", ""),
        email=profile.get("emailAddress", ""),
        roles=(role,),
    )


def work_of(row: dict[str, Any]) -> Coursework:
    """A piece of coursework."""
    return _coursework(row, is_material=False)


def material_of(row: dict[str, Any]) -> Coursework:
    """A material: something to look at, never graded."""
    return _coursework(row, is_material=True)


def _coursework(row: dict[str, Any], *, is_material: bool) -> Coursework:
    return Coursework(
        id=row["id"],
        title=row.get("title", ""),
        description=row.get("description", ""),
        topic_id=row.get("topicId"),
        url=row.get("alternateLink"),
        max_points=row.get("maxPoints") or None,
        due_at=due_of(row.get("dueDate"), row.get("dueTime")),
        ours=bool(row.get("associatedWithDeveloper")),
        is_material=is_material,
        material_urls=tuple(_urls(row.get("materials", []))),
        updated_at=moment(row.get("updateTime")),
    )


def _urls(materials: list[dict[str, Any]]) -> list[str]:
    found = []
    for material in materials:
        drive = material.get("driveFile", {})
        places = (
            material.get("youtubeVideo", {}).get("alternateLink"),
            material.get("link", {}).get("url"),
            drive.get("driveFile", {}).get("alternateLink"),
            material.get("form", {}).get("formUrl"),
        )
        found += [url for url in places if url]
    return found


def due_of(date: dict[str, int] | None, time: dict[str, int] | None) -> datetime | None:
    """When something is due, as Google writes it: in UTC; without a time of day the day's end."""
    if not date:
        return None
    clock = time or {"hours": 23, "minutes": 59}
    return datetime(
        date["year"],
        date["month"],
        date["day"],
        clock.get("hours", 0),
        clock.get("minutes", 0),
        tzinfo=UTC,
    )


def submission_of(row: dict[str, Any]) -> Submission:
    """A student's submission; each time it was turned in counts.

    One that is turned in counts at least once, also where Google left out its history.
    """
    states = [entry.get("stateHistory", {}) for entry in row.get("submissionHistory", [])]
    turned_in = [state for state in states if state.get("state") == "TURNED_IN"]
    if not turned_in and row.get("state") == "TURNED_IN":
        turned_in = [{"stateTimestamp": row.get("updateTime")}]
    return Submission(
        id=row["id"],
        coursework_id=row["courseWorkId"],
        user_id=row["userId"],
        turn_ins=len(turned_in),
        points=row.get("assignedGrade"),
        turned_in_at=moment(turned_in[-1].get("stateTimestamp")) if turned_in else None,
        updated_at=moment(row.get("updateTime")),
    )


def moment(written: str | None) -> datetime | None:
    """A moment as Google writes it (RFC 3339)."""
    return datetime.fromisoformat(written) if written else None
