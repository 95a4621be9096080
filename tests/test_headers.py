"""What every answer tells the browser."""

import pytest

from lti_app import create_app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def over_https(settings, database):
    app = create_app(settings.model_copy(update={"public_url": "https://tool.example"}))
    yield app.test_client()
    app.extensions["pathways.database"].dispose()


@pytest.mark.parametrize("path", ["/lti/privacy", "/static/icon.svg", "/nowhere", "/lti/login"])
def test_every_answer_says_what_may_be_loaded_and_who_may_frame_it(client, path):
    headers = client.get(path).headers

    policy = dict(
        part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy  # no page has scripts of its own
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Strict-Transport-Security" not in headers


def test_https_is_insisted_on_where_it_is_there(over_https):
    sent_on = over_https.get("/lti/privacy?a=b", base_url="http://tool.example")

    assert sent_on.status_code == 302
    assert sent_on.location == "https://tool.example/lti/privacy?a=b"
    secure = over_https.get("/lti/privacy", base_url="https://tool.example")
    assert secure.status_code == 200
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_behind_a_proxy_that_speaks_https_nobody_is_sent_round_in_circles(over_https):
    answer = over_https.get(
        "/lti/privacy", base_url="http://tool.example", headers={"X-Forwarded-Proto": "https"}
    )

    assert answer.status_code == 200
