"""A push of Pub/Sub: proven to be Google's, for us, and taken apart.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
https://developers.google.com/workspace/classroom/best-practices/push-notifications
"""

import base64
import enum
import json
from dataclasses import dataclass
from typing import Any

import jwt

from integrations.classroom.google_keys import KeptKeys
from integrations.classroom.sign_in import ALGORITHM, ISSUERS, LEEWAY_S
from integrations.lms import LmsRefused

MOST_TOKEN = 8 * 1024
LONGEST_ID = 255


class Changed(enum.StrEnum):
    """What a push says has changed: collections of the API, by Google's names."""

    WORK = "courses.courseWork"
    SUBMISSION = "courses.courseWork.studentSubmissions"
    STUDENT = "courses.students"
    TEACHER = "courses.teachers"


@dataclass(frozen=True)
class Told:
    """A change in a course. How it is now must be read: pushes come late, twice and in no order."""

    registration_id: str
    course_id: str
    changed: Changed
    coursework_id: str | None
    """Of the submission that changed; None for anything else."""


def must_be_googles(written: str, keys: KeptKeys, *, audience: str, account: str) -> None:
    """Raise unless the token (of the header `Authorization: Bearer …`) is signed by Google, now,
    for `audience`, in the name of the service account with the address `account`.

    Raises `LmsRefused`: `bad_token`, or `not_ours` for a token of Google's that is somebody
    else's; `LmsUnavailable` where Google's keys can't be had.
    """
    if not 0 < len(written) <= MOST_TOKEN or not written.isascii():
        raise LmsRefused("bad_token")
    try:
        claims: dict[str, Any] = jwt.decode(
            written,
            keys.key(str(jwt.get_unverified_header(written).get("kid"))),
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=ISSUERS,
            leeway=LEEWAY_S,
            options={"require": ["iss", "aud", "sub", "exp", "iat"]},
        )
    except jwt.InvalidAudienceError as error:
        raise LmsRefused("not_ours", "audience") from error
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise LmsRefused("bad_token", type(error).__name__) from error
    except RecursionError as error:
        raise LmsRefused("bad_token", "nested") from error
    address = claims.get("email")
    is_theirs = isinstance(address, str) and address.casefold() == account.casefold()
    if not is_theirs or claims.get("email_verified") is not True:
        raise LmsRefused("not_ours", "account")


def read_push(body: bytes) -> Told | None:
    """What a push says; None for a change of a sort that we do not know. Raises `ValueError` for
    what is no push of Classroom's."""
    try:
        message = _object(_object(json.loads(body)).get("message"))
        registration_id = _id(_object(message.get("attributes")).get("registrationId"))
        said = _object(json.loads(base64.b64decode(str(message.get("data")), validate=True)))
    except RecursionError as error:
        raise ValueError("nested") from error
    where = _object(said.get("resourceId"))
    course_id, collection = _id(where.get("courseId")), said.get("collection")
    if not isinstance(collection, str):
        raise ValueError("no collection")
    try:
        changed = Changed(collection)
    except ValueError:
        return None
    coursework_id = _id(where.get("courseWorkId")) if changed == Changed.SUBMISSION else None
    return Told(registration_id, course_id, changed, coursework_id)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _id(value: Any) -> str:
    # Not every text can be looked for in a database: no NUL, no half of a pair.
    fits = isinstance(value, str) and 0 < len(value) <= LONGEST_ID
    if not fits or not value.isascii() or not value.isprintable():
        raise ValueError("not an id")
    return str(value)
