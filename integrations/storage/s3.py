"""Files in a bucket of Amazon S3, or of anything that speaks its protocol (MinIO, Ceph, R2 …)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Some answer slowly, but a student waits: two tries of at most this, then we say so.
PATIENCE = Config(
    connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2}
)
MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class StoreUnavailable(OSError):
    """The bucket can't be reached, or refuses us."""


class S3Store:
    """Each key is an object of `bucket`, below `prefix`."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def at(cls, url: str) -> "S3Store":
        """The store at `s3://<bucket>/<prefix>?endpoint=…&region=…`. Raises `ValueError` where
        the address names no bucket."""
        split = urlsplit(url)
        asked = {name: values[-1] for name, values in parse_qs(split.query).items()}
        if not split.netloc or set(asked) - {"endpoint", "region"}:
            raise ValueError("PATHWAYS_FILES_URL: s3://bucket/prefix?endpoint=…&region=…")
        client = boto3.client(
            "s3",
            endpoint_url=asked.get("endpoint"),
            region_name=asked.get("region"),
            config=PATIENCE,
        )
        return cls(client, split.netloc, split.path)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep `content` under `key`."""
        with _in_our_words():
            self._client.put_object(
                Bucket=self.bucket, Key=self.prefix + key, Body=content, ContentType=content_type
            )

    def get(self, key: str) -> bytes | None:
        """What is kept under `key`, or None."""
        try:
            with _in_our_words():
                found = self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)
                content: bytes = found["Body"].read()
                return content
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Forget `key`; S3 says yes also where nothing is."""
        with _in_our_words():
            self._client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Keys put before `moment`, by the store's own clock."""
        with _in_our_words():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            for page in pages:
                for found in page.get("Contents", []):
                    if found["LastModified"] < moment:
                        yield found["Key"].removeprefix(self.prefix)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise FileNotFoundError from None
        raise StoreUnavailable(error.response.get("Error", {}).get("Code", "refused")) from None
    except BotoCoreError as error:
        raise StoreUnavailable(type(error).__name__) from None
