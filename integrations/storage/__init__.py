"""Stores for the bytes of photos and files: a folder by default, S3-compatible for many machines.

All speak `put`, `get`, `delete` and `older_than`, and raise `OSError` where they can't be reached.
"""

from pathlib import Path

from integrations.storage.folder import FolderStore


def open_store(url: str):  # type: ignore[no-untyped-def]  # the caller's Protocol says what it is
    """Open the store at `url`.

    `folder:<path>`, or `s3://<bucket>/<prefix>?endpoint=<address>&region=<name>` (both optional;
    keys come from the environment or the machine's role, as boto3 finds them). Raises
    `ValueError` for any other address.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "folder" and rest:
        return FolderStore(Path(rest))
    if scheme == "s3":
        # boto3 is an extra, and slow to load.
        from integrations.storage.s3 import S3Store

        return S3Store.at(url)
    raise ValueError(f"PATHWAYS_FILES_URL: {scheme}: is neither folder: nor s3:")
