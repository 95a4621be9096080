"""How often one address may ask a page, counted by `limits`.

Flask-Limiter, which glues that to Flask, looks before and after every request of every page for
limits that hold for all of them, which we do not set: at a launch that cost more than the count.
"""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, after_this_request, request
from limits import parse
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

F = TypeVar("F", bound=Callable[..., Any])
SWEPT_EVERY_S = 60.0


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or "127.0.0.1"


class Limits:
    """Limits of single pages (`@limiter.limit`)."""

    _counts: RateLimiter

    def count_at(self, storage_url: str) -> None:
        """Where to count."""
        self._counts = FixedWindowRateLimiter(storage_from_string(storage_url))

    def reset(self) -> None:
        """Forget all counts."""
        self._counts.storage.reset()

    def limit(
        self,
        written: str,
        *,
        key_func: Callable[[], str] = address,
        exempt_when: Callable[[], bool] = lambda: False,
        on_breach: Callable[[], None] = lambda: None,
    ) -> Callable[[F], F]:
        """At most so often (`30 per minute`) for each key at each page; beyond that the page is
        not asked, and answers 429 unless `on_breach` raises what is to be said."""
        item = parse(written)

        def decorate(page: F) -> F:
            @wraps(page)
            def limited(*args: Any, **kwargs: Any) -> Any:
                if not exempt_when():
                    key = (key_func(), request.endpoint or "")
                    if not self._counts.hit(item, *key):
                        _say_when(self._counts.get_window_stats(item, *key).reset_time)
                        on_breach()
                        raise TooManyRequests
                return page(*args, **kwargs)

            return limited  # type: ignore[return-value]

        return decorate


def _say_when(again_at: float) -> None:
    """The answer, whichever it will be, says when to come again (seconds since 1970)."""

    @after_this_request
    def _add(response: Response) -> Response:
        response.headers["Retry-After"] = str(max(1, round(again_at - time.time())))
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
