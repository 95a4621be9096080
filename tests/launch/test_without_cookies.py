"""Launches in an iframe whose browser keeps no cookie of ours: what the server takes for proof."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from lti_app.db import now
from lti_app.launch.models import Platform
from lti_app.people.models import CarriedVisit
from tests.launch.conftest import Browser
from tests.launch.pages_said import ON_ONE_DATABASE

OURS = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def elsewhere(app, signer) -> Browser:
    """A browser that did not keep the login's cookie."""
    return Browser(app, signer)


def ask_login(browser, **parameters):
    sent = {"iss": browser.signer.issuer, "login_hint": "hint", **parameters}
    return browser.client.get(
        "/lti/login", query_string={"target_link_uri": "http://127.0.0.1:8000/lti/launch", **sent}
    )


def carried_launch(browser, elsewhere, **headers):
    state, nonce = browser.login()
    token = browser.signer.sign(browser.signer.claims(nonce))
    return elsewhere.post(state, token, stored=nonce, headers={**OURS, **headers})


def test_what_the_platforms_storage_held_lets_in_and_the_address_carries_the_visit(
    browser, elsewhere
):
    response = carried_launch(browser, elsewhere)

    assert response.status_code == 303
    assert response.location.startswith("/in/")
    front = elsewhere.client.get(response.location)
    assert front.status_code == 200
    root = response.location.partition("/e/")[0]
    assert f'href="{root}/static/pathways.css' in front.text
    assert 'href="/e/' not in front.text


def test_a_carried_visit_remembers_what_a_cookie_would(browser, elsewhere):
    front = carried_launch(browser, elsewhere).location
    root = front.partition("/e/")[0]

    response = elsewhere.client.get(f"{root}/language/es?back=/e/{front.split('/e/')[1]}")

    assert response.location == front
    assert 'lang="es"' in elsewhere.client.get(front).text


def test_a_carried_visit_is_one_browsers_and_ends(browser, elsewhere, app, database):
    front = carried_launch(browser, elsewhere).location

    other = app.test_client().get(front, headers={"User-Agent": "somebody else's"})
    assert other.status_code == 401
    assert elsewhere.client.get(front.replace("/in/", "/in/x")).status_code == 401
    with database.transaction() as session:
        session.execute(update(CarriedVisit).values(expires_at=now()))
    assert elsewhere.client.get(front).status_code == 401


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_another_sites_page_can_not_say_what_the_storage_held(browser, elsewhere, rows, headers):
    before = rows()

    response = carried_launch(browser, elsewhere, **headers)

    assert response.status_code == 200
    assert "Open Pathways" in response.text
    assert rows() == before


@ON_ONE_DATABASE
def test_a_wrong_value_from_the_storage_lets_nobody_in(browser, elsewhere, rows, signer):
    state, nonce = browser.login()
    before = rows()

    response = elsewhere.post(
        state, signer.sign(signer.claims(nonce)), stored="made up", headers=OURS
    )

    assert response.status_code == 200
    assert "Open Pathways" in response.text
    assert rows() == before


@ON_ONE_DATABASE
def test_a_forged_token_is_refused_before_any_storage_is_asked(browser, elsewhere, signer):
    state, nonce = browser.login()
    token = signer.sign(signer.claims(nonce), key=signer.stranger)

    assert elsewhere.post(state, token, stored=nonce, headers=OURS).status_code == 400


@ON_ONE_DATABASE
def test_a_carried_launch_enters_once(browser, elsewhere, signer):
    state, nonce = browser.login()
    token = signer.sign(signer.claims(nonce))

    first, second = (elsewhere.post(state, token, stored=nonce, headers=OURS) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 400)


@ON_ONE_DATABASE
def test_the_new_tab_begins_the_same_login_anew(browser, elsewhere, signer):
    state, nonce = browser.login(lti_message_hint="here & there")

    page = elsewhere.post(state, signer.sign(signer.claims(nonce)))

    address = page.text.partition('id="open" href="')[2].partition('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(address).query)
    assert asked["lti_message_hint"] == ["here & there"]
    assert asked["lti_deployment_id"] == [signer.deployment_id]
    assert asked["target_link_uri"] == ["http://127.0.0.1:8000/lti/launch"]
    assert "lti_storage_target" not in asked
    assert elsewhere.client.get(address).status_code == 302


@ON_ONE_DATABASE
def test_hints_too_long_to_come_back_offer_no_new_tab(browser, elsewhere, signer):
    state, nonce = browser.login(lti_message_hint="x" * 2000)
    assert len(state) < 200

    response = elsewhere.post(state, signer.sign(signer.claims(nonce)))

    assert response.status_code == 400
    assert "could not recognize your browser" in response.text


@ON_ONE_DATABASE
def test_the_storage_is_asked_only_where_no_cookie_came_back(browser, platform_id):
    assert ask_login(browser, lti_storage_target="_parent").status_code == 200
    assert ask_login(browser, lti_storage_target="_parent").status_code == 302


@ON_ONE_DATABASE
def test_the_storage_can_be_switched_off_for_a_platform(browser, database):
    with database.transaction() as session:
        session.execute(update(Platform).values(uses_storage=False))

    assert ask_login(browser, lti_storage_target="_parent").status_code == 302


@ON_ONE_DATABASE
def test_the_storages_origin_is_that_of_the_authorization_address(browser, signer):
    page = ask_login(browser, lti_storage_target="kept")

    assert f'data-origin="{signer.issuer}"' in page.text
    assert 'data-frame="kept"' in page.text
