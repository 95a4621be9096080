"""Grades in Classroom: draft and assigned grade of a student's submission.

https://developers.google.com/workspace/classroom/guides/classroom-api/manage-grades
"""

import enum
from collections.abc import Callable
from typing import Any

from integrations.lms import ColumnDraft, LmsRefused, ScoreDraft, StandingScore

Call = Callable[..., dict[str, Any]]


class Grading(enum.StrEnum):
    """How far a grade goes by itself."""

    DRAFT = "draft"
    """Only teachers see it; they return it in Classroom."""
    ASSIGNED = "assigned"
    """It counts, and the student sees it."""
    RETURNED = "returned"
    """And turned-in work is given back with it."""


class ClassroomGradebook:
    """A course's grades; a column is a piece of coursework."""

    def __init__(self, call: Call, course_id: str, grading: Grading = Grading.ASSIGNED) -> None:
        self._call = call
        self._course_id = course_id
        self._grading = grading

    def find_or_create_column(self, draft: ColumnDraft) -> str:
        """Coursework is made by publishing it, never by the way: always refused."""
        raise LmsRefused("not_ours", draft.resource_id)

    def send(self, column_id: str, score: ScoreDraft) -> None:
        """Make the score draft and assigned grade, on the coursework's own maximum.

        Both at once: returning a submission does not copy the draft. Google takes the grade only
        from the project that created the coursework, and takes back only what was turned in: a
        student who handed in here has their grade without it.
        """
        points = _on_maximum(score, self._max_points(column_id))
        submission = self._submission(column_id, score.user_id)
        grades = {"draftGrade": points}
        if self._grading != Grading.DRAFT:
            grades["assignedGrade"] = points
        self._call(
            lambda courses: (
                courses.courseWork()
                .studentSubmissions()
                .patch(
                    courseId=self._course_id,
                    courseWorkId=column_id,
                    id=submission["id"],
                    updateMask=",".join(grades),
                    body=grades,
                    fields="id",
                )
            ),
            "column_gone",
        )
        if self._grading == Grading.RETURNED and submission.get("state") == "TURNED_IN":
            self._return(column_id, submission["id"])

    def _return(self, column_id: str, submission_id: str) -> None:
        try:
            self._call(
                lambda courses: (
                    courses.courseWork()
                    .studentSubmissions()
                    .return_(courseId=self._course_id, courseWorkId=column_id, id=submission_id)
                ),
                "column_gone",
            )
        except LmsRefused as refused:
            # The student took it back meanwhile, or a teacher was quicker: the grade stands.
            if refused.code != "not_now":
                raise

    def read(self, column_id: str, user_id: str) -> StandingScore | None:
        """The assigned grade; without one, a draft that stands there."""
        max_points = self._max_points(column_id)
        submission = self._submission(column_id, user_id)
        points = submission.get("assignedGrade", submission.get("draftGrade"))
        return None if points is None else StandingScore(user_id, points, max_points)

    def _max_points(self, column_id: str) -> float | None:
        """The coursework's maximum; None: ungraded. A draft has no submissions to grade.

        Google says 404 alike for a course and for coursework it does not find: a look at the
        course tells which.
        """
        try:
            work = self._call(
                lambda courses: courses.courseWork().get(
                    courseId=self._course_id, id=column_id, fields="id,state,maxPoints"
                ),
                "column_gone",
            )
        except LmsRefused as refused:
            if refused.code == "column_gone":
                self._call(lambda courses: courses.get(id=self._course_id, fields="id"))
            raise
        if work.get("state") == "DRAFT":
            raise LmsRefused("not_out")
        return work.get("maxPoints") or None

    def _submission(self, column_id: str, user_id: str) -> dict[str, Any]:
        """The student's submission to coursework that exists."""
        answer = self._call(
            lambda courses: (
                courses.courseWork()
                .studentSubmissions()
                .list(
                    courseId=self._course_id,
                    courseWorkId=column_id,
                    userId=user_id,
                    fields="studentSubmissions(id,state,draftGrade,assignedGrade)",
                )
            ),
            "not_a_student",
        )
        rows: list[dict[str, Any]] = answer.get("studentSubmissions", [])
        if not rows:
            raise LmsRefused("not_a_student")
        return rows[0]


def _on_maximum(score: ScoreDraft, max_points: float | None) -> float:
    """The score's points on the coursework's maximum: the same share of it.

    They differ where a teacher changed the coursework's points after the score was given.
    Ungraded coursework has no maximum: the points go as they are. Google keeps two decimals.
    """
    if max_points is None or max_points == score.max_points or score.max_points <= 0:
        return score.points
    return round(score.points * max_points / score.max_points, 2)
