"""A Classroom course read for the mirror: what it holds, what changed, rubrics, grades."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any, Protocol

from integrations.classroom.resources import (
    COURSE_FIELDS,
    MATERIAL_FIELDS,
    RUBRIC_FIELDS,
    SUBMISSION_FIELDS,
    WAITING_FIELDS,
    WORK_FIELDS,
    course_of,
    criteria_of,
    material_of,
    moment,
    submission_of,
    work_of,
)
from integrations.lms import (
    Course,
    Coursework,
    Criterion,
    LmsError,
    Submission,
    SubmissionPage,
    Topic,
)

PAGE = 100
"""The most that Google gives of most lists; it shows 30 unless asked."""
FEW = 25
"""Rows to ask for where little or nothing is expected to have changed."""
LATELY = timedelta(hours=1)
ALL_STATES = ["PUBLISHED", "DRAFT", "DELETED"]


class Asks(Protocol):
    """What a source needs of the client."""

    def call(self, request: Callable[[Any], Any], gone: str = ...) -> dict[str, Any]:
        """Make one request."""
        ...

    def pages(
        self,
        request: Callable[[Any, str | None], Any],
        name: str,
        gone: str = ...,
    ) -> Iterator[dict[str, Any]]:
        """Every row of every page."""
        ...

    def batch(
        self, requests: Sequence[Callable[[Any], Any]], gone: str = ...
    ) -> Iterator[dict[str, Any] | LmsError]:
        """Make many requests."""
        ...


class ClassroomSource:
    """A course's content and grades."""

    def __init__(self, client: Asks, course_id: str) -> None:
        self._client = client
        self._course_id = course_id

    def course(self) -> Course:
        """The course itself."""
        return course_of(
            self._client.call(lambda courses: courses.get(id=self._course_id, fields=COURSE_FIELDS))
        )

    def topics(self) -> Iterator[Topic]:
        """Its topics."""
        rows = self._client.pages(
            lambda courses, token: courses.topics().list(
                courseId=self._course_id,
                pageSize=PAGE,
                pageToken=token,
                fields="nextPageToken,topic(topicId,name)",
            ),
            "topic",
        )
        return (Topic(row["topicId"], row.get("name", "")) for row in rows)

    def coursework(self, since: datetime | None = None) -> Iterator[Coursework]:
        """Its published coursework, then its materials.

        With `since`, of each list only what Google says was changed after that moment, deleted
        and drafts too: they come newest first, and reading stops at the first that is older.
        """
        states = ["PUBLISHED"] if since is None else ALL_STATES
        # After a moment that is long ago, mostly nothing changed; after one just now, as much as
        # somebody is putting in at the time.
        few = since is not None and since < datetime.now(UTC) - LATELY
        asked = {"pageSize": FEW if few else PAGE, "orderBy": "updateTime desc"}
        works = self._client.pages(
            lambda courses, token: courses.courseWork().list(
                courseId=self._course_id,
                courseWorkStates=states,
                pageToken=token,
                fields=f"nextPageToken,courseWork({WORK_FIELDS})",
                **asked,
            ),
            "courseWork",
        )
        for row in _after(works, since):
            yield work_of(row)
        materials = self._client.pages(
            lambda courses, token: courses.courseWorkMaterials().list(
                courseId=self._course_id,
                courseWorkMaterialStates=states,
                pageToken=token,
                fields=f"nextPageToken,courseWorkMaterial({MATERIAL_FIELDS})",
                **asked,
            ),
            "courseWorkMaterial",
        )
        for row in _after(materials, since):
            yield material_of(row)

    def rubrics(
        self, coursework_ids: Sequence[str]
    ) -> Iterator[tuple[str, tuple[Criterion, ...] | LmsError]]:
        """The criteria of each piece of coursework, in batches; or why they were not read.

        Google answers `INTERNAL` for some rubrics that it does not show to us.
        """

        def ask(coursework_id: str, courses: Any) -> Any:
            return (
                courses.courseWork()
                .rubrics()
                .list(courseId=self._course_id, courseWorkId=coursework_id, fields=RUBRIC_FIELDS)
            )

        requests = [partial(ask, coursework_id) for coursework_id in coursework_ids]
        answers = self._client.batch(requests, "column_gone")
        for coursework_id, answer in zip(coursework_ids, answers, strict=True):
            yield coursework_id, answer if isinstance(answer, LmsError) else criteria_of(answer)

    def submissions(self, coursework_id: str | None = None) -> Iterator[Submission]:
        """Every student's submission, to one piece of coursework or to all."""
        rows = self._client.pages(
            lambda courses, token: self._list(courses, coursework_id or "-", token),
            "studentSubmissions",
            "column_gone" if coursework_id else "course_gone",
        )
        return (submission_of(row) for row in rows)

    def submission_pages(self, begin: str | None = None) -> Iterator[SubmissionPage]:
        """All submissions a page at a time, each asked for only when it is needed."""
        token = begin
        while True:
            answer = self._client.call(lambda courses, at=token: self._list(courses, "-", at))  # type: ignore[misc]
            token = answer.get("nextPageToken") or None
            rows = answer.get("studentSubmissions", [])
            yield SubmissionPage(tuple(submission_of(row) for row in rows), token)
            if token is None:
                return

    def waiting(self) -> Sequence[Submission] | None:
        """Those that are turned in and not given back yet: one request."""
        answer = self._client.call(
            lambda courses: self._list(
                courses, "-", None, fields=WAITING_FIELDS, states=["TURNED_IN"]
            )
        )
        if answer.get("nextPageToken"):
            return None
        return [submission_of(row) for row in answer.get("studentSubmissions", [])]

    def _list(
        self,
        courses: Any,
        coursework_id: str,
        token: str | None,
        *,
        fields: str = SUBMISSION_FIELDS,
        **more: Any,
    ) -> Any:
        """A request for submissions; `-` stands for all coursework."""
        return (
            courses.courseWork()
            .studentSubmissions()
            .list(
                courseId=self._course_id,
                courseWorkId=coursework_id,
                pageSize=PAGE,
                pageToken=token,
                fields=f"nextPageToken,studentSubmissions({fields})",
                **more,
            )
        )


def _after(rows: Iterator[dict[str, Any]], since: datetime | None) -> Iterator[dict[str, Any]]:
    """Rows changed after `since`, of rows that come newest first."""
    if since is None:
        return rows
    return takewhile(lambda row: (moment(row.get("updateTime")) or since) > since, rows)
