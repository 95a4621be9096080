"""Shared fixtures: every test that takes `database` runs on SQLite and on PostgreSQL.

PostgreSQL and Redis are looked for on loopback. Where they are missing their tests are skipped,
except with `CI` set: there a missing service is a failure.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from lti_app import create_app, schema
from lti_app.db import Base, Database, use_encryption_keys
from lti_app.settings import Settings
from lti_app.ui import catalogs
from tests import stored
from tests.school import Browser, School, browser_of, make_school

POSTGRES_URL = os.environ.get(
    "TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
pytest_plugins = ["tests.peers"]
# Tests may run side by side: each worker has a Redis database of its own.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = os.environ.get("TEST_REDIS_URL", f"redis://127.0.0.1:6379/{15 - WORKER % 8}")
FERNET_KEY = Fernet.generate_key().decode()


def _postgres_answers() -> bool:
    try:
        psycopg.connect(
            make_url(POSTGRES_URL).set(drivername="postgresql").render_as_string(False),
            connect_timeout=2,
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=2).ping())
    except redis.exceptions.ConnectionError:
        return False


def missing(service: str) -> None:
    """Skip the test, or fail it in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{service} is missing; in CI every test must run")
    pytest.skip(f"{service} is not running here")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated PostgreSQL database of this test run's own."""
    if not _postgres_answers():
        missing("PostgreSQL")
    name = f"pathways_test_{uuid.uuid4().hex[:12]}"
    admin = Database(POSTGRES_URL)
    engine = admin.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        # These rows need not outlive a power cut.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    url = make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
    schema.upgrade(url)
    yield url
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "pathways.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    database = Database(url)
    with database.engine.begin() as connection:
        # Far quicker than TRUNCATE for the few rows of a test; ids begin at 1 again.
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(text("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"))
    database.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings as on loopback in development."""
    return Settings(
        _env_file=None,
        public_url="http://127.0.0.1:8000",
        secret_key="s" * 40,
        encryption_keys=[FERNET_KEY],
        database_url=database_url,
        queue_url=f"sqlite:///{tmp_path}/queue.db",
        files_url=f"folder:{stored.FOLDER}",
        allow_loopback_http=True,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on an empty database."""
    app = create_app(settings)
    app.config["TESTING"] = True
    # Our error pages are part of what is tested: exceptions must not fly past them.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.extensions["pathways.database"].dispose()


@pytest.fixture
def database(app: Flask) -> Database:
    """The application's database."""
    return app.extensions["pathways.database"]


@pytest.fixture(autouse=True, scope="session")
def _catalogs() -> None:
    catalogs.compile_all()


@pytest.fixture(autouse=True)
def _encryption() -> None:
    use_encryption_keys([FERNET_KEY])


@pytest.fixture
def redis_url() -> str:
    """A Redis database of the tests' own, emptied."""
    if not _redis_answers():
        missing("Redis")
    redis.Redis.from_url(REDIS_URL).flushdb()
    return REDIS_URL


class Queries:
    """Counts the statements sent to a database."""

    def __init__(self, database: Database) -> None:
        self.statements: list[str] = []
        event.listen(database.engine, "before_cursor_execute", self._note)

    def _note(self, _conn, _cursor, statement, *_rest) -> None:
        if not statement.startswith("BEGIN"):
            self.statements.append(statement)

    def __len__(self) -> int:
        return len(self.statements)

    def clear(self) -> None:
        """Start counting anew."""
        self.statements.clear()


@pytest.fixture
def queries(database: Database) -> Queries:
    """Statements sent so far; `len(queries)` counts them."""
    return Queries(database)


@pytest.fixture
def school(database: Database) -> School:
    """A small school: a team, a section, a teacher, three students, a target."""
    return make_school(database)


@pytest.fixture
def teacher(app: Flask, school: School) -> Browser:
    """The teacher's browser, in the section."""
    return browser_of(app, school, school.teacher_id)


@pytest.fixture
def student(app: Flask, school: School) -> Browser:
    """The first student's browser, in the section."""
    return browser_of(app, school, school.student_ids[0])
