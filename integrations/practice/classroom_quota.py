"""The practice Classroom counts what it is asked, and refuses what is above Google's quotas.

https://developers.google.com/workspace/classroom/limits: by project and by user, over 60 seconds,
and by day. The numbers are Google's unless a test sets others: whoever asks more than Google allows
shall learn of it here.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

CONSUMER = "projects/123456789012"
METRIC = "classroom.googleapis.com/default_requests"
NAMES = {
    "minute": ("DefaultRequestsPerMinutePerProject", "Queries per minute"),
    "user_minute": ("DefaultRequestsPerMinutePerUser", "Queries per minute per user"),
    "day": ("DefaultRequestsPerDayPerProject", "Queries per day"),
}
"""Of each limit: the quota's name, and how the message calls it."""
DAY_S = 86_400.0


class OverQuota(Exception):
    """429, in Google's words (https://cloud.google.com/apis/design/errors)."""

    def __init__(self, limit: str, most: int) -> None:
        self._name, words = NAMES[limit]
        self._most = most
        super().__init__(
            f"Quota exceeded for quota metric 'Queries' and limit '{words}' of service "
            f"'classroom.googleapis.com' for consumer 'project_number:{CONSUMER[9:]}'.",
        )

    def body(self) -> dict[str, Any]:
        """What stands under `error`: with the quota's name."""
        message = str(self)
        reason = {"message": message, "domain": "global", "reason": "rateLimitExceeded"}
        detail = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": {
                "consumer": CONSUMER,
                "quota_limit": self._name,
                "quota_limit_value": str(self._most),
                "quota_location": "global",
                "quota_metric": METRIC,
                "service": "classroom.googleapis.com",
            },
        }
        return {
            "code": 429,
            "message": message,
            "status": "RESOURCE_EXHAUSTED",
            "errors": [reason],
            "details": [detail],
        }


class PracticeQuota:
    """The counts of one project. `minute`, `user_minute` and `day` may be set at any time; None
    switches a limit off. `clock` tells seconds; a test may put its own in."""

    def __init__(self) -> None:
        self.minute: int | None = 3_000
        self.user_minute: int | None = 1_200
        self.day: int | None = 4_000_000
        self.window_s = 60.0
        self.clock: Callable[[], float] = time.monotonic
        self.total = 0
        """Calls, those of batches one by one, refused ones included."""
        self.refused = 0
        self.bytes = 0
        """Of all answers."""
        self.most = 0
        """The most calls that came within any `window_s`, of whomever."""
        self.by_user: dict[str, int] = defaultdict(int)
        """By Google id: the most within any `window_s`."""
        self._lock = threading.Lock()
        self._came: deque[float] = deque()
        self._came_of: dict[str, deque[float]] = defaultdict(deque)
        self._let: deque[float] = deque()
        self._let_of: dict[str, deque[float]] = defaultdict(deque)
        self._day_began = self.clock()
        self._today = 0

    def take(self, user: str) -> None:
        """Count a user's call. Raises `OverQuota`; a refused call uses nothing up."""
        with self._lock:
            at = self.clock()
            self.total += 1
            self.most = max(self.most, self._one_more(self._came, at))
            self.by_user[user] = max(self.by_user[user], self._one_more(self._came_of[user], at))
            if at - self._day_began >= DAY_S:
                self._day_began, self._today = at, 0
            for limit, used, most in (
                ("day", self._today, self.day),
                ("user_minute", self._within(self._let_of[user], at), self.user_minute),
                ("minute", self._within(self._let, at), self.minute),
            ):
                if most is not None and used >= most:
                    self.refused += 1
                    raise OverQuota(limit, most)
            self._let.append(at)
            self._let_of[user].append(at)
            self._today += 1

    def note_bytes(self, count: int) -> None:
        """Count an answer's bytes."""
        with self._lock:
            self.bytes += count

    def reset(self) -> None:
        """Forget all counts; the limits stay."""
        with self._lock:
            self.total = self.refused = self.bytes = self.most = self._today = 0
            self._day_began = self.clock()
            for counts in (self.by_user, self._came, self._came_of, self._let, self._let_of):
                counts.clear()

    def counted(self) -> dict[str, int]:
        """What a bench reads."""
        return {
            "total": self.total,
            "refused": self.refused,
            "bytes": self.bytes,
            "most_a_minute": self.most,
            "most_a_minute_of_a_user": max(self.by_user.values(), default=0),
        }

    def _one_more(self, times: deque[float], at: float) -> int:
        times.append(at)
        return self._within(times, at)

    def _within(self, times: deque[float], at: float) -> int:
        while times and times[0] <= at - self.window_s:
            times.popleft()
        return len(times)


def make_blueprint(quota: PracticeQuota) -> Blueprint:
    """`/practice/quota`: see the counts, set limits (POST), forget (DELETE)."""
    blueprint = Blueprint("classroom_quota", __name__, url_prefix="/practice")

    @blueprint.get("/quota")
    def counts() -> Response:
        return jsonify(quota.counted())

    @blueprint.post("/quota")
    def limits() -> tuple[Response, int]:
        wish = request.get_json()
        try:
            limits = {name: None if wish[name] is None else int(wish[name]) for name in wish}
            if not limits.keys() <= NAMES.keys():
                raise ValueError(f"only {', '.join(NAMES)} can be set")
            for name, most in limits.items():
                setattr(quota, name, most)
        except (AttributeError, TypeError, ValueError) as error:
            return jsonify(error=str(error)), 400
        return jsonify(quota.counted()), 201

    @blueprint.delete("/quota")
    def forget() -> tuple[str, int]:
        quota.reset()
        return "", 204

    return blueprint
