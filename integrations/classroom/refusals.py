"""What Google answers when it does not do what was asked, in the port's words."""

import json
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import httplib2
from google.auth.exceptions import TransportError
from googleapiclient.errors import HttpError

from integrations import retry_after
from integrations.classroom.budget import Limit, Meter
from integrations.lms import LmsError, LmsRefused, LmsUnavailable

LIMITS: dict[str, Limit] = {
    "rateLimitExceeded": "project",
    "RATE_LIMIT_EXCEEDED": "project",
    "quotaExceeded": "project",
    "userRateLimitExceeded": "user",
    "dailyLimitExceeded": "day",
}
"""Reasons of a 403 or 429, and which limit each is of where the quota's own name is not told.
https://developers.google.com/workspace/classroom/limits#resolve_time-based_quota_errors"""

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


def call(
    request: Callable[[], Any],
    renew: Callable[[], None],
    gone: str,
    meter: Meter,
    count: int = 1,
) -> dict[str, Any]:
    """Make a request; a token that is no longer taken is renewed once. Raises `LmsError`.

    Whatever reaches the Classroom API passes here, and is counted here: `count` calls in one.
    """
    for is_last in (False, True):
        meter.take(count)
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
            refused = in_our_words(error, gone)
            meter.told(refused)
            raise refused from error
        except TimeoutError as error:
            raise LmsUnavailable("timeout") from error
        except (OSError, HTTPException, httplib2.HttpLib2Error, TransportError) as error:
            raise LmsUnavailable("lost_connection", type(error).__name__) from error
    raise AssertionError("unreachable")


def in_our_words(error: HttpError, gone: str) -> LmsError:
    """One of Google's errors (`{error: {code, status, message}}`) as one of ours."""
    code, status, message, reasons, quota = _read(error)
    wait = retry_after.seconds(error.resp.get("retry-after", ""))
    if code == 429 or status == "RESOURCE_EXHAUSTED" or reasons & LIMITS.keys():
        limit = _limit_of(reasons, f"{quota} {message}")
        return LmsUnavailable("rate_limited", status, wait, limit=limit)
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


def _limit_of(reasons: set[str], named: str) -> Limit:
    """Which limit is reached. Newer answers name the quota (`quota_limit` of an `ErrorInfo`, as
    `…PerMinutePerUser`, and in the message); older ones have only a reason."""
    name = named.replace(" ", "").casefold()
    if "perday" in name:
        return "day"
    if "peruser" in name:
        return "user"
    known = {LIMITS[reason] for reason in reasons & LIMITS.keys()}
    return next((limit for limit in ("day", "user") if limit in known), "project")


def _read(error: HttpError) -> tuple[int, str, str, set[str], str]:
    """Code, status, message, reasons (old style and new), and the name of a quota."""
    try:
        body = json.loads(error.content)["error"]
        details = [one for one in body.get("details", []) if isinstance(one, dict)]
        reasons = {str(inner.get("reason")) for inner in [*body.get("errors", []), *details]}
        quotas = [(one.get("metadata") or {}).get("quota_limit", "") for one in details]
        status, message = str(body.get("status", "")), str(body.get("message", ""))
        return int(error.status_code), status, message, reasons, " ".join(map(str, quotas))
    except (ValueError, KeyError, TypeError, AttributeError):
        return int(error.status_code), "", "", set(), ""
