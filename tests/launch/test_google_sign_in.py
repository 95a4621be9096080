"""Administrators without an LMS: listed by a command, signed in at the practice Google, put out."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from integrations.classroom import sign_in as google_client
from integrations.practice.keys import KeyRing
from integrations.practice.school import DOMAIN, PracticePerson, PracticeSchool
from integrations.practice.server import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, PracticeServer
from lti_app import create_app
from lti_app.db import Base, Database, now
from lti_app.launch import google_sign_in
from lti_app.people.models import AuditEvent, District, Identity, ListedAdmin, Person

STRANGERS = KeyRing()


@dataclass
class Browser:
    """Somebody's browser, between the tool and Google."""

    url: str
    http: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str) -> requests.Response:
        return self.http.get(self.url + path, timeout=20)

    def post(self, path: str, page: str, **typed: Any) -> requests.Response:
        """Post a form of `page`, with the token that it carries."""
        token = re.search(r'name="csrf_token" value="([^"]*)"', self.get(page).text)
        data = {"csrf_token": token[1] if token else "", **typed}
        return self.http.post(self.url + path, data=data, timeout=20)

    def set_out(self, **typed: str) -> requests.Response:
        """Press the button; returns Google's page."""
        return self.post("/google/sign-in", "/google/sign-in", **typed)

    def back(self, google: requests.Response, person: PracticePerson) -> str:
        """Google's answer, as the address it sends the browser back to."""
        decided = self.http.post(
            google.url,
            data={
                "person": person.id,
                "decision": "allow",
                "scope": ["openid", "email", "profile"],
            },
            allow_redirects=False,
            timeout=20,
        )
        return decided.headers["Location"]

    def sign_in(self, person: PracticePerson) -> requests.Response:
        return self.http.get(self.back(self.set_out(), person), timeout=20)


@dataclass
class Signing:
    """The tool with one registered domain, and the practice Google."""

    app: Flask
    url: str
    practice: PracticeServer

    @property
    def database(self) -> Database:
        return self.app.extensions["pathways.database"]

    @property
    def dana(self) -> PracticePerson:
        return self.practice.school.of_role("administrator")[0]

    @property
    def elena(self) -> PracticePerson:
        return self.practice.school.of_role("teacher")[0]

    def command(self, *words: str) -> str:
        said = self.app.test_cli_runner().invoke(args=[*words, "--district", "Maple"])
        return said.output

    def list_admin(self, person: PracticePerson) -> None:
        assert "may sign in" in self.command("admins", "add", person.email)

    def browser(self) -> Browser:
        return Browser(self.url)

    def rows(self, model: Any) -> list[Any]:
        with self.database.session(writes=False) as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def counts(self) -> dict[str, int]:
        with self.database.session(writes=False) as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }

    @contextmanager
    def nothing_written(self) -> Iterator[None]:
        before = self.counts()
        yield
        assert self.counts() == before


@pytest.fixture
def signing(settings) -> Iterator[Signing]:
    apps: list[Flask] = []
    server = make_server("127.0.0.1", 0, lambda e, s: apps[0](e, s), threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with PracticeServer(url, PracticeSchool.small(2)) as practice:
        google = {
            "google_client_id": GOOGLE_CLIENT_ID,
            "google_client_secret": type(settings.secret_key)(GOOGLE_CLIENT_SECRET),
            "google_auth_url": practice.url + "/o/oauth2/v2/auth",
            "google_token_url": practice.url + "/token",
            "google_revoke_url": practice.url + "/revoke",
            "google_certs_url": practice.url + "/oauth2/v3/certs",
        }
        app = create_app(settings.model_copy(update={"public_url": url, **google}))
        apps.append(app)
        world = Signing(app, url, practice)
        assert "belong to Maple" in world.command("classroom", "domains", "add", DOMAIN)
        yield world
        app.extensions["pathways.database"].dispose()
    server.shutdown()
    server.server_close()


def test_a_listed_administrator_opens_the_admin_pages_without_an_lms(signing):
    signing.list_admin(signing.dana)
    landed = signing.browser().sign_in(signing.dana)
    assert landed.ok
    assert urlsplit(landed.url).path == "/admin/"
    assert "<h1>Maple</h1>" in landed.text
    assert "signed in with Google" in landed.text
    [person], [identity] = signing.rows(Person), signing.rows(Identity)
    assert (person.name, person.is_admin) == ("Dana Park", False)
    assert (identity.source, identity.subject) == ("google", signing.dana.google_id)
    assert [event.action for event in signing.rows(AuditEvent)] == [
        "admin.listed",
        "admin.signed_in",
    ]
    assert signing.browser().sign_in(signing.dana).ok
    assert len(signing.rows(Person)) == 1


def test_the_address_is_kept_nowhere(signing):
    signing.list_admin(signing.dana)
    assert signing.browser().sign_in(signing.dana).ok
    with signing.database.session(writes=False) as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert signing.dana.email not in str(row)


def test_google_is_asked_for_no_more_than_who_it_is(signing):
    asked = parse_qs(urlsplit(signing.browser().set_out(login_hint="dana@x.org").url).query)
    assert asked["scope"] == ["openid email profile"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["login_hint"] == ["dana@x.org"]
    assert asked["hd"] == ["*"]
    assert asked["redirect_uri"] == [signing.url + "/google/signed-in"]
    assert asked["state"] != asked["nonce"]


def test_nobody_else_may_frame_the_sign_in(signing):
    for path in ("/google/sign-in", "/google/signed-in?state=x"):
        policy = signing.browser().get(path).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'self'")


NOT_VOUCHED_FOR: list[tuple[dict[str, Any], str]] = [
    ({"hd": "birch.example.org"}, "does not belong to a district"),
    ({"hd": None}, "does not belong to a district"),  # a private account, whatever its address
    ({"email": "someone@" + DOMAIN}, "is not listed"),
    ({"email_verified": False}, "is not listed"),
    ({"nonce": "another"}, "be sure who signed in"),
    ({"nonce": None}, "be sure who signed in"),
    ({"aud": "another.apps.example.org"}, "be sure who signed in"),
    ({"iss": "https://accounts.example.org"}, "be sure who signed in"),
    ({"exp": 1_700_000_000}, "be sure who signed in"),
]


def test_whom_google_does_not_vouch_for_stays_out(signing):
    signing.list_admin(signing.dana)
    browser = signing.browser()
    for claims, words in NOT_VOUCHED_FOR:
        signing.practice.google.otherwise = claims
        with signing.nothing_written():
            refused = browser.sign_in(signing.dana)
        assert refused.status_code in {400, 403}, claims
        assert words in unescape(refused.text), claims
        assert browser.get("/admin/").status_code == 401


def test_a_token_that_google_did_not_sign_stays_out(signing):
    signing.list_admin(signing.dana)
    signing.practice.google.forger = STRANGERS
    with signing.nothing_written():
        refused = signing.browser().sign_in(signing.dana)
    assert refused.status_code == 400
    assert "be sure who signed in" in unescape(refused.text)


def test_what_google_refuses_is_said_with_whom_to_turn_to(signing):
    browser = signing.browser()
    for error, words in {
        "access_denied": "You did not allow the sign-in",
        "admin_policy_enforced": "Ask your Google Workspace administrator",
        "access_not_configured": "Ask your Google Workspace administrator",
        "something_new": "Tell the person who runs Pathways",
    }.items():
        state = parse_qs(urlsplit(browser.set_out().url).query)["state"][0]
        with signing.nothing_written():
            refused = browser.get(f"/google/signed-in?error={error}&state={state}")
        assert refused.status_code in {403, 503}
        assert words in refused.text


def test_another_browser_cannot_finish_a_sign_in(signing):
    signing.list_admin(signing.dana)
    mine, theirs = signing.browser(), signing.browser()
    address = mine.back(mine.set_out(), signing.dana)
    theirs.set_out()
    with signing.nothing_written():
        refused = theirs.http.get(address, timeout=20)
    assert refused.status_code == 400
    assert "This browser did not begin" in refused.text


def test_a_sign_in_is_used_once(signing):
    signing.list_admin(signing.dana)
    browser = signing.browser()
    address = browser.back(browser.set_out(), signing.dana)
    assert browser.http.get(address, timeout=20).ok
    with signing.nothing_written():
        again = browser.http.get(address, timeout=20)
    assert again.status_code == 400
    assert "or it was used" in again.text


def test_a_sign_in_lasts_ten_minutes(signing, monkeypatch):
    signing.list_admin(signing.dana)
    browser = signing.browser()
    address = browser.back(browser.set_out(), signing.dana)
    monkeypatch.setattr(google_sign_in, "now", lambda: now() + timedelta(minutes=11))
    with signing.nothing_written():
        refused = browser.http.get(address, timeout=20)
    assert "took too long" in refused.text


def test_google_that_does_not_answer_is_said(signing):
    signing.list_admin(signing.dana)
    for endpoint in ("google.token", "google.certs"):
        for kind in ("server_error", "too_many_requests", "timeout"):
            signing.practice.mischief.next(endpoint, kind)
            with signing.nothing_written():
                refused = signing.browser().sign_in(signing.dana)
            assert refused.status_code == 503
            assert "Google does not answer" in refused.text
    assert signing.browser().sign_in(signing.dana).ok


def test_a_slow_google_is_not_waited_for_long(signing, monkeypatch):
    monkeypatch.setattr(google_client, "TIMEOUT_S", 0.2)
    for endpoint in ("google.token", "google.certs"):
        signing.practice.mischief.next(endpoint, "slow", seconds=0.6)
        assert "Google does not answer" in signing.browser().sign_in(signing.dana).text


def test_the_account_that_signed_in_first_is_the_one(signing):
    signing.list_admin(signing.dana)
    signing.browser().sign_in(signing.dana)
    signing.practice.google.otherwise = {"email": signing.dana.email}
    with signing.nothing_written():
        refused = signing.browser().sign_in(signing.elena)
    assert refused.status_code == 403
    assert "Another Google account has signed in with this address" in refused.text
    signing.practice.google.otherwise = {"email": "dana.new-name@" + DOMAIN}
    assert signing.browser().sign_in(signing.dana).ok


def test_whoever_is_taken_off_the_list_is_out_at_once(signing):
    signing.list_admin(signing.dana)
    browser = signing.browser()
    browser.sign_in(signing.dana)
    assert browser.get("/admin/").ok
    assert "no longer administer" in signing.command("admins", "remove", signing.dana.email)
    assert browser.get("/admin/").status_code == 401
    assert "is not listed" in signing.browser().sign_in(signing.dana).text


def test_a_launch_as_the_same_person_does_not_make_an_administrator(signing):
    """A teacher whose Google account became another's must not reach what that other may."""
    signing.list_admin(signing.dana)
    signing.browser().sign_in(signing.dana)
    launched = signing.app.test_client()
    with launched.session_transaction() as cookie:
        cookie["people"] = [signing.rows(Person)[0].id]
    assert launched.get("/admin/").status_code == 401


def test_signing_out_ends_the_visit(signing):
    signing.list_admin(signing.dana)
    browser = signing.browser()
    assert "Sign out" in browser.sign_in(signing.dana).text
    assert urlsplit(browser.post("/google/sign-out", "/admin/").url).path == "/google/sign-in"
    assert browser.get("/admin/").status_code == 401


def test_administrators_list_each_other_on_a_page(signing):
    signing.list_admin(signing.dana)
    browser = signing.browser()
    browser.sign_in(signing.dana)
    added = browser.post("/admin/people", "/admin/people", email=f" {signing.elena.email.upper()} ")
    assert "Has not signed in yet" in added.text
    assert signing.elena.email not in added.text.lower()
    again = browser.post("/admin/people", "/admin/people", email=signing.elena.email)
    assert "listed already" in again.text
    assert "no e-mail address" in browser.post("/admin/people", "/admin/people", email="x").text
    assert signing.browser().sign_in(signing.elena).ok
    row = signing.rows(ListedAdmin)[-1]
    assert "Remove Elena Ortiz?" in browser.get(f"/admin/people?remove={row.id}").text
    page = browser.post(f"/admin/people/{row.id}/remove", "/admin/people")
    assert "Elena Ortiz" not in page.text
    assert [event.action for event in signing.rows(AuditEvent)][-1] == "admin.unlisted"


def test_the_last_administrator_cannot_lock_everybody_out(signing):
    signing.list_admin(signing.dana)
    signing.list_admin(signing.elena)
    browser = signing.browser()
    browser.sign_in(signing.dana)
    mine = signing.rows(ListedAdmin)[0].id
    with signing.nothing_written():
        refused = browser.post(f"/admin/people/{mine}/remove", "/admin/people")
    assert refused.status_code == 400
    assert "Nobody else could open these pages" in refused.text
    with signing.database.transaction(district_id=signing.rows(District)[0].id) as session:
        session.add(Person(name="Of the LMS", is_admin=True))
    browser.post(f"/admin/people/{mine}/remove", "/admin/people")
    assert browser.get("/admin/").status_code == 401


def test_commands_say_what_stands_and_what_is_wrong(signing):
    run = signing.app.test_cli_runner().invoke
    assert signing.command("admins", "list") == ""
    signing.list_admin(signing.dana)
    assert "has not signed in yet" in signing.command("admins", "list")
    assert f"{DOMAIN}  Maple" in run(args=["classroom", "domains", "list"]).output
    other = run(args=["classroom", "domains", "add", DOMAIN, "--district", "Birch"])
    assert "belongs to another district" in other.output
    assert "is no domain" in signing.command("classroom", "domains", "add", "nonsense")
    assert "no district Elm" in run(args=["admins", "list", "--district", "Elm"]).output
    assert "Nobody is listed" in signing.command("admins", "remove", "who@x.org")
    assert "Nobody signs in" in signing.command("classroom", "domains", "remove", DOMAIN)
    with signing.nothing_written():
        assert "does not belong" in signing.browser().sign_in(signing.dana).text


def test_where_google_is_not_set_up_the_page_says_so(app):
    client = app.test_client()
    page = client.get("/google/sign-in").text
    assert "not set up here" in page
    assert "Sign in with Google" not in page


def test_those_who_try_too_often_must_wait(signing):
    browser = signing.browser()
    answers = {browser.get("/google/signed-in?state=x").status_code for _ in range(31)}
    assert answers == {400, 429}
