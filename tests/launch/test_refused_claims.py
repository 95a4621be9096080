"""Tokens that are signed well and still must not enter: each claim is looked at."""

import time

import pytest

from tests.launch.pages_said import ON_ONE_DATABASE, refused
from tests.launch.signer import MEMBERSHIP, Signer

CLAIMS = {
    "expired": ({"iat": -4000, "exp": -1000}, 400, "a short time only"),
    "issued too long ago": ({"iat": -7300, "exp": 600}, 400, "a short time only"),
    "issued in the future": ({"iat": 600, "exp": 900}, 400, "a short time only"),
    "without exp": ({"exp": ...}, 400, "did not send all we need"),
    "without iat": ({"iat": ...}, 400, "did not send all we need"),
    "a number beyond all numbers": ({"exp": "1e999"}, 400, "tell who sent you"),
    "without issuer": ({"iss": ...}, 400, "meant for another tool"),
    "of another issuer": ({"iss": "https://other.example"}, 400, "meant for another tool"),
    "for another tool": ({"aud": "other"}, 400, "meant for another tool"),
    "for a list of other tools": ({"aud": ["a", "b"]}, 400, "meant for another tool"),
    "without audience": ({"aud": ...}, 400, "meant for another tool"),
    "for us among several, without azp": (
        {"aud": [Signer.client_id, "other"]},
        400,
        "meant for another tool",
    ),
    "for us, authorized for another": ({"azp": "other"}, 400, "meant for another tool"),
    "with another nonce": ({"nonce": "made-up"}, 400, "used before"),
    "without nonce": ({"nonce": ...}, 400, "did not send all we need"),
    "of an unknown deployment": ({"deployment_id": "d2"}, 403, "not set up for this part"),
    "without deployment": ({"deployment_id": ...}, 400, "did not send all we need"),
    "with a deployment that is no word": ({"deployment_id": {"a": 1}}, 400, "all we need"),
    "without roles": ({"roles": ...}, 400, "student or a teacher"),
    "with roles that are no list": ({"roles": "Learner"}, 400, "student or a teacher"),
    "with roles that are no words": ({"roles": [1, None]}, 400, "student or a teacher"),
    "with no role at all": ({"roles": []}, 403, "students and teachers of a class"),
    "of a parent": ({"roles": [MEMBERSHIP + "Mentor"]}, 403, "students and teachers"),
    "of nobody": ({"sub": ...}, 400, "who you are"),
    "of somebody with an endless id": ({"sub": "s" * 300}, 400, "did not send all we need"),
    "of somebody with a broken id": ({"sub": "a\x00b"}, 400, "did not send all we need"),
    "outside of any course": ({"context": ...}, 400, "from inside a class"),
    "of a course without id": ({"context": {"title": "x"}}, 400, "did not send all we need"),
    "for another address": (
        {"target_link_uri": "https://evil.example/lti/launch"},
        400,
        "to the wrong address",
    ),
    "for an address that looks like ours": (
        {"target_link_uri": "http://127.0.0.1:8000@evil.example/"},
        400,
        "to the wrong address",
    ),
    "without address": ({"target_link_uri": ...}, 400, "to the wrong address"),
    "without a link": ({"resource_link": ...}, 400, "did not send all we need"),
    "with a link that is no object": ({"resource_link": "x"}, 400, "did not send all we need"),
    "of another version": ({"version": "1.1"}, 400, "did not send all we need"),
    "without version": ({"version": ...}, 400, "did not send all we need"),
    "without a type": ({"message_type": ...}, 400, "do this here yet"),
    "for deep linking, without saying what it takes": (
        {"message_type": "LtiDeepLinkingRequest"},
        400,
        "did not send all we need",
    ),
    "for a review of nobody's work": (
        {"message_type": "LtiSubmissionReviewRequest"},
        400,
        "did not send all we need",
    ),
    "of a type of the future": ({"message_type": "LtiThoughtRequest"}, 400, "do this here yet"),
    "of no known type": ({"message_type": ["x"]}, 400, "do this here yet"),
}


@ON_ONE_DATABASE
@pytest.mark.parametrize("case", CLAIMS)
def test_a_token_is_refused_that_is(case, browser, rows):
    changes, status, words = CLAIMS[case]
    before = rows()
    at = int(time.time())
    for claim in ("iat", "exp"):
        if isinstance(changes.get(claim), int):
            changes = {**changes, claim: at + changes[claim]}
    if changes.get("exp") == "1e999":
        changes = {"exp": float("inf")}

    response = browser.launch(**changes)

    refused(response, status, words)
    assert rows() == before
