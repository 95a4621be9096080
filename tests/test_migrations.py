"""The schema: migrations up and down on both databases, and models that agree with them."""

import uuid
from datetime import UTC, datetime, timedelta

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


BEFORE = [
    "INSERT INTO districts (id, name, timezone, created_at) VALUES (1, 'Maple', 'UTC', :at)",
    "INSERT INTO teams (id, district_id, name, created_at) VALUES (1, 1, 'Grade 5', :at)",
    "INSERT INTO sections (id, district_id, team_id, title, source, external_id, service_scopes, "
    "created_at) VALUES (1, 1, 1, 'Room 12', 'lti:1', 'c', '[]', :at)",
    "INSERT INTO persons (id, district_id, name, is_admin, created_at) "
    "VALUES (1, 1, 'Ms. Ortiz', :no, :at), (2, 1, 'Ana', :no, :at), (3, 1, 'Mx. Lee', :no, :at)",
    "INSERT INTO enrolments (district_id, section_id, person_id, role, active, created_at) VALUES "
    "(1, 1, 1, 'teacher', :yes, :at), (1, 1, 2, 'student', :yes, :at), "
    "(1, 1, 3, 'assistant', :yes, :at)",
    "INSERT INTO standards (id, district_id, case_identifier, uri, framework, code, code_key, "
    "statement) VALUES (1, 1, 'a', 'u', 'Common Core', '5.NF.4', '5.NF.4', 'Multiply')",
    "INSERT INTO targets (id, district_id, team_id, title, position, mastery_rule, source, "
    "created_at) VALUES (1, 1, 1, 'I can', 1, 'decaying_average', 'written', :at), "
    "(2, 1, 1, 'I can too', 2, 'latest', 'written', :at)",
    "INSERT INTO pathways (id, district_id, target_id, title, position, source, hidden) "
    "VALUES (1, 1, 1, 'Build it', 1, 'written', :no)",
    "INSERT INTO pathway_choices (district_id, person_id, target_id, pathway_id, chosen_at) "
    "VALUES (1, 2, 1, 1, :at)",
    "INSERT INTO checkpoints (id, district_id, target_id, title, question, max_points, position, "
    "source, hidden) VALUES (1, 1, 1, 'Exit', '', 4, 1, 'written', :no)",
    "INSERT INTO attempts (id, district_id, checkpoint_id, person_id, section_id, number, "
    "evidence, submitted_at, source) VALUES (1, 1, 1, 2, 1, 1, '6/5', :at, 'written')",
    "INSERT INTO scores (district_id, attempt_id, points, max_points, feedback, scored_by_id, "
    "scored_at) VALUES (1, 1, 1, 4, '', NULL, :at), (1, 1, 4, 4, '', 1, :at)",
    "INSERT INTO mastery (district_id, person_id, target_id, percent, level, changed_at) "
    "VALUES (1, 2, 1, 100, 'beyond', :at), (1, 2, 2, 40, 'working', :lately)",
    "INSERT INTO coaching_sessions (id, district_id, team_id, teacher_id, kind, room, starts_at, "
    "ends_at, created_at) VALUES (1, 1, 1, 1, 'one_to_one', '', :soon, :later, :at)",
    "INSERT INTO invitations (district_id, coaching_session_id, person_id, state, word, "
    "invited_at) VALUES (1, 1, 2, 'accepted', '', :at)",
]
AFTER = {
    "SELECT source FROM scores ORDER BY id": ["lms", "teacher"],
    "SELECT mastery_rule FROM targets ORDER BY id": [None, "latest"],
    "SELECT level FROM mastery_changes ORDER BY id": ["beyond", "working"],
    "SELECT target_id FROM movements": [2],
    "SELECT person_id FROM bookings ORDER BY person_id, tick": [1, 1, 1, 2, 2, 2],
    "SELECT raised FROM gaps": [],
    "SELECT pathway_id FROM pathway_walks": [1],
    "SELECT role FROM team_members ORDER BY person_id": ["owner", "assistant"],
    "SELECT f.title FROM standards s JOIN frameworks f ON f.id = s.framework_id": ["Common Core"],
    "SELECT evidence FROM attempts": ["6/5"],
}


def test_what_a_school_had_before_takes_its_place_in_the_new_tables(bare_url):
    schema.upgrade(bare_url, "0001")
    engine = create_engine(bare_url)
    with engine.begin() as connection:
        for statement in BEFORE:
            filled = text(statement)
            values = {
                "at": datetime(2026, 9, 1, tzinfo=UTC),
                "lately": datetime.now(UTC) - timedelta(days=3),
                "soon": datetime(2100, 1, 4, 10, 20, tzinfo=UTC),
                "later": datetime(2100, 1, 4, 10, 35, tzinfo=UTC),
                "yes": True,
                "no": False,
            }
            used = {name: values[name] for name in values if f":{name}" in statement}
            connection.execute(filled, used)

    schema.upgrade(bare_url)

    with engine.connect() as connection:
        for question, expected in AFTER.items():
            assert list(connection.scalars(text(question))) == expected, question
    schema.downgrade(bare_url, "0001")
    with engine.connect() as connection:
        rules = connection.scalars(text("SELECT mastery_rule FROM targets ORDER BY id"))
        assert list(rules) == ["decaying_average", "latest"]
    engine.dispose()


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
