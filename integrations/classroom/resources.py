"""Google's resources read as the port's dataclasses, and the fields we ask for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from integrations.lms import (
    Course,
    Coursework,
    Criterion,
    Level,
    Material,
    Member,
    Submission,
)

COURSE_FIELDS = "id,name,section,courseState"
MEMBER_FIELDS = "userId,profile(name/fullName,emailAddress)"
_MATERIALS = (
    "materials(driveFile/driveFile(title,alternateLink),youtubeVideo(title,alternateLink),"
    "link(title,url),form(title,formUrl),gem(title,url),notebook(title,url))"
)
_COMMON = f"id,title,description,topicId,alternateLink,updateTime,state,{_MATERIALS}"
WORK_FIELDS = f"{_COMMON},maxPoints,dueDate,dueTime,associatedWithDeveloper"
MATERIAL_FIELDS = _COMMON
SUBMISSION_FIELDS = (
    "id,courseWorkId,userId,state,assignedGrade,updateTime,"
    "submissionHistory/stateHistory(state,stateTimestamp)"
)
WAITING_FIELDS = "id,courseWorkId,userId,state,updateTime"
RUBRIC_FIELDS = "rubrics(criteria(title,levels(title,description,points)))"


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
        materials=tuple(_materials(row.get("materials", []))),
        updated_at=moment(row.get("updateTime")),
        gone=row.get("state", "PUBLISHED") != "PUBLISHED",
    )


_MATERIAL_KINDS = (
    # Google's name, where the address stands, ours
    ("youtubeVideo", "alternateLink", "video"),
    ("link", "url", "link"),
    ("form", "formUrl", "form"),
    ("gem", "url", "tool"),
    ("notebook", "url", "tool"),
)


def _materials(rows: list[dict[str, Any]]) -> Iterator[Material]:
    for row in rows:
        file = row.get("driveFile", {}).get("driveFile", {})
        if file.get("alternateLink"):
            yield Material(file["alternateLink"], file.get("title", ""), "file")
        for name, address, kind in _MATERIAL_KINDS:
            found = row.get(name, {})
            if found.get(address):
                yield Material(found[address], found.get("title", ""), kind)


def criteria_of(answer: dict[str, Any]) -> tuple[Criterion, ...]:
    """The criteria of a list of rubrics, of which Google has at most one; levels lowest first
    where they have points, else in the order they stand in."""
    rows = [row for rubric in answer.get("rubrics", [])[:1] for row in rubric.get("criteria", [])]
    return tuple(Criterion(row.get("title", ""), _levels(row.get("levels", []))) for row in rows)


def _levels(rows: list[dict[str, Any]]) -> tuple[Level, ...]:
    levels = [
        Level(
            ": ".join(part for part in (row.get("title"), row.get("description")) if part),
            row.get("points"),
        )
        for row in rows
    ]
    return tuple(sorted(levels, key=lambda level: level.points or 0.0))


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
        waits=row.get("state") == "TURNED_IN",
    )


def moment(written: str | None) -> datetime | None:
    """A moment as Google writes it (RFC 3339)."""
    return datetime.fromisoformat(written) if written else None
