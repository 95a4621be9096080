"""Where the bytes of photos and files are kept: a folder, or a bucket of an S3-compatible store.

`lti_app/__init__.py` opens the store that the settings name; rules are given it and know nothing
of where it is.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from flask import current_app


class FileStore(Protocol):
    """Bytes by key. Each method raises `OSError` where the store can't be reached."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep `content` under `key`, all of it or nothing."""

    def get(self, key: str) -> bytes | None:
        """What is kept under `key`; None where nothing is."""

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens where nothing is kept under it."""

    def older_than(self, moment: datetime) -> Iterator[str]:
        """The keys put before `moment`, in any order."""


def file_store() -> FileStore:
    """The application's store."""
    store: FileStore = current_app.extensions["pathways.files"]
    return store
