"""How long to wait before something is tried again: one rule for all that leaves this house."""

import random

MOST_DOUBLINGS = 32


def wait_s(
    tries: int, *, first_s: float, longest_s: float, retry_after_s: float | None = None
) -> float:
    """Seconds until the next try, after `tries` of them (1 at least) failed.

    Doubles from `first_s` up to `longest_s`, half less to half more by chance so that workers
    never go in step, and is never sooner than the other side asked for (`Retry-After`).
    """
    doubled: float = first_s * 2 ** min(max(tries, 1) - 1, MOST_DOUBLINGS)
    jittered = min(doubled, longest_s) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
    return max(jittered, retry_after_s or 0.0)
