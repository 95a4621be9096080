"""Who asks too often is told so in words, and nothing is written for it."""

import pytest

from lti_app.launch import pages, registration_pages
from lti_app.ui import limiter
from tests.launch.pages_said import ON_ONE_DATABASE, refused


def asked_up_to(limit: str, ask):
    """The answer that is one too many, and the one after the limit was lifted."""
    limiter.reset()
    times = int(limit.split()[0])
    for _ in range(times):
        assert ask().status_code != 429
    answer = ask()
    limiter.reset()
    return answer, ask()


@ON_ONE_DATABASE
@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch"])
def test_logins_and_launches_beyond_a_whole_schools_are_put_off(path, app, rows):
    client, before = app.test_client(), rows()

    answer, later = asked_up_to(
        pages.SCHOOL_LIMIT, lambda: client.open(path, method="POST", data={"state": "x"})
    )

    refused(answer, 429, "Too many tries at once")
    assert "Wait a minute" in answer.text
    assert answer.headers["Retry-After"]
    assert later.status_code == 400
    assert rows() == before


@ON_ONE_DATABASE
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_registrations_are_put_off(method, app, rows):
    client, before = app.test_client(), rows()

    answer, later = asked_up_to(
        registration_pages.LIMIT, lambda: client.open("/lti/register", method=method)
    )

    refused(answer, 429, "Too many tries at once")
    assert later.status_code in {200, 400}
    assert rows() == before
