"""Platforms: which addresses they may have, whose their deployments are, how they are added."""

import pytest
from sqlalchemy import func, select

from lti_app.errors import BadInput
from lti_app.launch.models import Deployment, Platform
from lti_app.launch.platforms import PlatformDraft, add_platform, is_safe_address
from lti_app.people.models import District

AT = "https://lms.example"


def draft(**changes) -> PlatformDraft:
    given = {
        "name": "Maple's LMS",
        "issuer": AT,
        "client_id": "c1",
        "auth_login_url": AT + "/auth",
        "token_url": AT + "/token",
        "jwks_url": AT + "/jwks",
    }
    return PlatformDraft(**{**given, **changes})


@pytest.mark.parametrize(
    ("address", "in_production", "in_development"),
    [
        ("https://canvas.instructure.com/api", True, True),
        ("https://8.8.8.8/jwks", True, True),
        ("http://canvas.instructure.com/api", False, False),
        ("http://127.0.0.1:9000/jwks", False, True),
        ("http://localhost:9000/jwks", False, True),
        ("http://[::1]:9000/jwks", False, True),
        ("https://127.0.0.1/jwks", False, True),
        ("https://10.1.2.3/jwks", False, False),
        ("https://192.168.1.1/jwks", False, False),
        ("https://169.254.169.254/latest/meta-data", False, False),
        ("https://[fd00::1]/jwks", False, False),
        ("https://[::ffff:10.0.0.1]/jwks", False, False),
        ("https://2130706433/jwks", False, False),
        ("https://0x7f.1/jwks", False, False),
        ("https://intranet/jwks", False, False),
        ("https://lms.internal/jwks", False, False),
        ("https://user:word@lms.example/jwks", False, False),
        ("https://lms.example:port/jwks", False, False),
        ("file:///etc/passwd", False, False),
        ("https://lms.example/\nx", False, False),
        ("https://lms.example/" + "x" * 2000, False, False),
        ("", False, False),
    ],
)
def test_addresses_are_public_and_https(address, in_production, in_development):
    assert is_safe_address(address, allow_loopback_http=False) is in_production
    assert is_safe_address(address, allow_loopback_http=True) is in_development


@pytest.fixture
def districts(database):
    with database.transaction() as session:
        session.add_all([maple := District(name="Maple"), oak := District(name="Oak")])
        session.flush()
        return maple.id, oak.id


def add(database, given, deployment_id, district_id):
    with database.transaction() as session:
        return add_platform(
            session,
            given,
            deployment_id=deployment_id,
            district_id=district_id,
            allow_loopback_http=False,
        )


def test_adding_a_platform_again_brings_it_up_to_date(database, districts):
    maple, _oak = districts
    first = add(database, draft(), "1", maple)

    again = add(database, draft(name="New name", token_url=AT + "/t2"), "1", maple)

    assert again.id == first.id
    assert (again.name, again.token_url) == ("New name", AT + "/t2")
    with database.session(writes=False) as session:
        assert session.scalar(select(func.count()).select_from(Deployment)) == 1


def test_a_moved_key_address_forgets_the_keys_from_the_old_one(database, districts):
    maple, _oak = districts
    add(database, draft(), "1", maple)
    with database.transaction() as session:
        session.scalars(select(Platform)).one().jwks = {"keys": []}

    assert add(database, draft(jwks_url=AT + "/k2"), "1", maple).jwks is None


def test_two_districts_share_a_platform_but_not_a_deployment(database, districts):
    maple, oak = districts
    add(database, draft(), "1", maple)
    add(database, draft(), "2", oak)

    with pytest.raises(BadInput):
        add(database, draft(), "1", oak)


def test_an_unsafe_address_adds_nothing(database, districts):
    with pytest.raises(BadInput):
        add(database, draft(jwks_url="https://10.0.0.1/jwks"), "1", districts[0])

    with database.session(writes=False) as session:
        assert session.scalars(select(Platform)).all() == []


def test_an_issuer_with_two_clients_needs_the_client_id(app, database, districts):
    maple, oak = districts
    add(database, draft(), "1", maple)
    add(database, draft(client_id="c2"), "1", oak)
    client = app.test_client()

    unclear = client.get("/lti/login", query_string={"iss": AT, "login_hint": "h"})
    clear = client.get("/lti/login", query_string={"iss": AT, "login_hint": "h", "client_id": "c2"})

    assert unclear.status_code == 400
    assert "which connection" in unclear.text
    assert "client_id=c2" in clear.location


ADD = [
    "platforms", "add", "--name", "LMS", "--issuer", AT, "--client-id", "c", "--deployment", "1",
    "--auth-url", AT + "/auth", "--token-url", AT + "/token", "--jwks-url", AT + "/jwks",
    "--district", "Elm",
]  # fmt: skip


def test_the_command_adds_a_platform_and_its_district(app, database):
    said = app.test_cli_runner().invoke(args=[*ADD, "--timezone", "America/Chicago"])
    listed = app.test_cli_runner().invoke(args=["platforms", "list"])

    assert said.exit_code == 0, said.output
    assert "Elm" in listed.output
    assert AT in listed.output
    with database.session(writes=False) as session:
        assert session.scalars(select(District)).one().timezone == "America/Chicago"


@pytest.mark.parametrize(
    "wrong", [["--timezone", "Mars/Olympus"], ["--jwks-url", "http://lms.example/jwks"]]
)
def test_the_command_says_what_is_wrong_and_adds_nothing(wrong, app, database):
    said = app.test_cli_runner().invoke(args=[*ADD, *wrong])

    assert said.exit_code == 1
    assert "Error: " in said.output
    assert isinstance(said.exception, SystemExit)  # said, not crashed
    with database.session(writes=False) as session:
        assert session.scalars(select(District)).all() == []
