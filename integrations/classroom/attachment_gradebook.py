"""Grades at an add-on's attachment: points earned, which grade sync puts into the gradebook."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.classroom.attachments import Attachment, Attachments, AttachmentWork, Item
from integrations.lms import ColumnDraft, LmsRefused, LmsUnavailable, ScoreDraft, StandingScore

Call = Callable[..., dict[str, Any]]
KnownSubmission = Callable[[str, str], str | None]
"""By column id and user id: the student's submission as Classroom told it at a view."""

CLOSE = 0.01
"""Grades keep two decimals."""


@dataclass(frozen=True)
class AttachmentColumn:
    """An attachment as a column of a gradebook."""

    item: Item
    attachment_id: str

    def __str__(self) -> str:
        return "/".join((self.item.type, self.item.course_id, self.item.id, self.attachment_id))

    @classmethod
    def of(cls, column_id: str) -> "AttachmentColumn":
        """The attachment behind a column's id."""
        item_type, course_id, item_id, attachment_id = column_id.split("/")
        return cls(Item(course_id, item_id, item_type), attachment_id)


class AttachmentGradebook:
    """Points at attachments of assignments, written on behalf of a teacher.

    Opened for one round of reading and sending: what it read of an attachment or a submission
    it does not ask again.
    """

    def __init__(
        self, call: Call, attachments: Callable[[Item], Attachments], known: KnownSubmission
    ) -> None:
        self._call = call
        self._attachments = attachments
        self._known = known
        self._seen: dict[str, Attachment] = {}
        self._works: dict[tuple[str, str], AttachmentWork] = {}

    def find_or_create_column(self, draft: ColumnDraft) -> str:
        """An attachment is made by a teacher, never by the way: always refused."""
        raise LmsRefused("attachment_gone", draft.resource_id)

    def send(self, column_id: str, score: ScoreDraft) -> None:
        """Make the score the points earned: the same share of the attachment's maximum."""
        column = AttachmentColumn.of(column_id)
        most = self._attachment(column).max_points
        if most is None:
            raise LmsUnavailable("attachment_ungraded")
        share = score.points / score.max_points if score.max_points > 0 else 0.0
        work = self._work(column, score.user_id)
        points = round(share * most, 2)
        self._attachments(column.item).give(column.attachment_id, work.id, points)

    def read(self, column_id: str, user_id: str) -> StandingScore | None:
        """The grade that counts: the gradebook's, where a teacher changed it there, else the
        points earned. Without a scope for the gradebook the points are all we see."""
        column = AttachmentColumn.of(column_id)
        attachment = self._attachment(column)
        work = self._work(column, user_id)
        if attachment.grade_sync:
            standing = self._in_gradebook(column, work, user_id)
            if standing is not None and not _is_copied(standing, work, attachment):
                return standing
        if work.points is None:
            return None
        return StandingScore(user_id, work.points, attachment.max_points)

    def _attachment(self, column: AttachmentColumn) -> Attachment:
        key = str(column)
        if key not in self._seen:
            self._seen[key] = self._attachments(column.item).get(column.attachment_id)
        return self._seen[key]

    def _work(self, column: AttachmentColumn, user_id: str) -> AttachmentWork:
        key = (str(column), user_id)
        if key not in self._works:
            self._works[key] = self._find_work(column, user_id)
        return self._works[key]

    def _find_work(self, column: AttachmentColumn, user_id: str) -> AttachmentWork:
        """The student's submission: as a view told it, else by its owner, where our scopes let
        us see owners. Else it is known once the student opens the attachment."""
        attachments = self._attachments(column.item)
        submission_id = self._known(str(column), user_id)
        if submission_id is not None:
            return attachments.work(column.attachment_id, submission_id)
        nameless = False
        for work in attachments.works(column.attachment_id):
            if work.user_id == user_id:
                return work
            nameless = nameless or not work.user_id
        raise LmsRefused("not_opened" if nameless else "not_a_student")

    def _in_gradebook(
        self, column: AttachmentColumn, work: AttachmentWork, user_id: str
    ) -> StandingScore | None:
        """The assignment's grade: the draft, which is newest, else the assigned one."""
        at = {"courseId": column.item.course_id, "courseWorkId": column.item.id}
        try:
            grades = self._call(
                lambda courses: (
                    courses.courseWork()
                    .studentSubmissions()
                    .get(**at, id=work.coursework_submission_id, fields="draftGrade,assignedGrade")
                ),
                "not_a_student",
            )
            points = grades.get("draftGrade", grades.get("assignedGrade"))
            if points is None:
                return None
            coursework = self._call(
                lambda courses: courses.courseWork().get(
                    courseId=column.item.course_id, id=column.item.id, fields="maxPoints"
                ),
                "attachment_gone",
            )
        except LmsRefused as refused:
            if refused.code != "forbidden":
                raise
            return None
        return StandingScore(user_id, points, coursework.get("maxPoints") or None)


def _is_copied(standing: StandingScore, work: AttachmentWork, attachment: Attachment) -> bool:
    """Whether the gradebook's grade is the points earned: the same number, or the same share
    where the assignment has another maximum."""
    if work.points is None or standing.points is None:
        return False
    if abs(standing.points - work.points) < CLOSE:
        return True
    if not standing.max_points or not attachment.max_points:
        return False
    share = work.points / attachment.max_points
    return abs(share * standing.max_points - standing.points) < CLOSE
