"""Grades in Classroom: draft and assigned grade of a student's submission."""

from collections.abc import Callable
from typing import Any

from integrations.classroom.resources import SUBMISSION_FIELDS
from integrations.lms import ColumnDraft, LmsRefused, ScoreDraft, StandingScore

Call = Callable[..., dict[str, Any]]


class ClassroomGradebook:
    """A course's grades; a column is a piece of coursework."""

    def __init__(self, call: Call, course_id: str) -> None:
        self._call = call
        self._course_id = course_id

    def find_or_create_column(self, draft: ColumnDraft) -> str:
        """Coursework is made by publishing it, never by the way: always refused."""
        raise LmsRefused("not_ours", draft.resource_id)

    def send(self, column_id: str, score: ScoreDraft) -> None:
        """Make the score draft and assigned grade.

        Both at once: returning a submission does not copy the draft. Google takes the grade only
        from the project that created the coursework.
        """
        submission = self._submission(column_id, score.user_id)
        grade = {"draftGrade": score.points, "assignedGrade": score.points}
        self._call(
            lambda courses: (
                courses.courseWork()
                .studentSubmissions()
                .patch(
                    courseId=self._course_id,
                    courseWorkId=column_id,
                    id=submission["id"],
                    updateMask="draftGrade,assignedGrade",
                    body=grade,
                    fields="id",
                )
            ),
            "column_gone",
        )

    def read(self, column_id: str, user_id: str) -> StandingScore | None:
        """The assigned grade."""
        submission = self._submission(column_id, user_id)
        if "assignedGrade" not in submission:
            return None
        return StandingScore(user_id, submission["assignedGrade"])

    def _submission(self, column_id: str, user_id: str) -> dict[str, Any]:
        """The student's submission. Google says 404 for a coursework and for a student it does
        not find: a second look at the coursework tells which."""
        try:
            answer = self._call(
                lambda courses: (
                    courses.courseWork()
                    .studentSubmissions()
                    .list(
                        courseId=self._course_id,
                        courseWorkId=column_id,
                        userId=user_id,
                        fields=f"studentSubmissions({SUBMISSION_FIELDS})",
                    )
                ),
                "not_found",
            )
        except LmsRefused as refused:
            if refused.code == "not_found":
                self._call(
                    lambda courses: courses.courseWork().get(
                        courseId=self._course_id, id=column_id, fields="id"
                    ),
                    "column_gone",
                )
                raise LmsRefused("not_a_student") from refused
            raise
        rows: list[dict[str, Any]] = answer.get("studentSubmissions", [])
        if not rows:
            raise LmsRefused("not_a_student")
        return rows[0]
