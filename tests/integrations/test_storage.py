"""Bytes of files: kept, read, forgotten, in a folder and in a bucket; never half of them."""

import os
import threading
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto.server import ThreadedMotoServer

from integrations.storage import open_store
from integrations.storage.folder import FolderStore
from lti_app.files import FileStore


def _now():
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def s3_address():
    """An S3 of nobody's, on loopback."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_address, monkeypatch):
    for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=s3_address, region_name="us-east-1")
    client.create_bucket(Bucket="school")
    yield f"s3://school/pathways/files?endpoint={s3_address}&region=us-east-1"
    for found in client.list_objects_v2(Bucket="school").get("Contents", []):
        client.delete_object(Bucket="school", Key=found["Key"])
    client.delete_bucket(Bucket="school")


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path) -> FileStore:
    if request.param == "folder":
        return open_store(f"folder:{tmp_path}/files")
    return open_store(request.getfixturevalue("bucket"))


def test_what_was_put_is_what_is_got(store):
    store.put("7/aB3-_x", b"\x00bytes", "image/jpeg")
    assert store.get("7/aB3-_x") == b"\x00bytes"
    store.put("7/aB3-_x", b"newer", "image/jpeg")
    assert store.get("7/aB3-_x") == b"newer"


def test_what_was_never_put_is_not_there(store):
    assert store.get("7/nothing") is None


def test_what_is_deleted_is_gone_and_deleting_twice_is_no_harm(store):
    store.put("7/one", b"1", "application/pdf")
    store.delete("7/one")
    store.delete("7/one")
    assert store.get("7/one") is None


def test_old_keys_are_told_from_new_ones(store):
    store.put("7/one", b"1", "image/png")
    store.put("8/two", b"2", "image/png")
    assert list(store.older_than(_now() - timedelta(hours=1))) == []
    assert sorted(store.older_than(_now() + timedelta(hours=1))) == ["7/one", "8/two"]


def test_a_store_that_was_never_used_has_no_keys(tmp_path):
    assert list(FolderStore(tmp_path / "new").older_than(_now())) == []


def test_two_prefixes_of_a_bucket_are_two_stores(bucket):
    here = open_store(bucket)
    there = open_store(bucket.replace("pathways/files", "other"))
    there.put("7/one", b"theirs", "image/png")
    assert here.get("7/one") is None
    assert list(here.older_than(_now() + timedelta(hours=1))) == []


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "7/../../x", "", "7//x", "7/\0"])
def test_no_key_leads_out_of_the_folder(tmp_path, key):
    with pytest.raises(ValueError, match="no key"):
        FolderStore(tmp_path).put(key, b"x", "image/png")


def test_nobody_ever_reads_half_a_file(tmp_path):
    store = FolderStore(tmp_path)
    whole = {bytes([n]) * 200_000 for n in range(8)}
    store.put("7/one", min(whole), "image/png")
    seen = set()
    ended = threading.Event()

    def read():
        while not ended.is_set():
            seen.add(store.get("7/one"))

    reader = threading.Thread(target=read)
    reader.start()
    for content in whole:
        store.put("7/one", content, "image/png")
    ended.set()
    reader.join()
    assert seen <= whole


def test_a_full_or_missing_disk_says_so_and_leaves_nothing(tmp_path):
    (tmp_path / "7").write_bytes(b"a file where the folder should be")
    with pytest.raises(OSError, match="7"):
        FolderStore(tmp_path).put("7/one", b"x", "image/png")
    assert os.listdir(tmp_path) == ["7"]


def test_a_bucket_that_is_not_there_says_so(bucket):
    store = open_store(bucket.replace("s3://school", "s3://nowhere"))
    with pytest.raises(OSError, match="NoSuchBucket"):
        store.put("7/one", b"x", "image/png")
    with pytest.raises(OSError, match="NoSuchBucket"):
        list(store.older_than(_now()))


def test_a_store_that_does_not_answer_says_so(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = open_store("s3://school/x?endpoint=http://127.0.0.1:9&region=us-east-1")
    with pytest.raises(OSError, match="EndpointConnectionError"):
        store.get("7/one")


@pytest.mark.parametrize(
    "url", ["", "files", "ftp://x", "folder:", "s3://", "s3://b/p?endpont=http://127.0.0.1"]
)
def test_a_wrong_address_stops_the_start(url):
    with pytest.raises(ValueError, match="PATHWAYS_FILES_URL"):
        open_store(url)
