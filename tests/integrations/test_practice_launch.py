"""The practice platform's launches and tokens, as a tool of nobody's meets them."""

import time

import jwt
import pytest
import requests

from integrations.practice.platform import AGS, CLAIM, NRPS_SCOPE

ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


def test_its_configuration_names_addresses_that_answer(practice):
    said = requests.get(practice.url + "/.well-known/openid-configuration", timeout=5).json()

    assert said["issuer"] == practice.url
    assert requests.get(said["jwks_uri"], timeout=5).json() == practice.platform.keys.key_set()
    assert requests.get(said["authorization_endpoint"], timeout=5).status_code == 400
    assert requests.post(said["token_endpoint"], timeout=5).json()["error"]


def test_a_student_is_launched_with_a_signed_token(peer_tool):
    answer, fields = peer_tool.authorize()

    claims = peer_tool.verified(fields["id_token"])
    assert f'action="{peer_tool.tool.launch_url}"' in answer.text
    assert fields["state"] == "state-1"
    assert claims["nonce"] == "nonce-1"
    assert claims["sub"] == peer_tool.course.student_ids[0]
    assert claims[CLAIM + "context"]["id"] == peer_tool.course.id
    assert [role.rpartition("#")[2] for role in claims[CLAIM + "roles"]] == ["Learner"]


def test_a_variable_it_cannot_fill_in_arrives_as_its_name(peer_tool):
    _, fields = peer_tool.authorize()

    claims = peer_tool.verified(fields["id_token"])
    assert claims[CLAIM + "custom"]["canvas_course_id"] == "$Canvas.course.id"


def test_an_administrator_comes_without_a_course(peer_tool):
    administrator = peer_tool.practice.school.of_role("administrator")[0]

    _, fields = peer_tool.authorize(login_hint=administrator.id, lti_message_hint="account")

    claims = peer_tool.verified(fields["id_token"])
    assert CLAIM + "context" not in claims
    assert ENDPOINT not in claims
    assert claims[CLAIM + "roles"][0].endswith("#Administrator")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"login_hint": "nobody"}, "login_required"),
        ({"lti_message_hint": "account"}, "access_denied"),
        ({"lti_message_hint": "no-course"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"response_mode": "query"}, "invalid_request"),
    ],
)
def test_a_wrong_request_gets_an_error_and_no_token(peer_tool, changes, error):
    _, fields = peer_tool.authorize(**changes)

    assert fields["error"] == error
    assert fields["state"] == "state-1"
    assert "id_token" not in fields


def test_who_left_the_course_is_launched_no_more(peer_tool):
    left = peer_tool.course.student_ids[0]
    peer_tool.course.leave(left)

    _, fields = peer_tool.authorize(login_hint=left)

    assert fields["error"] == "access_denied"


@pytest.mark.parametrize(
    "changes", [{"client_id": "other"}, {"redirect_uri": "https://evil.example/lti/launch"}]
)
def test_nothing_goes_to_an_address_that_is_not_registered(peer_tool, changes):
    answer, fields = peer_tool.authorize(**changes)

    assert answer.status_code == 400
    assert fields == {}


def test_after_a_rotation_old_tokens_verify_until_the_old_keys_are_withdrawn(peer_tool):
    _, before = peer_tool.authorize()

    peer_tool.practice.platform.keys.rotate()
    _, after = peer_tool.authorize()
    assert peer_tool.verified(before["id_token"])
    assert peer_tool.verified(after["id_token"])
    assert (
        jwt.get_unverified_header(before["id_token"])["kid"]
        != jwt.get_unverified_header(after["id_token"])["kid"]
    )

    peer_tool.practice.platform.keys.rotate(keep_old=False)
    with pytest.raises(KeyError):
        peer_tool.verified(before["id_token"])


def test_struck_scopes_are_neither_offered_nor_granted(peer_tool):
    peer_tool.allow_only(AGS + "score")

    _, fields = peer_tool.authorize()
    granted = peer_tool.ask_token(peer_tool.assertion()).json()
    refused = peer_tool.ask_token(peer_tool.assertion(), NRPS_SCOPE)

    assert peer_tool.verified(fields["id_token"])[ENDPOINT]["scope"] == [AGS + "score"]
    assert granted["scope"] == AGS + "score"
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example/token"},
        {"exp": int(time.time()) - 120},
        {"sub": "someone-else"},
        {"iss": "unknown-tool"},
        {"jti": ...},
        {"exp": ...},
    ],
)
def test_a_wrong_assertion_gets_no_token(peer_tool, changes):
    answer = peer_tool.ask_token(peer_tool.assertion(**changes))

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client"


def test_an_assertion_counts_once(peer_tool):
    assertion = peer_tool.assertion()

    assert peer_tool.ask_token(assertion).status_code == 200
    assert peer_tool.ask_token(assertion).json()["error"] == "invalid_client"


@pytest.mark.parametrize("key_set", [{"keys": []}, {}, [], "no keys"])
def test_a_tool_without_usable_keys_gets_no_token(peer_tool, key_set):
    peer_tool.key_set = key_set

    assert peer_tool.ask_token(peer_tool.assertion()).json()["error"] == "invalid_client"


def test_an_assertion_signed_with_another_key_gets_no_token(peer_tool):
    assertion = peer_tool.assertion()
    kid = peer_tool.keys.kid
    peer_tool.keys.rotate(keep_old=False)
    peer_tool.key_set = {"keys": [{**peer_tool.keys.key_set()["keys"][0], "kid": kid}]}

    assert peer_tool.ask_token(assertion).json()["error"] == "invalid_client"
