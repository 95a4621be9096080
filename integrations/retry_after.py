"""How long a server asks us to stay away."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds(written: str) -> float | None:
    """`Retry-After` in seconds from now: seconds or a date (RFC 9110 §10.2.3); None: not told."""
    value = written.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
