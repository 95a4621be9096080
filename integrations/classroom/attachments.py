"""Add-on attachments of a post in Classroom, and the points that stand at them.

https://developers.google.com/workspace/classroom/reference/rest/v1/courses.courseWork.addOnAttachments
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.classroom.resources import due_of

LONGEST_TITLE = 1_000
LONGEST_ADDRESS = 1_800
PAGE = 20
FIELDS = (
    "id,title,teacherViewUri/uri,studentViewUri/uri,studentWorkReviewUri/uri,maxPoints,"
    "dueDate,dueTime,gradeSyncEnabled,copyHistory(courseId,itemId,attachmentId)"
)
SUBMISSION_FIELDS = "id,courseWorkSubmissionId,userId,pointsEarned"

Call = Callable[..., dict[str, Any]]
Pages = Callable[..., Iterator[dict[str, Any]]]


@dataclass(frozen=True)
class Item:
    """A post that carries attachments."""

    course_id: str
    id: str
    type: str
    """`courseWork`, `courseWorkMaterials` or `announcements`, as in the API's paths."""

    @property
    def takes_work(self) -> bool:
        """Only an assignment has students' work, and grades."""
        return self.type == "courseWork"


@dataclass(frozen=True)
class Origin:
    """What an attachment was copied from when a teacher copied its post or course."""

    course_id: str
    item_id: str
    attachment_id: str


@dataclass(frozen=True)
class AttachmentDraft:
    """What an attachment shall be."""

    title: str
    teacher_url: str
    student_url: str
    review_url: str = ""
    """Where a teacher sees one student's work; empty: there is none to see."""
    max_points: float | None = None
    """None: no grades are passed back. Needs a `review_url`."""
    due_at: datetime | None = None


@dataclass(frozen=True)
class Attachment:
    """An attachment as Classroom has it."""

    id: str
    title: str
    student_url: str
    max_points: float | None
    due_at: datetime | None
    grade_sync: bool
    """Its points stand in the assignment's gradebook, too: of one attachment at most."""
    origins: tuple[Origin, ...]
    """Oldest first."""


@dataclass(frozen=True)
class AttachmentWork:
    """A student's submission at an attachment."""

    id: str
    coursework_submission_id: str
    user_id: str
    """Empty where our scopes do not let us know."""
    points: float | None


class Attachments:
    """A post's attachments of this project."""

    def __init__(self, call: Call, pages: Pages, item: Item) -> None:
        self._call = call
        self._pages = pages
        self._item = item
        self._of_item = {"courseId": item.course_id, "itemId": item.id}

    def _on(self, courses: Any) -> Any:
        return getattr(courses, self._item.type)().addOnAttachments()

    def all(self) -> list[Attachment]:
        """All of them, all pages."""
        rows = self._pages(
            lambda courses, token: self._on(courses).list(
                **self._of_item,
                pageSize=PAGE,
                pageToken=token,
                fields=f"nextPageToken,addOnAttachments({FIELDS})",
            ),
            "addOnAttachments",
            "item_gone",
        )
        return [_attachment(row) for row in rows]

    def get(self, attachment_id: str) -> Attachment:
        """One. Raises `LmsRefused('attachment_gone')`."""
        return _attachment(
            self._call(
                lambda courses: self._on(courses).get(
                    **self._of_item, attachmentId=attachment_id, fields=FIELDS
                ),
                "attachment_gone",
            )
        )

    def create(self, draft: AttachmentDraft, add_on_token: str = "") -> Attachment:
        """Attach something. Google asks for the iframe's token, unless the post is our own."""
        let = {"addOnToken": add_on_token} if add_on_token else {}
        return _attachment(
            self._call(
                lambda courses: self._on(courses).create(
                    **self._of_item, **let, body=_body(draft), fields=FIELDS
                ),
                "item_gone",
            )
        )

    def update(self, attachment_id: str, draft: AttachmentDraft) -> None:
        """Make an attachment what the draft says; what the draft has not is cleared."""
        self._call(
            lambda courses: self._on(courses).patch(
                **self._of_item,
                attachmentId=attachment_id,
                updateMask="title,teacherViewUri,studentViewUri,studentWorkReviewUri,"
                "maxPoints,dueDate,dueTime",
                body=_body(draft),
                fields="id",
            ),
            "attachment_gone",
        )

    def delete(self, attachment_id: str) -> None:
        """Take it away. Raises `LmsRefused('attachment_gone')`."""
        self._call(
            lambda courses: self._on(courses).delete(**self._of_item, attachmentId=attachment_id),
            "attachment_gone",
        )

    def works(self, attachment_id: str) -> Iterator[AttachmentWork]:
        """Students' submissions: of all for a teacher, of an assignment's attachment."""
        rows = self._pages(
            lambda courses, token: (
                self._on(courses)
                .studentSubmissions()
                .list(
                    **self._of_item,
                    attachmentId=attachment_id,
                    pageToken=token,
                    fields=f"nextPageToken,addOnAttachmentStudentSubmissions({SUBMISSION_FIELDS})",
                )
            ),
            "addOnAttachmentStudentSubmissions",
            "attachment_gone",
        )
        return (_work(row) for row in rows)

    def work(self, attachment_id: str, submission_id: str) -> AttachmentWork:
        """One. Raises `LmsRefused('not_a_student')` where the student left."""
        return _work(
            self._call(
                lambda courses: (
                    self._on(courses)
                    .studentSubmissions()
                    .get(
                        **self._of_item,
                        attachmentId=attachment_id,
                        submissionId=submission_id,
                        fields=SUBMISSION_FIELDS,
                    )
                ),
                "not_a_student",
            )
        )

    def give(self, attachment_id: str, submission_id: str, points: float) -> None:
        """Set the points a student earned, of the attachment's maximum."""
        self._call(
            lambda courses: (
                self._on(courses)
                .studentSubmissions()
                .patch(
                    **self._of_item,
                    attachmentId=attachment_id,
                    submissionId=submission_id,
                    updateMask="pointsEarned",
                    body={"pointsEarned": points},
                    fields="id",
                )
            ),
            "not_a_student",
        )


def whole_points(max_points: float) -> int:
    """A checkpoint's maximum as Google takes it: a whole number, never less."""
    return math.ceil(max_points)


def _body(draft: AttachmentDraft) -> dict[str, Any]:
    body: dict[str, Any] = {
        "title": draft.title[:LONGEST_TITLE],
        "teacherViewUri": {"uri": draft.teacher_url},
        "studentViewUri": {"uri": draft.student_url},
    }
    if draft.review_url:
        body["studentWorkReviewUri"] = {"uri": draft.review_url}
        if draft.max_points:
            body["maxPoints"] = whole_points(draft.max_points)
    if draft.due_at is not None:
        due = draft.due_at.astimezone(UTC)
        body["dueDate"] = {"year": due.year, "month": due.month, "day": due.day}
        body["dueTime"] = {"hours": due.hour, "minutes": due.minute}
    return body


def _attachment(row: dict[str, Any]) -> Attachment:
    return Attachment(
        id=row["id"],
        title=row.get("title", ""),
        student_url=row.get("studentViewUri", {}).get("uri", ""),
        max_points=row.get("maxPoints") or None,
        due_at=due_of(row.get("dueDate"), row.get("dueTime")),
        grade_sync=bool(row.get("gradeSyncEnabled")),
        origins=tuple(
            Origin(one.get("courseId", ""), one.get("itemId", ""), one.get("attachmentId", ""))
            for one in row.get("copyHistory", [])
        ),
    )


def _work(row: dict[str, Any]) -> AttachmentWork:
    return AttachmentWork(
        id=row["id"],
        coursework_submission_id=row.get("courseWorkSubmissionId", ""),
        user_id=row.get("userId", ""),
        points=row.get("pointsEarned"),
    )
