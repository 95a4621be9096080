"""Google Classroom over google-api-python-client, behind the port of `integrations.lms`."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document

from integrations.classroom.addresses import must_be_safe
from integrations.classroom.announcements import Announcements
from integrations.classroom.gradebook import ClassroomGradebook
from integrations.classroom.refusals import call
from integrations.classroom.resources import (
    COURSE_FIELDS,
    MATERIAL_FIELDS,
    SUBMISSION_FIELDS,
    WORK_FIELDS,
    course_of,
    material_of,
    member_of,
    submission_of,
    work_of,
)
from integrations.classroom.tokens import Tokens
from integrations.lms import Course, Coursework, Member, Submission, Topic

TIMEOUT_S = 20
PAGE = 100


@cache
def _document() -> str:
    file = resources.files("googleapiclient").joinpath(
        "discovery_cache/documents/classroom.v1.json"
    )
    return file.read_text(encoding="utf-8")


def service_at(api_url: str, credentials: Credentials, timeout_s: float = TIMEOUT_S) -> Any:
    """The API's methods, at `api_url` (ending in a slash).

    The roots are replaced inside the document: the client option for the endpoint redirects
    single calls, while batches would still go to Google. Raises `ValueError` for an address where
    tokens would cross a network in the clear.
    """
    must_be_safe(api_url)
    document = json.loads(_document())
    for root in ("rootUrl", "baseUrl", "mtlsRootUrl"):
        document[root] = api_url
    http = google_auth_httplib2.AuthorizedHttp(
        credentials,
        http=httplib2.Http(timeout=timeout_s),
        # A 401 is told to the caller, who renews the token at one place.
        refresh_status_codes=(),
    )
    return build_from_document(document, http=http)


class ClassroomClient:
    """Classroom on behalf of one teacher.

    `tokens` are the teacher's; `timeout_s`: how long the API may take for one answer.
    """

    def __init__(self, api_url: str, tokens: Tokens, timeout_s: float = TIMEOUT_S) -> None:
        self._api_url = api_url
        self._tokens = tokens
        self._timeout_s = timeout_s
        self._opened: tuple[str, Any] = ("", None)
        """The service, with the token it was opened with."""

    @property
    def is_delegated(self) -> bool:
        """Whether the district's service account acts for the teacher. Push registrations need
        the teacher's own grant: Google makes none for a service account."""
        return self._tokens.is_delegated

    def _open(self) -> Any:
        """The service with a token that lives for some time yet."""
        token = self._tokens.current()
        if self._opened[0] != token:
            service = service_at(self._api_url, Credentials(token=token), self._timeout_s)
            self._opened = (token, service.courses())
        return self._opened[1]

    def access_token(self) -> str:
        """A token that lives for some time yet, for another of Google's APIs. Raises `LmsError`."""
        return self._tokens.current()

    def renew(self) -> None:
        """Have a new access token. Raises `LmsError`."""
        self._tokens.renew()

    def call(self, request: Callable[[Any], Any], gone: str = "course_gone") -> dict[str, Any]:
        """Make one request (a function of the `courses()` resource); returns its answer.

        A token that Google no longer takes is renewed once. Raises `LmsError`; a 404 is refused
        with the code `gone`.
        """
        return call(lambda: request(self._open()).execute(num_retries=0), self.renew, gone)

    def pages(
        self, request: Callable[[Any, str | None], Any], name: str, gone: str = "course_gone"
    ) -> Iterator[dict[str, Any]]:
        """Every row of every page, one page in memory at a time."""
        token: str | None = None
        while True:
            at = token
            answer = self.call(lambda courses, at=at: request(courses, at), gone)  # type: ignore[misc]
            yield from answer.get(name, [])
            token = answer.get("nextPageToken")
            if not token:
                return

    def courses(self) -> Iterator[Course]:
        """Active courses this teacher teaches."""
        rows = self.pages(
            lambda courses, token: courses.list(
                teacherId="me",
                courseStates=["ACTIVE"],
                pageSize=PAGE,
                pageToken=token,
                fields=f"nextPageToken,courses({COURSE_FIELDS})",
            ),
            "courses",
        )
        return (course_of(row) for row in rows)

    def source(self, course_id: str) -> "ClassroomSource":
        """A course to mirror."""
        return ClassroomSource(self, course_id)

    def roster(self, course_id: str) -> "ClassroomRoster":
        """A course's people."""
        return ClassroomRoster(self, course_id)

    def announcements(self, course_id: str) -> Announcements:
        """A course's stream."""
        return Announcements(self.call, course_id)

    def gradebook(self, course_id: str) -> ClassroomGradebook:
        """A course's grades."""
        return ClassroomGradebook(self.call, course_id)


class ClassroomRoster:
    """Teachers and students of a course."""

    def __init__(self, client: ClassroomClient, course_id: str) -> None:
        self._client = client
        self._course_id = course_id

    def members(self) -> Iterator[Member]:
        """All pages: Google shows 30 at first."""
        fields = "userId,profile(name/fullName,emailAddress)"
        for role, name in (("teacher", "teachers"), ("student", "students")):
            rows = self._client.pages(
                lambda courses, token, name=name: getattr(courses, name)().list(  # type: ignore[misc]
                    courseId=self._course_id,
                    pageSize=PAGE,
                    pageToken=token,
                    fields=f"nextPageToken,{name}({fields})",
                ),
                name,
            )
            for row in rows:
                yield member_of(row, role)


class ClassroomSource:
    """A course's content and grades."""

    def __init__(self, client: ClassroomClient, course_id: str) -> None:
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

    def coursework(self) -> Iterator[Coursework]:
        """Its published coursework, then its materials."""
        works = self._client.pages(
            lambda courses, token: courses.courseWork().list(
                courseId=self._course_id,
                courseWorkStates=["PUBLISHED"],
                pageSize=PAGE,
                pageToken=token,
                fields=f"nextPageToken,courseWork({WORK_FIELDS})",
            ),
            "courseWork",
        )
        for row in works:
            yield work_of(row)
        materials = self._client.pages(
            lambda courses, token: courses.courseWorkMaterials().list(
                courseId=self._course_id,
                courseWorkMaterialStates=["PUBLISHED"],
                pageSize=PAGE,
                pageToken=token,
                fields=f"nextPageToken,courseWorkMaterial({MATERIAL_FIELDS})",
            ),
            "courseWorkMaterial",
        )
        for row in materials:
            yield material_of(row)

    def submissions(self) -> Iterator[Submission]:
        """Every student's submission to every piece of coursework (`-` stands for all)."""
        rows = self._client.pages(
            lambda courses, token: (
                courses.courseWork()
                .studentSubmissions()
                .list(
                    courseId=self._course_id,
                    courseWorkId="-",
                    pageSize=PAGE,
                    pageToken=token,
                    fields=f"nextPageToken,studentSubmissions({SUBMISSION_FIELDS})",
                )
            ),
            "studentSubmissions",
        )
        return (submission_of(row) for row in rows)
