"""Launches that must not enter: a clear page, the right status, nothing changed."""

from datetime import timedelta
from hashlib import sha256

import jwt
import pytest
import time_machine
from itsdangerous import TimestampSigner
from sqlalchemy import select, update

from lti_app import create_app
from lti_app.db import now
from lti_app.launch import pages
from lti_app.launch.lately import LATELY
from lti_app.launch.logins import LIFETIME
from lti_app.launch.models import Platform, UsedLogin
from tests.launch.conftest import Browser
from tests.launch.pages_said import ON_ONE_DATABASE, refused
from tests.launch.signer import MEMBERSHIP


def forged_by_a_stranger(signer, claims):
    return signer.sign(claims, key=signer.stranger)


def unsigned(_signer, claims):
    return jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})


def signed_with_the_public_key_as_a_password(signer, claims):
    # PyJWT refuses to make such a token; an attacker's own few lines do not.
    import base64
    import hashlib
    import hmac
    import json

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    kid = next(iter(signer.keys))
    signed = f"{part({'alg': 'HS256', 'kid': kid})}.{part(claims)}"
    mac = hmac.new(signer.public_pem(kid), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def signed_with_another_rsa_algorithm(signer, claims):
    return signer.sign(claims, algorithm="RS512")


def without_kid(signer, claims):
    return jwt.encode(claims, signer.stranger, algorithm="RS256")


@pytest.mark.parametrize(
    "forge",
    [
        forged_by_a_stranger,
        unsigned,
        signed_with_the_public_key_as_a_password,
        signed_with_another_rsa_algorithm,
        without_kid,
    ],
)
def test_a_forged_token_is_refused(forge, browser, signer, rows):
    before = rows()
    state, nonce = browser.login()

    response = browser.post(state, forge(signer, signer.claims(nonce)))

    refused(response, 400, "tell who sent you")
    assert rows() == before


def test_a_symmetric_key_in_the_platforms_set_signs_nothing(browser, signer, rows):
    """pylti1p3 lets the key's own `alg` decide."""
    before = rows()
    signer.key_server_answers = (
        {"keys": [{"kty": "oct", "kid": "s", "alg": "HS256", "k": "c2VjcmV0" * 8}]},
        200,
    )
    state, nonce = browser.login()
    token = jwt.encode(signer.claims(nonce), b"secret" * 8, algorithm="HS256", headers={"kid": "s"})

    refused(browser.post(state, token), 400, "tell who sent you")
    assert rows() == before


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "garbage",
    ["x", "a.b.c", "...", "bnVsbA.bnVsbA.x", "W10.W10.x", "é.é.é", "x" * 100_000],
)
def test_garbage_is_refused(garbage, browser, rows):
    before = rows()
    state, _nonce = browser.login()

    refused(browser.post(state, garbage), 400, "tell who sent you")
    assert rows() == before


def test_a_token_enters_once_whichever_worker_it_meets(browser, signer, settings, rows):
    state, nonce = browser.login()
    token = signer.sign(signer.claims(nonce))
    name, value = browser.kept()
    assert browser.post(state, token).status_code == 303
    before = rows()
    other_app = create_app(settings)
    other = Browser(other_app, signer)

    for one in (browser, other):
        one.client.set_cookie(name, value, path="/lti")
        refused(one.post(state, token), 400, "used before")
    other_app.extensions["pathways.database"].dispose()

    assert rows() == before
    assert "people" not in [c.key for c in other.client._cookies.values()]


def test_of_two_launches_at_once_with_one_token_one_enters(app, browser, signer):
    import threading

    browser.launch(sub="warm-up")
    state, nonce = browser.login()
    token = signer.sign(signer.claims(nonce))
    (name, value), ready, answers = browser.kept(), threading.Barrier(3), []

    def enter() -> None:
        one = Browser(app, signer)
        one.client.set_cookie(name, value, path="/lti")
        ready.wait()
        answers.append(one.post(state, token).status_code)

    threads = [threading.Thread(target=enter) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [303, 400, 400]


def test_a_login_begun_in_another_browser_is_refused(app, browser, signer, rows):
    state, nonce = browser.login()
    before = rows()

    response = Browser(app, signer).post(
        state, signer.sign(signer.claims(nonce)), headers={"Sec-Fetch-Dest": "document"}
    )

    refused(response, 400, "could not recognize your browser")
    assert "new tab" in response.text
    assert rows() == before


def test_a_token_of_one_login_does_not_enter_with_another(browser, signer):
    _state, nonce = browser.login()
    other_state, _other_nonce = browser.login()

    response = browser.post(other_state, signer.sign(signer.claims(nonce)))

    refused(response, 400, "used before")


def test_a_login_that_took_too_long_is_refused(browser, signer, rows):
    with time_machine.travel(now() - LIFETIME - timedelta(seconds=2)):
        state, nonce = browser.login()
    before = rows()

    refused(browser.post(state, signer.sign(signer.claims(nonce))), 400, "took too long")
    assert rows() == before


def test_only_used_logins_are_kept_and_forgotten_when_they_are_too_old(
    browser, signer, database, monkeypatch
):
    def kept():
        with database.session(writes=False) as session:
            return set(session.scalars(select(UsedLogin.nonce)))

    browser.launch()
    first = kept()
    for _ in range(3):
        browser.login()
    assert kept() == first
    assert len(first) == 1

    with database.transaction() as session:
        session.execute(update(UsedLogin).values(expires_at=now() - timedelta(seconds=1)))
    monkeypatch.setattr(pages, "PURGE_ONE_IN", 1)
    browser.launch()

    assert len(kept()) == 1
    assert not kept() & first


@pytest.mark.parametrize(
    "change",
    [
        lambda state: "made-up",
        lambda state: f"{state}x",
        lambda state: f"x{state}",
        lambda state: state.rpartition(".")[0],
        lambda state: state.replace(".", "", 1),
        lambda state: "." * 3,
        lambda state: "\u00e9" + state,
    ],
)
def test_a_state_that_was_not_given_here_is_refused(change, browser, signer, rows):
    state, nonce = browser.login()
    before, made_up = rows(), change(state)
    browser.client.set_cookie(f"pathways-{made_up.rpartition('.')[2]}", nonce, path="/lti")

    refused(browser.post(made_up, signer.sign(signer.claims(nonce))), 400, "took too long")
    assert rows() == before


def test_a_state_signed_for_something_else_is_refused(app, browser, signer):
    """With our own secret, but as a cookie is signed."""
    state, nonce = browser.login()
    other = TimestampSigner(app.secret_key, salt="cookie-session", digest_method=sha256)
    made_up = other.sign(state.split(".")[0]).decode()

    refused(browser.post(made_up, signer.sign(signer.claims(nonce))), 400, "took too long")


@pytest.mark.parametrize("missing", ["state", "id_token"])
def test_a_launch_without_its_parameters_is_refused(missing, browser, signer):
    state, nonce = browser.login()
    sent = {"state": state, "id_token": signer.sign(signer.claims(nonce))}

    response = browser.client.post("/lti/launch", data={**sent, missing: ""})

    refused(response, 400, "did not send all we need")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"iss": ""}, "did not send all we need"),
        ({"login_hint": ""}, "did not send all we need"),
        ({"iss": "https://unknown.example"}, "does not know this school"),
        ({"client_id": "other"}, "does not know this school"),
    ],
)
def test_a_login_without_what_it_needs_is_refused(changes, words, browser, signer, rows):
    before = rows()
    sent = {"iss": signer.issuer, "client_id": signer.client_id, "login_hint": "h", **changes}

    refused(browser.client.get("/lti/login", query_string=sent), 400, words)
    assert rows() == before


def test_a_platform_that_was_switched_off_launches_nobody(app, browser, signer, database):
    state, nonce = browser.login()
    with database.transaction() as session:
        session.execute(update(Platform).values(active=False))

    refused(
        browser.post(state, signer.sign(signer.claims(nonce))), 400, "does not know this school"
    )
    state, nonce = browser.login()  # within a minute of the last one
    refused(
        browser.post(state, signer.sign(signer.claims(nonce))), 400, "does not know this school"
    )
    app.extensions[LATELY].clear()
    with pytest.raises(AssertionError, match="does not know this school"):
        browser.login()


def test_refusals_are_counted_by_code(browser):
    from prometheus_client import REGISTRY

    def count() -> float:
        name = "pathways_launch_refused_total"
        return REGISTRY.get_sample_value(name, {"code": "wrong_audience"}) or 0.0

    before = count()
    browser.launch(aud="other")

    assert count() == before + 1


def test_a_refusal_is_logged_by_its_code_alone(browser, caplog):
    caplog.set_level("INFO")

    browser.launch(roles=[MEMBERSHIP + "Mentor"])

    assert "launch refused: no_role" in caplog.text
    assert "Ada" not in caplog.text
    assert "eyJ" not in caplog.text


def test_a_refusal_can_be_read_inside_the_platforms_iframe(browser, signer):
    response = browser.launch(aud="other")

    assert f"frame-ancestors 'self' {signer.issuer}" in response.headers["Content-Security-Policy"]
