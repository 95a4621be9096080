"""Who looks at an add-on's iframe, as Classroom knows it: the only word that counts.

https://developers.google.com/workspace/classroom/reference/rest/v1/courses.courseWork/getAddOnContext
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from google.oauth2.credentials import Credentials

from integrations.classroom.budget import Meter
from integrations.classroom.client import service_at
from integrations.classroom.refusals import call
from integrations.classroom.resources import COURSE_FIELDS, course_of
from integrations.lms import LmsRefused, LmsUnavailable

TIMEOUT_S = 5.0
"""Somebody waits for the page: less than for a worker's calls."""


@dataclass(frozen=True)
class Asked:
    """The item and attachment that somebody looks at."""

    course_id: str
    item_id: str
    item_type: str
    """The API's collection: `courseWork`, `courseWorkMaterials` or `announcements`."""
    attachment_id: str = ""
    add_on_token: str = ""
    """Where there is no attachment yet."""


@dataclass(frozen=True)
class Context:
    """Somebody's part in the course, and the work they may hand in there."""

    role: Literal["teacher", "student"]
    submission_id: str | None
    """Of a student, where the item takes work."""


def ask_context(api_url: str, access_token: str, asked: Asked, meter: Meter) -> Context:
    """Who looks, for a token that has one of the add-on's scopes.

    Raises `LmsRefused`: `not_in_course` (the course, the item or the attachment is not there for
    this account), `forbidden`, `sign_in_again` (the token ended); `LmsUnavailable`.
    """
    courses = service_at(api_url, Credentials(token=access_token), TIMEOUT_S).courses()
    answer = call(
        lambda: context_request(courses, asked).execute(num_retries=0),
        _over,
        "not_in_course",
        meter,
    )
    return context_of(answer)


def ask_title(api_url: str, access_token: str, course_id: str, meter: Meter) -> str:
    """What the course is called, for a token of somebody who lets us list their courses.

    Raises `LmsError`, as for a token without that scope.
    """
    courses = service_at(api_url, Credentials(token=access_token), TIMEOUT_S).courses()
    answer = call(
        lambda: courses.get(id=course_id, fields=COURSE_FIELDS).execute(num_retries=0),
        _over,
        "not_in_course",
        meter,
    )
    return course_of(answer).title


def context_request(courses: Any, asked: Asked) -> Any:
    """The request, of the API's `courses()` resource."""
    named = {"attachmentId": asked.attachment_id, "addOnToken": asked.add_on_token}
    collection: Callable[[], Any] = getattr(courses, asked.item_type)
    return collection().getAddOnContext(
        courseId=asked.course_id,
        itemId=asked.item_id,
        **{name: value for name, value in named.items() if value},
    )


def context_of(answer: dict[str, Any]) -> Context:
    """Google's answer. Raises `LmsRefused('not_in_course')` where it names no part in the course,
    and `LmsUnavailable('garbled')` for what is no context."""
    if "teacherContext" in answer:
        return Context("teacher", None)
    student = answer.get("studentContext")
    if student is None:
        raise LmsRefused("not_in_course", "neither teacher nor student")
    if not isinstance(student, dict):
        raise LmsUnavailable("garbled", "context")
    submission_id = student.get("submissionId")
    return Context("student", str(submission_id) if submission_id else None)


def _over() -> None:
    """A sign-in's token is not renewed: there is nothing to renew it with."""
    raise LmsRefused("sign_in_again", "the access token ended")


def owner_request(courses: Any, asked: Asked, submission_id: str) -> Any:
    """The request for whose work a submission is, of the API's `courses()` resource; for teachers.
    Its answer has the student's `userId`."""
    return (
        courses.courseWork()
        .addOnAttachments()
        .studentSubmissions()
        .get(
            courseId=asked.course_id,
            itemId=asked.item_id,
            attachmentId=asked.attachment_id,
            submissionId=submission_id,
            fields="id,userId",
        )
    )
