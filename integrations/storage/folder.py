"""Files in a folder of this machine, or of a disk that all machines share."""

import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*(\.[a-z0-9]+)?")
UNFINISHED = ".part"


class FolderStore:
    """Each key is a file below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep `content` under `key`: written beside it first, so that nobody reads half of it."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise

    def get(self, key: str) -> bytes | None:
        """What is kept under `key`, or None."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Forget `key`."""
        self._path(key).unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Keys put before `moment`; with them what was being written when a machine went down."""
        limit = moment.timestamp()
        for folder, _folders, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                try:
                    is_older = path.stat().st_mtime < limit
                except FileNotFoundError:
                    continue
                if is_older:
                    yield path.relative_to(self.root).as_posix()

    def _path(self, key: str) -> Path:
        """Below the root, whatever the key says. Raises `ValueError` for what is no key."""
        if not KEY.fullmatch(key):
            raise ValueError("that is no key of a file")
        return self.root / key
