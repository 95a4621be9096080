"""How much Google lets us ask, shared by all web processes and workers: a budget that is counted
where the installation counts its rate limits (`Settings.limits_url`).

Google's limits are of a project, which all districts of an installation share, and of a user. The
windows are moving ones, a second longer than Google's: what left within one of ours arrives within
one of theirs. See `integrations/classroom/budget.py` for who may take how much.
"""

import logging
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from integrations.classroom.budget import AT_ONCE, Limit, Meter, Share
from integrations.lms import LmsUnavailable
from lti_app.db import Database
from lti_app.settings import Settings

log = logging.getLogger(__name__)
T = TypeVar("T")

WINDOW_S = 61
SHORT_S = 2.0
"""So long a call waits by itself; what is longer is left to a later run."""
TRIES = 3
FIRST_QUIET_S = 2.0
LONGEST_QUIET_S = 64.0
"""Without a word from Google how long: doubling from the first to this one."""
DAY_AGAIN_S = 900.0
"""When the day's limit is reached: how soon what must go out asks again."""
DAY_SPREAD_S = 300.0
"""After the day's limit is reset, background work begins within so long."""
PACIFIC = ZoneInfo("America/Los_Angeles")
"""Google counts days there: https://cloud.google.com/docs/quotas/overview"""
STORE_PATIENCE_S = 1.0
STORE_AGAIN_S = 30.0
"""How soon a store that did not answer is asked again."""


@dataclass(frozen=True)
class Numbers:
    """What Google lets a project do."""

    minute: int
    user_minute: int
    day: int
    window_s: int = WINDOW_S


@dataclass(frozen=True)
class Wait:
    """Nothing was taken: for how long not, in seconds, and for whom."""

    seconds: float
    scope: str
    is_quiet: bool = False
    """That was decided before."""


@dataclass(frozen=True)
class Used:
    """How a project stands."""

    minute: int
    day: int
    quiet_s: float
    """For how long what is sent keeps quiet, since Google said so."""
    rests_s: float
    """For how long mirrors keep quiet, since they reached their share or Google said so."""
    is_shared: bool
    """All processes count together, and the store answers."""


class Counts:
    """The rules, over one store. Raises `StorageError` where it does not answer."""

    def __init__(self, storage: Storage, project: str, numbers: Numbers) -> None:
        self._storage = storage
        self._moving = MovingWindowRateLimiter(storage)
        self._fixed = FixedWindowRateLimiter(storage)
        self._project = project
        self._numbers = numbers
        self._minute = RateLimitItemPerSecond(numbers.minute, numbers.window_s, "google")
        self._user_minute = RateLimitItemPerSecond(numbers.user_minute, numbers.window_s, "google")
        self._day = RateLimitItemPerDay(numbers.day, 1, "google")

    def take(self, user: str, share: Share, count: int) -> Wait | None:
        """Count `count` requests; or nothing, and how long to wait."""
        if quiet := self.quiet_s(user, share):
            return Wait(quiet, "", is_quiet=True)
        windows = self._windows(user)
        full = [
            self._until_free(limiter, item, keys, scope)
            for limiter, item, keys, scope in windows
            if not limiter.test(item, *keys, cost=count + _kept_free(item, share))
        ]
        if full:
            return max(full, key=lambda wait: wait.seconds)
        for limiter, item, keys, scope in windows:
            if not limiter.hit(item, *keys, cost=count):  # others were quicker
                return self._until_free(limiter, item, keys, scope)
        return None

    def _windows(self, user: str) -> list[tuple[RateLimiter, RateLimitItem, list[str], str]]:
        # The day last: of what others were quicker at, it must not be short for a day.
        return [
            (self._moving, self._user_minute, [self._project, "user", user], f"user {user}"),
            (self._moving, self._minute, [self._project, "project"], "project"),
            (self._fixed, self._day, self._day_keys(), "project"),
        ]

    def _day_keys(self) -> list[str]:
        return [self._project, "day", datetime.now(PACIFIC).date().isoformat()]

    def _until_free(
        self, limiter: RateLimiter, item: RateLimitItem, keys: list[str], scope: str
    ) -> Wait:
        if item is self._day:
            return Wait(_until_midnight_s(), scope)
        resets_at = limiter.get_window_stats(item, *keys).reset_time
        return Wait(max(0.05, resets_at - time.time()), scope)

    def quiet_s(self, user: str, share: Share) -> float:
        """For how many seconds a share keeps quiet, for the project's or the user's limits."""
        return max(self._quiet_s(scope, share) for scope in ("project", f"user {user}"))

    def _quiet_s(self, scope: str, share: Share) -> float:
        until = self._storage.get_expiry(self._quiet_key(scope, share))
        return max(0.0, until - time.time())

    def keep_quiet(self, scope: str, share: Share, seconds: float) -> None:
        """Have a share keep quiet for so long, or longer where that was said already."""
        if self._quiet_s(scope, share) >= seconds:
            return
        key = self._quiet_key(scope, share)
        self._storage.clear(key)
        self._storage.incr(key, math.ceil(seconds))

    def _quiet_key(self, scope: str, share: Share) -> str:
        return f"google/{self._project}/quiet/{share.name}/{scope}"

    def rest(self, wait: Wait) -> float:
        """Background work found a limit reached: it pauses until there is room again, for a whole
        batch, too. Returns for how many seconds."""
        seconds = self._numbers.window_s * random.uniform(1 / 6, 1 / 3)  # noqa: S311
        seconds = max(seconds, wait.seconds)
        self.keep_quiet(wait.scope, Share.BACKGROUND, seconds)
        return seconds

    def told(self, user: str, share: Share, limit: Limit, retry_after_s: float | None) -> float:
        """Google said that a limit is reached; see `Budget.told`."""
        scope = f"user {user}" if limit == "user" else "project"
        if limit == "day":
            midnight = _until_midnight_s()
            spread = random.uniform(0, DAY_SPREAD_S)  # noqa: S311
            again = DAY_AGAIN_S * random.uniform(0.5, 1)  # noqa: S311
            self.keep_quiet(scope, Share.BACKGROUND, midnight + spread)
            self.keep_quiet(scope, Share.SENDING, min(midnight + spread, again))
        else:
            seconds = self._backoff_s(scope, retry_after_s)
            self.keep_quiet(scope, Share.BACKGROUND, seconds)
            self.keep_quiet(scope, Share.SENDING, seconds)
            if retry_after_s:  # else somebody who waits may as well try
                self.keep_quiet(scope, Share.PAGE, seconds)
        return self._quiet_s(scope, share)

    def _backoff_s(self, scope: str, retry_after_s: float | None) -> float:
        """Longer each time, unless those who asked at the same time were told just now."""
        jitter = random.uniform(1, 1.5)  # noqa: S311
        if retry_after_s:
            return retry_after_s + min(jitter, retry_after_s / 10)
        if standing := self._quiet_s(scope, Share.SENDING):
            return standing
        key = f"google/{self._project}/refused/{scope}"
        times = self._storage.incr(key, 2 * self._numbers.window_s)
        return min(FIRST_QUIET_S * 2.0 ** (times - 1), LONGEST_QUIET_S) * jitter

    def used(self) -> tuple[int, int]:
        """How many requests of the last minute, and of today."""
        keys = [self._project, "project"]
        minute = self._moving.get_window_stats(self._minute, *keys).remaining
        day = self._fixed.get_window_stats(self._day, *self._day_keys()).remaining
        return self._numbers.minute - minute, self._numbers.day - day


def _kept_free(item: RateLimitItem, share: Share) -> int:
    return round(item.amount * (1 - share.value))


def _until_midnight_s() -> float:
    at = datetime.now(PACIFIC)
    midnight = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.timestamp() - at.timestamp()


class Quota:
    """The budget that all processes share; while its store does not answer, this process's own,
    for a grade never waits for a counter."""

    def __init__(self, url: str, project: str, numbers: Numbers) -> None:
        self.numbers = numbers
        self._own = Counts(MemoryStorage(), project, numbers)
        self._open_shared: Callable[[], Counts] | None = None
        if not url.startswith("memory:"):
            self._open_shared = partial(_open, url, project, numbers)
        self._shared: Counts | None = None
        self._is_down = False
        self._again_at = 0.0

    @property
    def at_once(self) -> int:
        """As many as Google takes, unless the limits are so low that a batch would hardly ever
        find room."""
        lowest = min(self.numbers.minute, self.numbers.user_minute, self.numbers.day)
        return max(1, min(AT_ONCE, int(lowest * Share.BACKGROUND.value) // 2))

    def take(self, user: str, share: Share, count: int) -> None:
        """See `Budget.take`."""
        for is_last in (False,) * (TRIES - 1) + (True,):
            wait = self._do(lambda counts: counts.take(user, share, count))
            if wait is None:
                return
            found, seconds = wait, wait.seconds
            if seconds > SHORT_S or is_last:
                break
            time.sleep(seconds + random.uniform(0, SHORT_S / 4))  # noqa: S311
        if share is Share.BACKGROUND and not found.is_quiet:
            seconds = self._do(lambda counts: counts.rest(found))
        # Those who wait for the same moment must not come in step.
        seconds += random.uniform(0, min(seconds, DAY_SPREAD_S) / 4)  # noqa: S311
        raise LmsUnavailable("budget_spent", retry_after=seconds)

    def told(self, user: str, share: Share, limit: Limit, retry_after_s: float | None) -> float:
        """See `Budget.told`."""
        if not self.quiet_s(
            user, Share.SENDING
        ):  # else that was said just now, by a batch's others
            log.warning("Google says that a limit is reached: %s", limit)
        return self._do(lambda counts: counts.told(user, share, limit, retry_after_s))

    def quiet_s(self, user: str, share: Share) -> float:
        """See `Budget.quiet_s`."""
        return self._do(lambda counts: counts.quiet_s(user, share))

    def used(self) -> Used:
        """How the project stands."""
        minute, day = self._do(lambda counts: counts.used())
        quiet = self.quiet_s("", Share.SENDING)
        rests = self.quiet_s("", Share.BACKGROUND)
        return Used(minute, day, quiet, rests, self._open_shared is not None and not self._is_down)

    def _do(self, act: Callable[[Counts], T]) -> T:
        """Count where all count together; where that does not answer, here."""
        if self._open_shared is None or (self._is_down and time.monotonic() < self._again_at):
            return act(self._own)
        try:
            self._shared = self._shared or self._open_shared()
            done = act(self._shared)
        except StorageError as error:
            if not self._is_down:
                log.error(
                    "requests to Google are counted in each process alone: the store of "
                    "PATHWAYS_LIMITS_URL does not answer (%s)",
                    type(error.storage_error).__name__,
                )
            self._is_down, self._again_at = True, time.monotonic() + STORE_AGAIN_S
            return act(self._own)
        if self._is_down:
            log.warning("requests to Google are counted together again")
            self._is_down = False
        return done


def _open(url: str, project: str, numbers: Numbers) -> Counts:
    patience = {"socket_timeout": STORE_PATIENCE_S, "socket_connect_timeout": STORE_PATIENCE_S}
    storage = storage_from_string(url, wrap_exceptions=True, **patience)
    if not isinstance(storage, Storage):
        raise TypeError(f"PATHWAYS_LIMITS_URL: {url.partition(':')[0]} can't be used here")
    return Counts(storage, project, numbers)


_QUOTAS: WeakKeyDictionary[Database, Quota] = WeakKeyDictionary()


def quota_of(database: Database, settings: Settings) -> Quota:
    """The installation's budget; one a process."""
    if database not in _QUOTAS:
        numbers = Numbers(
            settings.google_minute_quota,
            settings.google_user_minute_quota,
            settings.google_day_quota,
        )
        made = Quota(settings.limits_url, settings.google_client_id, numbers)
        _QUOTAS.setdefault(database, made)
    return _QUOTAS[database]


def meter(database: Database, settings: Settings, user: str, share: Share = Share.PAGE) -> Meter:
    """What counts the requests made in a user's name (Google's id of them)."""
    return Meter(quota_of(database, settings), user, share)
