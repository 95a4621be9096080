"""Requests to platforms: always with a timeout, retried only where that is harmless."""

from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import Retry

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
PATIENCE_SECONDS = 3.0
"""A `Retry-After` up to this is waited for here; a longer one is the caller's to plan."""

BUSY = frozenset({429, 500, 502, 503, 504})


class ShortRetry(Retry):
    """Gives up at once, with the platform's answer, where it asks us to stay away for longer."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> "ShortRetry":
        """Count one more try; raises `MaxRetryError` (the answer is then returned) to stop."""
        asked = self.get_retry_after(response) if response is not None else None
        if asked is not None and asked > PATIENCE_SECONDS:
            raise MaxRetryError(_pool, url or "", None)  # type: ignore[arg-type]  # as urllib3 does
        return super().increment(method, url, response, error, _pool, _stacktrace)


class TimedAdapter(HTTPAdapter):
    """Adds a timeout to every request that has none; pylti1p3 gives none to any."""

    def __init__(self, connect_seconds: float, read_seconds: float, **kwargs: Any) -> None:
        self._timeout = (connect_seconds, read_seconds)
        super().__init__(**kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send with our timeout unless the caller set one."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        return super().send(request, **kwargs)


def http_session(
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
    *,
    tries: int = 3,
) -> requests.Session:
    """A session whose GETs are tried up to `tries` times, with jitter; POSTs are sent once."""
    retry = ShortRetry(
        total=tries - 1,
        status_forcelist=BUSY,
        allowed_methods={"GET"},
        backoff_factor=0.2,
        backoff_jitter=0.3,
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    session = requests.Session()
    adapter = TimedAdapter(connect_seconds, read_seconds, max_retries=retry)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.max_redirects = 3
    session.headers["User-Agent"] = "Pathways-LTI"
    return session
