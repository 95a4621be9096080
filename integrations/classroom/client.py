"""Google Classroom over google-api-python-client, behind the port of `integrations.lms`."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import google_auth_httplib2
import httplib2
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import BatchError, HttpError
from googleapiclient.http import BatchHttpRequest

from integrations.classroom.addresses import must_be_safe
from integrations.classroom.announcements import Announcements
from integrations.classroom.attachment_gradebook import AttachmentGradebook, KnownSubmission
from integrations.classroom.attachments import Attachments, Item
from integrations.classroom.budget import UNCOUNTED, Meter
from integrations.classroom.gradebook import ClassroomGradebook, Grading
from integrations.classroom.publishing import Publishing
from integrations.classroom.refusals import call, in_our_words
from integrations.classroom.registrations import Registrations
from integrations.classroom.resources import COURSE_FIELDS, MEMBER_FIELDS, course_of, member_of
from integrations.classroom.reused import Reused
from integrations.classroom.source import PAGE, ClassroomSource
from integrations.classroom.tokens import Tokens
from integrations.lms import Course, Group, LmsError, LmsRefused, LmsUnavailable, Member

TIMEOUT_S = 20
TRIES_ALONE = 2
LONGEST_WAIT_S = 2.0
"""A worker waits no longer for one call of a batch; a later run makes up for it."""


@cache
def _document() -> str:
    file = resources.files("googleapiclient").joinpath(
        "discovery_cache/documents/classroom.v1.json"
    )
    return file.read_text(encoding="utf-8")


@cache
def _batch_path() -> str:
    return str(json.loads(_document())["batchPath"])


def service_at(api_url: str, credentials: Credentials, timeout_s: float = TIMEOUT_S) -> Any:
    """The API's methods, at `api_url` (ending in a slash).

    The roots are replaced inside the document: the client option for the endpoint redirects
    single calls, while batches would still go to Google. Raises `ValueError` for an address where
    tokens would cross a network in the clear.
    """
    must_be_safe(api_url)
    return _built(api_url, _connection(credentials, timeout_s))


def _built(api_url: str, http: Any) -> Any:
    document = json.loads(_document())
    for root in ("rootUrl", "baseUrl", "mtlsRootUrl"):
        document[root] = api_url
    return build_from_document(document, http=http)


@lru_cache(maxsize=8)
def _api(api_url: str) -> Reused:
    """The API's resources, the same for everybody."""
    must_be_safe(api_url)
    return Reused(_built(api_url, httplib2.Http()))


def _connection(credentials: Credentials, timeout_s: float) -> Any:
    return google_auth_httplib2.AuthorizedHttp(
        credentials,
        http=httplib2.Http(timeout=timeout_s),
        # A 401 is told to the caller, who renews the token at one place.
        refresh_status_codes=(),
    )


class ClassroomClient:
    """Classroom on behalf of one teacher.

    `tokens` are the teacher's; `meter` counts what is asked; `timeout_s`: how long the API may
    take for one answer.
    """

    def __init__(
        self,
        api_url: str,
        tokens: Tokens,
        timeout_s: float = TIMEOUT_S,
        meter: Meter = UNCOUNTED,
    ) -> None:
        self._api_url = api_url
        self._tokens = tokens
        self._timeout_s = timeout_s
        self._meter = meter
        self._opened: tuple[str, Any] = ("", None)
        """A connection, with the token it was opened with."""

    @property
    def is_delegated(self) -> bool:
        """Whether the district's service account acts for the teacher. Push registrations need
        the teacher's own grant: Google makes none for a service account."""
        return self._tokens.is_delegated

    def quiet_s(self) -> float:
        """For how many seconds this client's work keeps quiet, for Google's limits; 0: it may
        ask."""
        return self._meter.quiet_s()

    def _made(self, request: Callable[[Any], Any], resource: str = "courses") -> Any:
        """A request, to be sent with a token that lives for some time yet."""
        token = self._tokens.current()
        if self._opened[0] != token:
            self._opened = (token, _connection(Credentials(token=token), self._timeout_s))
        made = request(getattr(_api(self._api_url), resource)())
        made.http = self._opened[1]
        return made

    def access_token(self) -> str:
        """A token that lives for some time yet, for another of Google's APIs. Raises `LmsError`."""
        return self._tokens.current()

    def renew(self) -> None:
        """Have a new access token. Raises `LmsError`."""
        self._tokens.renew()

    def call(
        self,
        request: Callable[[Any], Any],
        gone: str = "course_gone",
        resource: str = "courses",
    ) -> dict[str, Any]:
        """Make one request (a function of a resource of the service); returns its answer.

        A token that Google no longer takes is renewed once. Raises `LmsError`; a 404 is refused
        with the code `gone`.
        """
        return call(
            lambda: self._made(request, resource).execute(num_retries=0),
            self.renew,
            gone,
            self._meter,
        )

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

    def batch(
        self, requests: Sequence[Callable[[Any], Any]], gone: str = "course_gone"
    ) -> Iterator[dict[str, Any] | LmsError]:
        """Make many requests (that may be made twice) in batches; for each, in order, its answer
        or why there is none.

        Google counts every one of them. One that Google was too busy for is tried again alone,
        after as long as Google asks for, a few times. Raises `LmsError` where a batch as a whole
        is refused.
        """
        at_once = self._meter.at_once
        for begin in range(0, len(requests), at_once):
            some = requests[begin : begin + at_once]
            for request, result in zip(some, self._batched(some, gone), strict=True):
                yield self._again(request, result, gone)

    def _batched(
        self, requests: Sequence[Callable[[Any], Any]], gone: str
    ) -> list[dict[str, Any] | LmsError]:
        results: dict[str, dict[str, Any] | LmsError] = {}

        def note(number: str, answer: Any, error: HttpError | None) -> None:
            if error is not None:
                refused = in_our_words(error, gone)
                self._meter.told(refused)
                results[number] = refused
            else:
                results[number] = answer if isinstance(answer, dict) else LmsUnavailable("garbled")

        def send() -> dict[str, Any]:
            made = BatchHttpRequest(callback=note, batch_uri=f"{self._api_url}{_batch_path()}")
            for number, request in enumerate(requests):
                made.add(self._made(request), request_id=str(number))
            try:
                made.execute()
            except RefreshError as error:
                # What the library makes of a call that was answered 401.
                raise HttpError(httplib2.Response({"status": 401}), b"") from error
            except (BatchError, LookupError, TypeError, ValueError) as error:
                raise LmsUnavailable("garbled", "batch") from error
            return {}

        call(send, self.renew, gone, self._meter, len(requests))
        return [results[str(number)] for number in range(len(requests))]

    def _again(
        self, request: Callable[[Any], Any], result: dict[str, Any] | LmsError, gone: str
    ) -> dict[str, Any] | LmsError:
        """`result`, or what became of trying again alone."""
        for tried in range(TRIES_ALONE):
            if not isinstance(result, LmsUnavailable):
                break
            # Without a word from Google: longer each time, and never in step with others.
            wait = result.retry_after or 2**tried * random.uniform(0.5, 1)  # noqa: S311
            if wait > LONGEST_WAIT_S:
                break
            time.sleep(wait)
            try:
                result = self.call(request, gone)
            except LmsError as error:
                result = error
        return result

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

    def source(self, course_id: str) -> ClassroomSource:
        """A course to mirror."""
        return ClassroomSource(self, course_id)

    def roster(self, course_id: str) -> "ClassroomRoster":
        """A course's people."""
        return ClassroomRoster(self, course_id)

    def announcements(self, course_id: str) -> Announcements:
        """A course's stream."""
        return Announcements(self.call, course_id)

    def gradebook(self, course_id: str, grading: Grading = Grading.ASSIGNED) -> ClassroomGradebook:
        """A course's grades; `grading` says how far they go."""
        return ClassroomGradebook(self.call, course_id, grading)

    def publishing(self, course_id: str) -> Publishing:
        """A course's coursework of ours."""
        return Publishing(self.call, self.pages, course_id)

    def registrations(self, topic: str) -> Registrations:
        """What Google tells a Pub/Sub topic of. Raises `LmsRefused('scope_missing')` with a service
        account's tokens: for this Google asks for the teacher's own grant."""
        if self.is_delegated:
            raise LmsRefused("scope_missing", "delegated")
        return Registrations(self.call, topic)

    def attachments(self, item: Item) -> Attachments:
        """A post's attachments of this project."""
        return Attachments(self.call, self.pages, item)

    def attachment_gradebook(self, known: KnownSubmission) -> AttachmentGradebook:
        """Grades at attachments; `known` tells a student's submission where it was seen."""
        return AttachmentGradebook(self.call, self.attachments, known)


class ClassroomRoster:
    """Teachers and students of a course. Google tells neither differences nor, here, groups."""

    differences_url: str | None = None
    offers_groups = False

    def __init__(self, client: ClassroomClient, course_id: str) -> None:
        self._client = client
        self._course_id = course_id

    def members(self) -> Iterator[Member]:
        """All pages: Google shows 30 at first."""
        yield from self._of("teacher", "teachers", MEMBER_FIELDS)
        yield from self._of("student", "students", MEMBER_FIELDS)

    def student_ids(self) -> Iterator[str]:
        """Google's ids of the students, all pages."""
        return (member.user_id for member in self._of("student", "students", "userId"))

    def changes(self, differences_url: str) -> Iterator[Member]:
        """Always refused: there is no such address."""
        raise LmsRefused("invalid", differences_url)

    def groups(self) -> Iterator[Group]:
        """None."""
        return iter(())

    def _of(self, role: str, name: str, fields: str) -> Iterator[Member]:
        rows = self._client.pages(
            lambda courses, token: getattr(courses, name)().list(
                courseId=self._course_id,
                pageSize=PAGE,
                pageToken=token,
                fields=f"nextPageToken,{name}({fields})",
            ),
            name,
        )
        return (member_of(row, role) for row in rows)
