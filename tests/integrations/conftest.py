"""Platforms' and Google's services on loopback, and our clients of them."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.lti.connector import LtiConnector, ToolRegistration
from integrations.lti.gradebook import LtiGradebook
from integrations.lti.roster import LtiRoster
from integrations.lti.transport import http_session
from integrations.practice.school import PracticeSchool
from integrations.practice.server import PracticeServer
from tests.integrations.google_peer import Google
from tests.integrations.service_platform import ServicePlatform

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ALL = [AGS + "lineitem", AGS + "result.readonly", AGS + "score"]
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


class Tokens:
    """A token store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, scopes: str) -> str | None:
        return self.kept.get(scopes)

    def put(self, scopes: str, token: str, expires_in_s: float) -> None:
        self.kept[scopes] = token

    def forget(self, scopes: str) -> None:
        self.kept.pop(scopes, None)


@pytest.fixture
def platform() -> Iterator[ServicePlatform]:
    platform = ServicePlatform()
    yield platform
    platform.stop()


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def connector(platform: ServicePlatform, tokens: Tokens) -> LtiConnector:
    ours = ToolRegistration("https://lms", "client-1", platform.url + "/token", "aud-1", "k9", PEM)
    return LtiConnector(ours, tokens, http_session(0.5, 0.5, allow_loopback=True))


@pytest.fixture
def gradebook(connector: LtiConnector, platform: ServicePlatform) -> LtiGradebook:
    return LtiGradebook(connector, platform.url + "/items?type=a", ALL)


@pytest.fixture
def roster(connector: LtiConnector, platform: ServicePlatform) -> LtiRoster:
    return LtiRoster(connector, platform.url + "/members")


@pytest.fixture
def google() -> Iterator[Google]:
    """A practice Classroom of the test's own, with five students."""
    with PracticeServer("http://127.0.0.1:1", PracticeSchool.small(5)) as practice:
        yield Google(practice)
