"""A platform's keys: kept, fetched again after a rotation, never hammered."""

import threading
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import update

from lti_app.db import now
from lti_app.launch.models import Platform
from tests.launch.conftest import Browser


def a_minute_passes(database) -> None:
    with database.transaction() as session:
        session.execute(update(Platform).values(jwks_asked_at=now() - timedelta(seconds=61)))


def test_many_launches_fetch_the_keys_once(browser, signer):
    for number in range(3):
        assert browser.launch(sub=f"s{number}").status_code == 303

    assert signer.key_fetches == 1


def test_after_a_rotation_the_keys_are_fetched_once_more(browser, signer, database):
    browser.launch()
    a_minute_passes(database)
    signer.rotate()

    assert browser.launch().status_code == 303
    assert browser.launch().status_code == 303
    assert signer.key_fetches == 2


def test_unknown_keys_make_no_more_than_one_fetch_a_minute(browser, signer, database, rows):
    browser.launch()
    a_minute_passes(database)
    before = rows()

    for _ in range(3):
        state, nonce = browser.login()
        response = browser.post(state, signer.sign(signer.claims(nonce), kid="made-up"))
        assert response.status_code == 400
        assert "check your school" in response.text

    assert signer.key_fetches == 2
    assert rows() == before


def test_a_class_that_meets_a_rotation_waits_for_one_fetch(app, browser, signer, database):
    browser.launch()
    a_minute_passes(database)
    signer.rotate()
    ready, answers = threading.Barrier(4), []

    def enter(number: int) -> None:
        one = Browser(app, signer)
        state, nonce = one.login()
        token = signer.sign(signer.claims(nonce, sub=f"s{number}"))
        ready.wait()
        answers.append(one.post(state, token).status_code)

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [303] * 4
    assert signer.key_fetches == 2


@pytest.mark.parametrize(
    "answer", [("down", 500), ("<html>", 200), ("[]", 200), ('{"keys": 1}', 200), ("{}", 404)]
)
def test_a_key_server_that_does_not_answer_gets_a_clear_page(answer, browser, signer, rows):
    signer.key_server_answers = answer
    before = rows()

    response = browser.launch()

    assert response.status_code == 503
    assert "does not answer us right now" in response.text
    assert rows() == before


def test_known_keys_are_used_on_while_the_key_server_is_down(browser, signer, database):
    browser.launch()
    signer.key_server_answers = ("down", 500)
    with database.transaction() as session:
        long_ago = now() - timedelta(days=2)
        session.execute(update(Platform).values(jwks_asked_at=long_ago, jwks_fetched_at=long_ago))

    assert browser.launch().status_code == 303
    assert signer.key_fetches == 2


def test_a_key_the_platform_withdrew_is_not_believed_for_ever(browser, signer, database):
    browser.launch()
    withdrawn = next(iter(signer.keys))
    key = signer.keys[withdrawn]
    signer.rotate()
    with database.transaction() as session:
        long_ago = now() - timedelta(days=2)
        session.execute(update(Platform).values(jwks_asked_at=long_ago, jwks_fetched_at=long_ago))

    state, nonce = browser.login()
    token = jwt.encode(signer.claims(nonce), key, algorithm="RS256", headers={"kid": withdrawn})

    assert browser.post(state, token).status_code == 400


@pytest.mark.parametrize("key", [{"kty": "RSA"}, {"kty": "RSA", "n": "!", "e": 7}, {"kty": 3}, {}])
def test_a_key_that_is_none_gets_a_clear_page(key, browser, signer):
    signer.key_server_answers = ({"keys": ["x", {**key, "kid": "odd"}]}, 200)
    state, nonce = browser.login()

    response = browser.post(state, signer.sign(signer.claims(nonce), kid="odd"))

    assert response.status_code == 400
    assert "tell who sent you" in response.text
