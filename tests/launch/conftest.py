"""A school's platform, and a browser that launches from it."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_app.db import Base, Database
from lti_app.launch.platforms import PlatformDraft, add_platform
from lti_app.people.models import District
from tests.launch.signer import Signer


@pytest.fixture(scope="module")
def _signer() -> Iterator[Signer]:
    signer = Signer()
    yield signer
    signer.stop()


@pytest.fixture
def signer(_signer: Signer) -> Signer:
    _signer.key_fetches, _signer.key_server_answers = 0, None
    return _signer


@pytest.fixture
def platform_id(database: Database, signer: Signer) -> int:
    """The signer's platform, deployed for one district."""
    with database.transaction() as session:
        district = District(name="Maple", timezone="America/New_York")
        session.add(district)
        session.flush()
        return add_platform(
            session,
            PlatformDraft(
                name="Signer",
                issuer=signer.issuer,
                client_id=signer.client_id,
                auth_login_url=signer.issuer + "/auth?tenant=1",
                token_url=signer.issuer + "/token",
                jwks_url=signer.issuer + "/jwks",
            ),
            deployment_id=signer.deployment_id,
            district_id=district.id,
            allow_loopback_http=True,
        ).id


class Browser:
    """Logs in and launches as a platform's iframe would make a browser do."""

    def __init__(self, app: Flask, signer: Signer) -> None:
        self.client: FlaskClient = app.test_client()
        self.signer = signer

    def login(self, **parameters: str) -> tuple[str, str]:
        """Returns state and nonce."""
        response = self.client.get(
            "/lti/login",
            query_string={
                "iss": self.signer.issuer,
                "client_id": self.signer.client_id,
                "login_hint": "hint",
                "target_link_uri": "http://127.0.0.1:8000/lti/launch",
                **parameters,
            },
        )
        assert response.status_code == 302, response.text
        sent = parse_qs(urlsplit(response.location).query)
        return sent["state"][0], sent["nonce"][0]

    def kept(self) -> tuple[str, str]:
        """Name and value of the cookie that the last login left."""
        (cookie,) = (one for one in self.client._cookies.values() if one.path == "/lti")
        return cookie.key, cookie.value

    def post(self, state: str, id_token: str, stored: str = "", **request: Any) -> TestResponse:
        form = {"state": state, "id_token": id_token, "stored": stored}
        return self.client.post("/lti/launch", data=form, **request)

    def launch(self, **changes: Any) -> TestResponse:
        """A whole launch with `changes` to a learner's claims."""
        state, nonce = self.login()
        return self.post(state, self.signer.sign(self.signer.claims(nonce, **changes)))


@pytest.fixture
def browser(app: Flask, signer: Signer, platform_id: int) -> Browser:
    return Browser(app, signer)


@pytest.fixture
def rows(database: Database) -> Callable[[], dict[str, int]]:
    """How many rows each table holds; used logins are not counted."""

    def count() -> dict[str, int]:
        with database.session(writes=False) as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
                if table.name != "used_logins"
            }

    return count
