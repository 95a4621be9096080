"""The schema: migrations up and down on both databases, and models that agree with them."""

import uuid

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from lti_app import schema
from lti_app.db import Base
from tests.conftest import POSTGRES_URL


@pytest.fixture
def bare_url(request, tmp_path, database_url):
    """An empty database without any table, of the kind that `database_url` has."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/bare.db"
        return
    engine = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    name = f"pathways_bare_{uuid.uuid4().hex[:12]}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield engine.url.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def test_migrations_go_up_down_and_up_again(bare_url):
    engine = create_engine(bare_url)
    schema.upgrade(bare_url)
    assert "grade_deliveries" in inspect(engine).get_table_names()
    schema.downgrade(bare_url, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    schema.upgrade(bare_url)
    assert "grade_deliveries" in inspect(engine).get_table_names()
    engine.dispose()


def test_models_and_migrations_agree(bare_url):
    schema.upgrade(bare_url)
    engine = create_engine(bare_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_a_database_behind_the_code_is_not_ready(app, database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = app.test_client().get("/readyz")
    with database.engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :head"),
            {"head": schema.latest_revision()},
        )
    assert answer.status_code == 503
    assert answer.json["status"] == "migrations missing"
