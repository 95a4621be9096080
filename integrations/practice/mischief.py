"""The practice LMS misbehaves on demand, per endpoint, as real ones do without being asked."""

from __future__ import annotations

import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request

F = TypeVar("F", bound=Callable[..., Any])

KINDS = {
    "too_many_requests": 429,
    "rate_limit_exceeded": 403,
    "server_error": 500,
    "expired_token": 401,
    "timeout": 0,
    "slow": 0,
    "lost_after_accepting": 0,
}


@dataclass(frozen=True)
class Fault:
    """One way to misbehave."""

    kind: str
    seconds: float = 0.0
    """Retry-After of `too_many_requests`; how long `timeout` and `slow` take."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; one of {', '.join(KINDS)}")


class Mischief:
    """What will go wrong next, and what was asked for so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Fault]] = defaultdict(deque)
        self.calls: dict[str, int] = defaultdict(int)
        """Requests by endpoint, those that went wrong included."""

    def next(self, endpoint: str, kind: str, *, seconds: float = 0.0, times: int = 1) -> None:
        """The next `times` calls of `endpoint` go wrong."""
        with self._lock:
            self._waiting[endpoint].extend([Fault(kind, seconds)] * times)

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._waiting.clear()

    def take(self, endpoint: str) -> Fault | None:
        """Count a call; returns the fault it must suffer, if any."""
        with self._lock:
            self.calls[endpoint] += 1
            waiting = self._waiting.get(endpoint)
            return waiting.popleft() if waiting else None

    def waiting(self) -> dict[str, list[dict[str, Any]]]:
        """What is still to go wrong."""
        with self._lock:
            return {name: [asdict(f) for f in faults] for name, faults in self._waiting.items()}

    def on(self, endpoint: str) -> Callable[[F], F]:
        """Decorate a view so that it may misbehave under this name."""

        def decorate(view: F) -> F:
            @wraps(view)
            def maybe(*args: Any, **kwargs: Any) -> Any:
                return self.suffer(self.take(endpoint), lambda: view(*args, **kwargs))

            return maybe  # type: ignore[return-value]

        return decorate

    def suffer(self, fault: Fault | None, view: Callable[[], Any]) -> Any:
        """Answer as `fault` says, or as the view does."""
        if fault is None:
            return view()
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return view()
        if fault.kind == "timeout":
            time.sleep(fault.seconds)
            return _hang_up()
        if fault.kind == "lost_after_accepting":
            view()
            return _hang_up()
        response = Response(f'{{"error": "{fault.kind}"}}', KINDS[fault.kind])
        response.mimetype = "application/json"
        if fault.kind == "expired_token":
            response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        if fault.kind == "too_many_requests" and fault.seconds:
            response.headers["Retry-After"] = f"{fault.seconds:g}"
        return response


def _hang_up() -> Response:
    """Break the connection: the caller never learns what came of the request."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def make_blueprint(mischief: Mischief) -> Blueprint:
    """`/practice/mischief`: see, order (POST) and call off (DELETE) mischief over HTTP."""
    blueprint = Blueprint("mischief", __name__, url_prefix="/practice")

    @blueprint.get("/mischief")
    def waiting() -> Response:
        return jsonify(waiting=mischief.waiting(), calls=dict(mischief.calls))

    @blueprint.post("/mischief")
    def order() -> tuple[Response, int]:
        wish = request.get_json()
        try:
            mischief.next(
                wish["endpoint"],
                wish["kind"],
                seconds=float(wish.get("seconds", 0)),
                times=int(wish.get("times", 1)),
            )
        except (KeyError, TypeError, ValueError) as error:
            return jsonify(error=str(error)), 400
        return jsonify(waiting=mischief.waiting()), 201

    @blueprint.delete("/mischief")
    def call_off() -> tuple[str, int]:
        mischief.clear()
        return "", 204

    return blueprint
