"""How often one address may ask: Flask-Limiter, without what it does for limits we do not set."""

import threading
import time

from flask import Flask, Response
from flask_limiter import Limiter
from limits.storage import Storage

SWEPT_EVERY_S = 60.0
TOO_MANY = 429


class PageLimiter(Limiter):
    """Limits that stand at single pages (`@limiter.limit`); there are none for all pages."""

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        # In the middleware the library looks, before each request, for limits of all pages.
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)

    def init_app(self, app: Flask) -> None:
        """Set up; whoever asked too often is told when to come again."""
        super().init_app(app)
        app.after_request(self._say_when)

    def _say_when(self, response: Response) -> Response:
        # The library's own headers, on every answer, ask the storage twice more each time.
        limit = self.current_limit if response.status_code == TOO_MANY else None
        if limit is not None:
            response.headers["Retry-After"] = str(max(1, round(limit.reset_at - time.time())))
        return response


class ProcessCounts(Storage):
    """Counts in the memory of this process, in place of the library's own for `memory://`.

    That one starts a thread at every hit, to forget what is over. Here whoever comes first in a
    minute does that.
    """

    STORAGE_SCHEME = ["memory"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}
        """By key: how many, and when they are over (seconds since 1970)."""
        self._swept_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a broken storage would raise; memory does not break."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` more; a new count is over in `expiry` seconds. Returns the count."""
        at = time.time()
        with self._lock:
            if at - self._swept_at > SWEPT_EVERY_S:
                self._counts = {k: count for k, count in self._counts.items() if count[1] > at}
                self._swept_at = at
            known, over_at = self._counts.get(key, (0, 0.0))
            if over_at <= at:
                known, over_at = 0, at + expiry
            self._counts[key] = known + amount, over_at
            return known + amount

    def get(self, key: str) -> int:
        """The count, 0 for one that is over."""
        count, over_at = self._counts.get(key, (0, 0.0))
        return count if over_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the count is over, in seconds since 1970."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Memory always answers."""
        return True

    def reset(self) -> int:
        """Forget all; returns how many counts there were."""
        with self._lock:
            known, self._counts = len(self._counts), {}
        return known

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._counts.pop(key, None)
