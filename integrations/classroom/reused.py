"""The API's methods, made once a process.

The library makes every method of a resource anew each time the resource is asked for, which costs
more than a small request; a mirror asks some twenty times a course.
"""

import threading
from typing import Any


class Reused:
    """A resource of the library's that keeps the resources below it.

    Its requests carry no credentials: whoever makes one gives it a connection of their own.
    """

    def __init__(self, resource: Any, making: Any = None) -> None:
        self._resource = resource
        self._making = making or threading.Lock()
        """One lock a document: making methods completes its descriptions."""
        self._kept: dict[str, Reused] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._resource, name)
        if not getattr(found, "__is_resource__", False):
            return found
        with self._making:
            if name not in self._kept:
                self._kept[name] = Reused(found(), self._making)
        return lambda: self._kept[name]
