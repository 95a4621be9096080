"""Whatever a platform puts into a deep linking or submission review message, or says when we
register with it: never a broken page, and nothing written that should not be."""

import json
import re
import threading
from html import unescape

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.serving import make_server

from integrations.lti.claims import AGS_ENDPOINT, DL_SETTINGS
from lti_app.ui import limiter
from tests.launch.pages_said import ON_ONE_DATABASE
from tests.launch.signer import INSTRUCTOR, LTI
from tests.launch.test_tampered import JSON, SLOW

PICKING = {
    "deep_link_return_url": "http://127.0.0.1:9/picked",
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe"],
    "accept_multiple": True,
    "accept_lineitem": True,
    "data": "opaque",
}
GRADES = {"lineitems": "http://127.0.0.1:9/items", "lineitem": "http://127.0.0.1:9/items/1"}
MESSAGES = {
    "LtiDeepLinkingRequest": {DL_SETTINGS: PICKING},
    "LtiSubmissionReviewRequest": {LTI + "for_user": {"user_id": "u"}, AGS_ENDPOINT: GRADES},
}


@st.composite
def garbled(draw, whole):
    """Any JSON in the place of `whole`, of one of its values, or of a value of those."""
    if not isinstance(whole, dict) or draw(st.booleans()):
        return draw(JSON)
    key = draw(st.sampled_from(sorted(whole)))
    return {**whole, key: draw(garbled(whole[key]))}


def test_whole_messages_enter(browser, signer):
    """Else the two tests below would show nothing."""
    for message, claims in MESSAGES.items():
        state, nonce = browser.login()
        body = signer.claims(nonce, roles=[INSTRUCTOR], message_type=message)
        answer = browser.post(state, signer.sign({**body, **claims}))
        assert answer.status_code == 303, answer.text


@ON_ONE_DATABASE
@pytest.mark.parametrize("message", MESSAGES)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(drawn=st.data())
def test_a_garbled_message_enters_whole_or_writes_nothing(message, browser, signer, rows, drawn):
    state, nonce = browser.login()
    body = signer.claims(nonce, roles=[INSTRUCTOR], message_type=message)
    name = drawn.draw(st.sampled_from(sorted(MESSAGES[message])))
    whole = MESSAGES[message][name]
    body.update({**MESSAGES[message], name: drawn.draw(garbled(whole))})
    before = rows()

    response = browser.post(state, signer.sign(body))

    assert response.status_code in {303, 400, 403}
    assert response.status_code == 303 or rows() == before
    if response.status_code == 303:
        assert browser.client.get(response.location).status_code < 500


@pytest.fixture
def odd_platform():
    """Answers with the bytes that a test sets: its configuration at `/c`, its answer to a
    registration at `/r`."""
    said: dict[str, bytes] = {}
    app = Flask(__name__)

    @app.get("/c")
    def configuration():
        return said["configuration"]

    @app.post("/r")
    def register():
        return said["registered"]

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", said
    server.shutdown()
    server.server_close()


def configuration_of(url):
    addresses = {"authorization_endpoint": "/a", "token_endpoint": "/t", "jwks_uri": "/j"}
    addresses["registration_endpoint"] = "/r"
    return {
        "issuer": url,
        **{name: url + path for name, path in addresses.items()},
        "scopes_supported": ["openid"],
        "claims_supported": ["sub"],
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {
            "product_family_code": "odd",
            "version": "1",
            "messages_supported": [{"type": "LtiResourceLinkRequest", "placements": []}],
        },
    }


REGISTERED = {
    "client_id": "c1",
    "scope": "openid",
    "https://purl.imsglobal.org/spec/lti-tool-configuration": {"deployment_id": "d1"},
}


@ON_ONE_DATABASE
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(drawn=st.data())
def test_a_garbled_configuration_breaks_no_page_and_writes_nothing(app, odd_platform, rows, drawn):
    url, said = odd_platform
    said["configuration"] = json.dumps(drawn.draw(garbled(configuration_of(url)))).encode()
    before = rows()

    assert opened(app.test_client(), url).status_code in {200, 400}
    assert rows() == before


@ON_ONE_DATABASE
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(drawn=st.data())
def test_a_garbled_answer_to_a_registration_is_kept_whole_or_not_at_all(
    app, odd_platform, rows, drawn
):
    url, said = odd_platform
    said["configuration"] = json.dumps(configuration_of(url)).encode()
    said["registered"] = json.dumps(drawn.draw(garbled(REGISTERED))).encode()
    client = app.test_client()
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', opened(client, url).text))
    before = rows()

    answer = client.post("/lti/register", data={name: unescape(v) for name, v in fields.items()})

    assert answer.status_code in {200, 400}
    waiting = rows()["registrations"] - before["registrations"]
    assert waiting == (1 if answer.status_code == 200 else 0)
    assert {**rows(), "registrations": 0} == {**before, "registrations": 0}


def opened(client, url):
    """The page an administrator pastes into the platform; each time as if after a minute."""
    limiter.reset()
    return client.get("/lti/register", query_string={"openid_configuration": url + "/c"})
