"""Service tokens: shared by all workers, renewed early, encrypted at rest."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from integrations.lms import LmsRefused
from lti_app.db import Database, now
from lti_app.launch.models import AccessToken
from lti_app.launch.services import lti_services
from lti_app.launch.tokens import StoredTokens
from lti_app.people.models import Section
from tests.conftest import FERNET_KEY

READ_IN_ANOTHER_PROCESS = """
import sys
from lti_app.db import Database, use_encryption_keys
from lti_app.launch.tokens import StoredTokens
use_encryption_keys([sys.argv[1]])
print(StoredTokens(Database(sys.argv[2]), int(sys.argv[3])).get("a b"))
"""


@pytest.fixture
def tokens(database, platform_id) -> StoredTokens:
    return StoredTokens(database, platform_id)


def test_a_token_is_shared_with_another_process(tokens, database_url, platform_id):
    tokens.put("a b", "secret-token", 3600)

    said = subprocess.run(
        [sys.executable, "-c", READ_IN_ANOTHER_PROCESS, FERNET_KEY, database_url, str(platform_id)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == "secret-token"


def test_a_token_is_renewed_a_minute_early(tokens, database):
    tokens.put("a", "t", 3600)
    with database.transaction() as session:
        session.execute(update(AccessToken).values(expires_at=now() + timedelta(seconds=59)))

    assert tokens.get("a") is None


@pytest.mark.parametrize("lasts_s", [0, 30, -1, float("nan")])
def test_a_token_that_hardly_lasts_is_not_kept(lasts_s, tokens):
    tokens.put("a", "t", lasts_s)

    assert tokens.get("a") is None


def test_a_token_that_lasts_for_ever_is_kept_for_a_day(tokens):
    tokens.put("a", "t", float("inf"))

    assert tokens.get("a") == "t"


def test_a_new_token_replaces_the_old_and_can_be_forgotten(tokens):
    tokens.put("a", "old", 3600)
    tokens.put("a", "new", 3600)
    assert tokens.get("a") == "new"
    assert tokens.get("b") is None

    tokens.forget("a")

    assert tokens.get("a") is None


def test_tokens_of_two_clients_of_one_issuer_are_kept_apart(tokens, database, platform_id):
    """pylti1p3 keys them by issuer; hosted Canvas has one issuer for all schools."""
    tokens.put("a", "ours", 3600)

    assert StoredTokens(database, platform_id + 1).get("a") is None


def test_tokens_are_encrypted_at_rest(tokens, database: Database):
    tokens.put("a", "secret-token", 3600)

    with database.engine.connect() as connection:
        stored = connection.execute(text("SELECT token FROM access_tokens")).scalar_one()
    assert b"secret" not in bytes(stored)


def test_a_section_without_services_says_so(database, platform_id):
    section = Section(source=f"lti:{platform_id}", service_scopes=[])

    services = lti_services(database, section)

    with pytest.raises(LmsRefused, match="forbidden"):
        services.roster()
    with pytest.raises(LmsRefused, match="forbidden"):
        services.gradebook()


@pytest.mark.parametrize(("source", "code"), [("google", "invalid"), ("lti:99", "unauthorized")])
def test_a_section_without_a_platform_has_no_services(source, code, database):
    with pytest.raises(LmsRefused, match=code):
        lti_services(database, Section(source=source, service_scopes=[]))
