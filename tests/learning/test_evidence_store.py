"""Bytes and rows of files go together: whatever breaks in between, nothing is lost or left."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lti_app.files import FileStore
from lti_app.learning.models import Attempt, EvidenceFile
from tests.conftest import FERNET_KEY
from tests.learning.marking_room import attached, change, count, picture, student_of
from tests.school import make_school

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(settings, tmp_path):
    """A store of the test's own."""
    return settings.model_copy(update={"files_url": f"folder:{tmp_path}/files"})


@pytest.fixture
def store(app) -> FileStore:
    return app.extensions["pathways.files"]


@pytest.fixture
def takes_photos(database, school):
    change(database, school, takes_files=True, takes_text=False)


def _send(student, school, *contents, number=1, **form):
    return student.post(
        f"/checkpoints/{school.checkpoint_id}", number=number, files=attached(*contents), **form
    )


def _the_file(database) -> EvidenceFile:
    with database.session() as session:
        return session.query(EvidenceFile).one()


def _keys(tmp_path) -> list[str]:
    return [str(path) for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_while_the_store_is_away_the_student_is_told_and_may_go_on_without(
    app, database, school, takes_photos, tmp_path
):
    (tmp_path / "files").write_bytes(b"no folder")
    change(database, school, takes_text=True)
    answer = _send(student_of(app, school), school, picture(), evidence="I drew strips")
    assert answer.status_code == 503
    assert "keep photos and files right now." in answer.text
    assert "I drew strips</textarea>" in answer.text
    assert count(database, Attempt) == 0


def test_a_photo_whose_bytes_are_gone_is_not_here(app, database, school, store, takes_photos):
    student = student_of(app, school)
    _send(student, school, picture())
    store.delete(_the_file(database).key)
    assert student.get(f"/evidence/{_the_file(database).id}").status_code == 404
    assert student.get(f"/checkpoints/{school.checkpoint_id}").status_code == 200


KILLED = """
import os, sys
from io import BytesIO
from sqlalchemy import event
from sqlalchemy.orm import Session
from lti_app import create_app
from tests.learning.marking_room import picture, attached
from tests.school import Browser
app = create_app()
person, enrolment, checkpoint = map(int, sys.argv[1:])
browser = Browser(app, person, enrolment)
@event.listens_for(Session, "after_flush")
def _die(session, _context):
    os._exit(9)
browser.post(f"/checkpoints/{checkpoint}", number=1, files=attached(picture()))
"""


def test_killed_between_bytes_and_row_nothing_is_wrong_and_the_bytes_are_swept_later(
    app, database, settings, school, takes_photos, tmp_path
):
    kid = school.student_ids[0]
    ended = subprocess.run(
        [
            *(sys.executable, "-c", KILLED),
            *map(str, (kid, school.enrolment_of[kid], school.checkpoint_id)),
        ],
        cwd=ROOT,
        timeout=60,
        check=False,
        env=os.environ
        | {
            "PATHWAYS_SECRET_KEY": "s" * 40,
            "PATHWAYS_ENCRYPTION_KEYS": f'["{FERNET_KEY}"]',
            "PATHWAYS_DATABASE_URL": settings.database_url,
            "PATHWAYS_QUEUE_URL": settings.queue_url,
            "PATHWAYS_FILES_URL": settings.files_url,
        },
    )
    assert ended.returncode == 9
    assert len(_keys(tmp_path)) == 1
    assert count(database, Attempt) == 0

    student = student_of(app, school)
    assert student.get(f"/checkpoints/{school.checkpoint_id}").status_code == 200
    assert _send(student, school, picture()).status_code == 302
    assert len(_keys(tmp_path)) == 2

    swept = app.test_cli_runner().invoke(args=["files", "sweep"])
    assert swept.output.startswith("0 files")  # it might still be on its way to a row
    for path in _keys(tmp_path):
        os.utime(path, (time.time() - 90_000,) * 2)
    swept = app.test_cli_runner().invoke(args=["files", "sweep"])
    assert swept.output.startswith("1 files")
    assert student.get(f"/evidence/{_the_file(database).id}").status_code == 200
    assert len(_keys(tmp_path)) == 1


def test_the_worker_sweeps_every_district_and_keeps_what_a_row_names(
    app, database, school, store, tmp_path, takes_photos
):
    other = make_school(database, name="Birch")
    change(database, other, takes_files=True)
    for one in (school, other):
        assert _send(student_of(app, one), one, picture()).status_code == 302
    for n in range(3):
        store.put(f"{other.district_id}/nobodys{n}.jpg", b"x", "image/jpeg")
    for path in _keys(tmp_path):
        os.utime(path, (time.time() - 90_000,) * 2)
    app.extensions["pathways.jobs"]["sweep_files"].call_local()
    assert len(_keys(tmp_path)) == 2
