"""A worker is killed in the middle, on every kind of queue: every score still arrives."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lti_app.learning.models import Checkpoint
from lti_app.settings import Settings
from lti_app.sync import publications
from lti_app.sync.models import DeliveryState, GradeDelivery
from lti_app.sync.publication_models import Publication, Wanted
from lti_app.sync.publications import Wish
from tests.conftest import FERNET_KEY
from tests.sync.conftest import World, connect, make_world

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "redis", "postgresql"])
def queue_url(request, tmp_path):
    if request.param == "redis":
        return request.getfixturevalue("redis_url")
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/queue.db"


@pytest.fixture
def world(database_url, queue_url, tmp_path):
    settings = Settings(
        _env_file=None,
        public_url="http://127.0.0.1:8000",
        secret_key="s" * 40,
        encryption_keys=[FERNET_KEY],
        database_url=database_url,
        queue_url=queue_url,
        allow_loopback_http=True,
    )
    yield from make_world(settings, students=8)


def start_worker(world: World) -> subprocess.Popen:
    settings = world.settings
    environment = {
        **os.environ,
        "PATHWAYS_PUBLIC_URL": settings.public_url,
        "PATHWAYS_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PATHWAYS_ENCRYPTION_KEYS": f'["{FERNET_KEY}"]',
        "PATHWAYS_DATABASE_URL": settings.database_url,
        "PATHWAYS_QUEUE_URL": settings.queue_url,
        "PATHWAYS_ALLOW_LOOPBACK_HTTP": "true",
        "PATHWAYS_LEASE_SECONDS": "1.5",
        "PATHWAYS_CLASSROOM_API_URL": settings.classroom_api_url,
        "PATHWAYS_GOOGLE_CLIENT_ID": settings.google_client_id,
        "PATHWAYS_GOOGLE_CLIENT_SECRET": settings.google_client_secret.get_secret_value(),
        "PATHWAYS_GOOGLE_AUTH_URL": settings.google_auth_url,
        "PATHWAYS_GOOGLE_TOKEN_URL": settings.google_token_url,
        "PATHWAYS_GOOGLE_REVOKE_URL": settings.google_revoke_url,
        "PATHWAYS_PUBSUB_TOPIC": settings.pubsub_topic,
        "PATHWAYS_PUBSUB_PUSH_ACCOUNT": settings.pubsub_push_account,
    }
    command = [sys.executable, "-m", "flask", "--app", "lti_app", "worker"]
    return subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)


def _delivered(world: World) -> int:
    with world.session() as session:
        return session.scalar(
            select(func.count()).where(GradeDelivery.state == DeliveryState.DELIVERED)
        )


def until(holds, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_every_score_arrives_though_the_worker_is_killed_in_the_middle_of_sending(world):
    with world.app.app_context():
        for seat in range(8):
            world.score(seat, 1)
        world.score(0, 4)  # the newest is the one that must stand
    world.practice.mischief.next("lti.scores", "slow", seconds=0.4, times=3)
    first = start_worker(world)
    # It is killed while the platform is busy with a score it has taken in but not answered.
    assert until(lambda: world.practice.mischief.calls["lti.scores"] >= 2, 20)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert _delivered(world) < 8

    second = start_worker(world)
    with world.app.app_context():
        world.score(1, 3)
        jobs = world.app.extensions["pathways.jobs"]
        arrived = until(lambda: _delivered(world) == 8, 2)
        while not arrived and second.poll() is None:
            jobs["deliver_grades"]()  # what the worker's every minute does, without the wait
            arrived = until(lambda: _delivered(world) == 8, 2)
    os.killpg(second.pid, signal.SIGTERM)
    assert second.wait(20) is not None

    assert arrived
    assert [world.grade(seat) for seat in range(8)] == [4, 3, 1, 1, 1, 1, 1, 1]
    assert len(world.practice.platform.line_items) == 1


def _published(world: World) -> int:
    with world.session() as session:
        return session.scalar(
            select(func.count()).where(Publication.state == DeliveryState.DELIVERED)
        )


def test_coursework_is_made_once_though_the_worker_is_killed_while_classroom_makes_it(world):
    connect(world)
    wish = Wish(Wanted.PUBLISHED, None, "", 4, None, None)
    with world.app.app_context():
        world.score(0, 3)
        with world.transaction() as session:
            checkpoint = session.get_one(Checkpoint, world.checkpoint_id)
            publications.give(session, world.section_id, checkpoint, wish, world.teacher_id)
    create = "classroom.courseWork.create"
    world.practice.mischief.next(create, "slow", seconds=0.4)
    first = start_worker(world)
    assert until(lambda: world.practice.mischief.calls[create] >= 1, 20)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert _published(world) == 0

    second = start_worker(world)
    with world.app.app_context():
        jobs = world.app.extensions["pathways.jobs"]
        grades = world.practice.classroom.patches
        arrived = until(lambda: _published(world) == 1 and bool(grades), 2)
        for _minute in range(20):
            if arrived:
                break
            jobs["publish_due"]()  # as every minute
            jobs["deliver_grades"]()
            arrived = until(lambda: _published(world) == 1 and bool(grades), 2)
    os.killpg(second.pid, signal.SIGTERM)
    assert second.wait(20) is not None

    assert arrived
    works = world.practice.classroom.works[world.google_course_id]
    assert [work["title"] for work in works].count("Exit ticket") == 1
    assert [grade["assignedGrade"] for grade in grades] == [3]
