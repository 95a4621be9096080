"""What was read less than a minute ago in this process: each launch would ask it again."""

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import current_app

KEPT_SECONDS = 60.0
LATELY = "pathways.lately"
T = TypeVar("T")


def lately(key: Hashable, read: Callable[[], T]) -> T:
    """What `read` found under that key, at most a minute ago.

    What is empty is not kept: names that somebody makes up would fill the memory, and what comes
    to be there is found at once.
    """
    kept: dict[Hashable, tuple[float, T]] = current_app.extensions[LATELY]
    known = kept.get(key)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    found = read()
    if found:
        kept[key] = (time.monotonic() + KEPT_SECONDS, found)
    else:
        kept.pop(key, None)
    return found
