"""Coursework that we make in a Classroom course: made, found again, changed, assigned, deleted.

https://developers.google.com/workspace/classroom/reference/rest/v1/courses.courseWork
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.classroom.resources import due_of, moment
from integrations.lms import LmsError, LmsRefused

Call = Callable[..., dict[str, Any]]
Pages = Callable[..., Iterator[dict[str, Any]]]

LONGEST_TOPIC = 100
PAGE = 100
FIELDS = "id,title,state,maxPoints,dueDate,dueTime,topicId,scheduledTime,individualStudentsOptions"

FIND_FIELDS = "id,creationTime,associatedWithDeveloper,materials/link/url"


@dataclass(frozen=True)
class Draft:
    """Coursework as it should be made."""

    title: str
    link: str
    """Of ours, under which it is also found again; at most 2,024 characters."""
    is_out: bool
    """Students see it at once; else it is a draft."""
    scheduled_at: datetime | None = None
    """When a draft comes out by itself."""
    max_points: int | None = None
    """None: ungraded. Google takes whole points only."""
    due_at: datetime | None = None
    topic_id: str = ""
    user_ids: tuple[str, ...] | None = None
    """Google's ids of the students it is for; None: everyone in the course."""


@dataclass(frozen=True)
class Posted:
    """Coursework as it stands in Classroom."""

    id: str
    title: str
    is_out: bool
    scheduled_at: datetime | None
    max_points: int | None
    due_at: datetime | None
    topic_id: str
    user_ids: tuple[str, ...] | None


class Publishing:
    """A course's coursework of ours; `call` and `pages` make requests on `courses()`."""

    def __init__(self, call: Call, pages: Pages, course_id: str) -> None:
        self._call = call
        self._pages = pages
        self._course_id = course_id

    def create(self, draft: Draft) -> str:
        """Make it; returns its id. Raises `LmsError`; `topic_gone` where that is the reason."""
        body: dict[str, Any] = {
            "title": draft.title,
            "workType": "ASSIGNMENT",
            "state": "PUBLISHED" if draft.is_out else "DRAFT",
            "materials": [{"link": {"url": draft.link}}],
            **_changes(max_points=draft.max_points, due_at=draft.due_at, topic_id=draft.topic_id),
        }
        if draft.scheduled_at is not None and not draft.is_out:
            body["scheduledTime"] = _stamp(draft.scheduled_at)
        if draft.user_ids is not None:
            body["assigneeMode"] = "INDIVIDUAL_STUDENTS"
            body["individualStudentsOptions"] = {"studentIds": list(draft.user_ids)}
        try:
            made = self._call(
                lambda courses: courses.courseWork().create(
                    courseId=self._course_id, body=body, fields="id"
                )
            )
        except LmsRefused as refused:
            raise self._reason(refused, draft.topic_id) from refused
        return str(made["id"])

    def find(self, link: str) -> list[str]:
        """Ids of coursework of ours that carries our link, the oldest first.

        One that a worker made and died before it noted it; two where the HTTP library asked once
        more on a connection that broke after Google had made the first.
        """
        rows = self._pages(
            lambda courses, token: courses.courseWork().list(
                courseId=self._course_id,
                courseWorkStates=["DRAFT", "PUBLISHED"],
                pageSize=PAGE,
                pageToken=token,
                fields=f"nextPageToken,courseWork({FIND_FIELDS})",
            ),
            "courseWork",
        )
        found = []
        for row in rows:
            urls = [one.get("link", {}).get("url") for one in row.get("materials", [])]
            if row.get("associatedWithDeveloper") and link in urls:
                found.append((str(row.get("creationTime", "")), str(row["id"])))
        return [coursework_id for _made_at, coursework_id in sorted(found)]

    def look(self, coursework_id: str) -> Posted:
        """As it stands. Raises `LmsError`; `column_gone` where somebody deleted it."""
        row = self._of_work(
            lambda courses: courses.courseWork().get(
                courseId=self._course_id, id=coursework_id, fields=FIELDS
            )
        )
        return Posted(
            id=coursework_id,
            title=row.get("title", ""),
            is_out=row.get("state") == "PUBLISHED",
            scheduled_at=moment(row.get("scheduledTime")),
            max_points=int(row["maxPoints"]) if row.get("maxPoints") else None,
            due_at=due_of(row.get("dueDate"), row.get("dueTime")),
            topic_id=row.get("topicId", ""),
            user_ids=_user_ids(row),
        )

    def change(self, coursework_id: str, **fields: Any) -> None:
        """Give it other values: `title`, `is_out=True`, `scheduled_at`, `max_points`, `due_at`,
        `topic_id`. Raises `LmsError`; `topic_gone` where that is the reason."""
        body = _changes(**fields)
        mask = [name for field in fields for name in _NAMES[field]]
        try:
            self._of_work(
                lambda courses: courses.courseWork().patch(
                    courseId=self._course_id,
                    id=coursework_id,
                    updateMask=",".join(mask),
                    body=body,
                    fields="id",
                )
            )
        except LmsRefused as refused:
            raise self._reason(refused, fields.get("topic_id", "")) from refused

    def assign(
        self,
        coursework_id: str,
        before: Collection[str] | None,
        user_ids: Collection[str] | None,
    ) -> None:
        """Who has it: from `before` to `user_ids` (None: everyone). Raises `LmsError`."""
        body: dict[str, Any] = {"assigneeMode": "ALL_STUDENTS"}
        if user_ids is not None:
            old = set(before or ())
            body = {
                "assigneeMode": "INDIVIDUAL_STUDENTS",
                "modifyIndividualStudentsOptions": {
                    "addStudentIds": sorted(set(user_ids) - old),
                    "removeStudentIds": sorted(old - set(user_ids)),
                },
            }
        self._of_work(
            lambda courses: courses.courseWork().modifyAssignees(
                courseId=self._course_id, id=coursework_id, body=body, fields="id"
            )
        )

    def delete(self, coursework_id: str) -> None:
        """Take it away, with its grades; one that is gone already is fine. Raises `LmsError`."""
        try:
            self._of_work(
                lambda courses: courses.courseWork().delete(
                    courseId=self._course_id, id=coursework_id
                )
            )
        except LmsRefused as refused:
            if refused.code != "column_gone":
                raise

    def topic(self, name: str) -> str:
        """The id of the course's topic of that name; made where there is none. Raises
        `LmsError`."""
        wanted = " ".join(name.split())[:LONGEST_TOPIC].strip()
        known = {row.get("name"): str(row["topicId"]) for row in self._topics()}
        if wanted in known:
            return known[wanted]
        made = self._call(
            lambda courses: courses.topics().create(
                courseId=self._course_id, body={"name": wanted}, fields="topicId"
            )
        )
        return str(made["topicId"])

    def _topics(self) -> Iterator[dict[str, Any]]:
        return self._pages(
            lambda courses, token: courses.topics().list(
                courseId=self._course_id,
                pageSize=PAGE,
                pageToken=token,
                fields="nextPageToken,topic(topicId,name)",
            ),
            "topic",
        )

    def _of_work(self, request: Callable[[Any], Any]) -> dict[str, Any]:
        """A request about one piece of coursework.

        Google says 404 alike for a course and for coursework it does not find, and calls what
        was deleted before a failed precondition.
        """
        try:
            return self._call(request, "column_gone")
        except LmsRefused as refused:
            if refused.code not in {"column_gone", "not_now"}:
                raise
            self._call(lambda courses: courses.get(id=self._course_id, fields="id"))
            raise LmsRefused("column_gone", refused.detail) from refused

    def _reason(self, refused: LmsRefused, topic_id: str) -> LmsError:
        """Google does not say what of a body it did not take: a look at the topics tells whether
        it was the topic."""
        if refused.code != "invalid" or not topic_id:
            return refused
        if topic_id in {str(row["topicId"]) for row in self._topics()}:
            return refused
        return LmsRefused("topic_gone", refused.detail)


_NAMES = {
    "title": ("title",),
    "is_out": ("state",),
    "scheduled_at": ("scheduledTime",),
    "max_points": ("maxPoints",),
    "due_at": ("dueDate", "dueTime"),
    "topic_id": ("topicId",),
}
"""Google's fields by ours; one that is in the mask and not in the body is cleared."""


def _changes(**fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if fields.get("title"):
        body["title"] = fields["title"]
    if fields.get("is_out"):
        body["state"] = "PUBLISHED"
    if fields.get("scheduled_at"):
        body["scheduledTime"] = _stamp(fields["scheduled_at"])
    if fields.get("max_points"):
        body["maxPoints"] = fields["max_points"]
    if fields.get("topic_id"):
        body["topicId"] = fields["topic_id"]
    if fields.get("due_at"):
        at: datetime = fields["due_at"].astimezone(UTC)
        body["dueDate"] = {"year": at.year, "month": at.month, "day": at.day}
        body["dueTime"] = {"hours": at.hour, "minutes": at.minute}
    return body


def _stamp(at: datetime) -> str:
    """A moment as Google reads it (RFC 3339), in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _user_ids(row: dict[str, Any]) -> tuple[str, ...] | None:
    options = row.get("individualStudentsOptions")
    return None if options is None else tuple(options.get("studentIds", ()))
