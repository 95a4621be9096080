"""Google Classroom over google-api-python-client, behind the port of `integrations.lms`."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

import google_auth_httplib2
import httplib2
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document

from integrations.classroom import oauth
from integrations.classroom.addresses import must_be_safe
from integrations.classroom.announcements import Announcements
from integrations.classroom.attachment_gradebook import AttachmentGradebook, KnownSubmission
from integrations.classroom.attachments import Attachments, Item
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
from integrations.lms import Course, Coursework, Member, Submission, Topic

TIMEOUT_S = 20
RENEW_EARLY = timedelta(minutes=2)
PAGE = 100


@dataclass(frozen=True)
class StoredGrant:
    """A teacher's grant as it was kept."""

    refresh_token: str
    access_token: str | None
    expires_at: datetime | None
    scopes: tuple[str, ...]


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

    `on_refresh` is called with a new access token and its end, to be kept for other workers.
    `timeout_s`: how long the API may take for one answer.
    """

    def __init__(
        self,
        api_url: str,
        grant: StoredGrant,
        client: oauth.OAuthClient,
        on_refresh: Callable[[str, datetime], None],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._api_url = api_url
        self._grant = grant
        self._client = client
        self._on_refresh = on_refresh
        self._timeout_s = timeout_s
        self._service: Any = None

    def _open(self) -> Any:
        """The service with a token that lives for some time yet."""
        grant = self._grant
        soon = datetime.now(UTC) + RENEW_EARLY
        if not grant.access_token or not grant.expires_at or grant.expires_at < soon:
            self._renew()
        if self._service is None:
            self._service = service_at(
                self._api_url, Credentials(token=self._grant.access_token), self._timeout_s
            ).courses()
        return self._service

    def access_token(self) -> str:
        """A token that lives for some time yet, for another of Google's APIs. Raises `LmsError`."""
        self._open()
        return str(self._grant.access_token)

    def renew(self) -> None:
        """Have a new access token. Raises `LmsError`."""
        self._renew()

    def _renew(self) -> None:
        token, ends = oauth.refresh(self._client, self._grant.refresh_token)
        self._grant = StoredGrant(self._grant.refresh_token, token, ends, self._grant.scopes)
        self._service = None
        self._on_refresh(token, ends)

    def call(self, request: Callable[[Any], Any], gone: str = "course_gone") -> dict[str, Any]:
        """Make one request (a function of the `courses()` resource); returns its answer.

        A token that Google no longer takes is renewed once. Raises `LmsError`; a 404 is refused
        with the code `gone`.
        """
        return call(lambda: request(self._open()).execute(num_retries=0), self._renew, gone)

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

    def attachments(self, item: Item) -> Attachments:
        """A post's attachments of this project."""
        return Attachments(self.call, self.pages, item)

    def attachment_gradebook(self, known: KnownSubmission) -> AttachmentGradebook:
        """Grades at attachments; `known` tells a student's submission where it was seen."""
        return AttachmentGradebook(self.call, self.attachments, known)


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
