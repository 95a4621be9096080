"""A plain link opened in a browser that knows nobody: Google says who it is."""

from html import unescape

import pytest
import requests

from integrations.practice.school import PracticePerson
from lti_app.people.models import Enrolment


def _open(door, browser: requests.Session) -> requests.Response:
    return browser.get(f"{door.url}/open/{door.place}", timeout=20)


def _sign_in(door, browser: requests.Session, person: PracticePerson) -> requests.Response:
    to = f"{door.url}/addon/come-back?to=/open/{door.place}"
    google = browser.get(to, timeout=20)
    return browser.post(google.url, data={"person": person.id, "decision": "allow"}, timeout=20)


def test_who_is_known_signs_in_and_stands_where_the_link_leads(door):
    door.connect_section()
    browser = requests.Session()

    page = _open(door, browser)
    assert page.status_code == 401
    assert f'href="/addon/come-back?to=/open/{door.place}"' in unescape(page.text)
    last = _sign_in(door, browser, door.student())

    assert last.status_code == 200
    assert last.url.endswith(f"/checkpoints/{door.checkpoint_id}")
    assert "Exit ticket" in last.text
    assert _open(door, browser).url == last.url, "the next time straight in"


def test_who_is_not_known_is_told_so_and_nobody_is_made(door):
    door.connect_section()
    before = door.counts()
    browser = requests.Session()

    last = _sign_in(door, browser, door.stranger)

    assert last.status_code == 403
    assert "does not know this account yet" in last.text
    assert door.counts() == before
    assert _open(door, browser).status_code == 401


def test_who_left_the_class_does_not_come_in(door):
    door.connect_section()
    with door.database.transaction(district_id=door.district_id) as session:
        for enrolment in session.query(Enrolment):
            enrolment.active = False

    last = _sign_in(door, requests.Session(), door.student())

    assert last.status_code == 401
    assert "not in the class of this assignment" in last.text


@pytest.mark.parametrize(
    "to", ["", "https://evil.example/", "//evil.example", "/open/../admin", "/open/x-1?to=/a", "/e"]
)
def test_nobody_is_sent_anywhere_else(door, to):
    page = requests.get(
        f"{door.url}/addon/come-back", params={"to": to}, timeout=20, allow_redirects=False
    )
    assert page.status_code == 404


def test_without_google_it_is_not_offered(app):
    page = app.test_client().get("/open/checkpoint-1")
    assert page.status_code == 401
    assert "come-back" not in page.text
