"""What Google answers when it does not do what was asked, in the port's words."""

import json
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import httplib2
from google.auth.exceptions import TransportError
from googleapiclient.errors import HttpError

from integrations import retry_after
from integrations.lms import LmsError, LmsRefused, LmsUnavailable

BUSY = {"rateLimitExceeded", "userRateLimitExceeded", "RESOURCE_EXHAUSTED"}

CODES = {
    "@ProjectPermissionDenied": "not_ours",
    "@CourseNotModifiable": "course_archived",
    "@ClassroomDisabled": "classroom_off",
    "@ClassroomApiDisabled": "classroom_api_off",
    "@EmptyAssignees": "no_students",
    "@CourseTopicLimitReached": "too_many_topics",
    # Of an add-on's attachments.
    "@ExpiredAddOnToken": "token_expired",
    "@InvalidAddOnToken": "token_not_yours",
    "@AttachmentNotVisible": "attachment_not_visible",
    "@UserIneligibleToModifyAttachment": "may_not_attach",
}
"""Google's own codes, with which its messages begin, where the way out is one of its own.
https://developers.google.com/workspace/classroom/troubleshooting/common-errors
https://developers.google.com/workspace/classroom/reference/addons_errors"""
NO_RIGHT = "The caller does not have permission"
"""Said to who is in no role for it; a scope that is missing is said otherwise."""


def call(request: Callable[[], Any], renew: Callable[[], None], gone: str) -> dict[str, Any]:
    """Make a request; a token that is no longer taken is renewed once. Raises `LmsError`."""
    for is_last in (False, True):
        try:
            answer = request()
            # The library hands on as it is what is no JSON: a proxy's page, half an answer.
            if not isinstance(answer, dict):
                raise LmsUnavailable("garbled")
            return answer
        except UnicodeDecodeError as error:
            raise LmsUnavailable("garbled") from error
        except HttpError as error:
            if error.status_code == 401 and not is_last:
                renew()
                continue
            raise in_our_words(error, gone) from error
        except TimeoutError as error:
            raise LmsUnavailable("timeout") from error
        except (OSError, HTTPException, httplib2.HttpLib2Error, TransportError) as error:
            raise LmsUnavailable("lost_connection", type(error).__name__) from error
    raise AssertionError("unreachable")


def in_our_words(error: HttpError, gone: str) -> LmsError:
    """One of Google's errors (`{error: {code, status, message}}`) as one of ours."""
    code, status, message, reasons = _read(error)
    wait = retry_after.seconds(error.resp.get("retry-after", ""))
    if code == 429 or status == "RESOURCE_EXHAUSTED" or reasons & BUSY:
        return LmsUnavailable("rate_limited", status, wait)
    if code >= 500 or code == 408:
        return LmsUnavailable("server_error", status, wait)
    named = message.split(maxsplit=1)[0] if message.startswith("@") else ""
    if named in CODES:
        return LmsRefused(CODES[named], status)
    if code == 401:
        return LmsRefused("sign_in_again", status)
    if code == 403:
        return LmsRefused("not_a_teacher" if NO_RIGHT in message else "forbidden", status)
    if code == 404:
        return LmsRefused(gone, status)
    return LmsRefused(
        "not_now" if status == "FAILED_PRECONDITION" else "invalid", f"{code} {status}"
    )


def _read(error: HttpError) -> tuple[int, str, str, set[str]]:
    try:
        body = json.loads(error.content)["error"]
        reasons = {str(inner.get("reason")) for inner in body.get("errors", [])}
        status, message = str(body.get("status", "")), str(body.get("message", ""))
        return int(error.status_code), status, message, reasons
    except (ValueError, KeyError, TypeError, AttributeError):
        return int(error.status_code), "", "", set()
