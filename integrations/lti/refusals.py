"""What a platform's answer means, in the codes of `integrations.lms`.

Details never carry the platform's words: they may hold names, grades or tokens.
"""

import requests

from integrations import retry_after
from integrations.lms import LmsError, LmsRefused, LmsUnavailable

SERVER_ERRORS = 500
REFUSED_CODES = {401: "unauthorized", 403: "forbidden", 409: "newer_score"}
TIME_WORDS = ("timestamp", "submitted_at")
PERSON_WORDS = ("user", "student", "member", "enrol", "learner")


def retry_after_s(response: requests.Response) -> float | None:
    """Seconds the platform asks us to wait."""
    return retry_after.seconds(response.headers.get("Retry-After", ""))


def is_rate_limit(response: requests.Response) -> bool:
    """429, or Canvas's way of saying it: `403 Forbidden (Rate Limit Exceeded)`."""
    return response.status_code == 429 or (
        response.status_code == 403 and "rate limit" in response.text[:1000].lower()
    )


def service_error(response: requests.Response, *, gone: str) -> LmsError:
    """The error behind a service's refusal; `gone` is the code for a 404 at this address."""
    detail = f"HTTP {response.status_code}"
    if is_rate_limit(response):
        return LmsUnavailable("rate_limited", detail, retry_after_s(response))
    status = response.status_code
    if status >= SERVER_ERRORS or status == 408:
        return LmsUnavailable("server_error", detail, retry_after_s(response))
    if status in {404, 410}:
        return LmsRefused(gone, detail)
    return LmsRefused(REFUSED_CODES.get(status, "invalid"), detail)


def score_error(response: requests.Response, *, gone: str = "column_gone") -> LmsError:
    """The error behind a refused score.

    Canvas answers 400 to an older timestamp and 422 where the person is no student; Blackboard
    says the latter with 400.
    """
    words = response.text[:2000].lower()
    detail = f"HTTP {response.status_code}"
    if response.status_code == 400 and any(word in words for word in TIME_WORDS):
        return LmsRefused("newer_score", detail)
    if response.status_code == 400 and any(word in words for word in PERSON_WORDS):
        return LmsRefused("not_a_student", detail)
    if response.status_code == 422:
        tired = "attempt" in words or "scoremaximum" in words
        return LmsRefused("invalid" if tired else "not_a_student", detail)
    return service_error(response, gone=gone)


def token_error(response: requests.Response) -> LmsError:
    """The error behind a refused token: our key or client id are not accepted, or a scope is not
    granted (RFC 6749 §5.2)."""
    error = service_error(response, gone="unauthorized")
    if isinstance(error, LmsUnavailable):
        return error
    if "invalid_scope" in response.text[:1000]:
        return LmsRefused("forbidden", error.detail)
    return LmsRefused("unauthorized", error.detail)


def connection_error(error: requests.RequestException) -> LmsUnavailable:
    """A timeout or lost connection."""
    kind = "timeout" if isinstance(error, requests.Timeout) else "lost_connection"
    return LmsUnavailable(kind, type(error).__name__)
