"""Whom our requests to platforms reach: never our own network."""

import pytest
import requests

from integrations.lti.transport import http_session
from integrations.outside import may_be_asked


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
    ],
)
def test_only_public_addresses_are_asked(address, public):
    assert may_be_asked(address, allow_loopback=False) is public


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_platform_elsewhere_can_not_send_us_to_ourselves(name, platform):
    with http_session(0.5, 0.5, tries=1) as session, pytest.raises(requests.ConnectionError):
        session.get(platform.url.replace("127.0.0.1", name) + "/members")
    assert platform.seen == []


def test_nor_by_a_redirect(platform):
    session = http_session(0.5, 0.5, tries=1)
    answer = requests.Response()
    answer.status_code, answer.url = 302, "https://lms.example/members"
    answer.headers["location"] = platform.url + "/members"
    answer.request = asked = requests.Request("GET", answer.url).prepare()

    with pytest.raises(requests.ConnectionError):
        list(session.resolve_redirects(answer, asked))
    assert platform.seen == []


def test_in_development_a_platform_may_be_on_this_machine(platform):
    with http_session(0.5, 0.5, tries=1, allow_loopback=True) as session:
        assert session.get(platform.url + "/nothing").status_code == 401
