"""Dynamic registration, driven by the practice LMS: what is asked, who approves, what a stranger
cannot do."""

import re
import threading
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, Response, jsonify
from sqlalchemy import select, update
from werkzeug.serving import make_server

from integrations.practice import registration as practice_registration
from integrations.practice.school import PracticeSchool
from integrations.practice.server import PracticeServer
from lti_app import create_app
from lti_app.db import Database, now
from lti_app.launch.models import Deployment, Platform, PlatformInvitation, Registration
from lti_app.people.models import AuditEvent, District, Section
from tests.walking import Walker

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CANVAS = "https://canvas.instructure.com/lti/"


@dataclass
class Installing:
    """The tool, with a district and no platform, and an LMS that wants to install it."""

    app: Flask
    url: str
    practice: PracticeServer

    @property
    def database(self) -> Database:
        return self.app.extensions["pathways.database"]

    def command(self, *words: str):
        return self.app.test_cli_runner().invoke(args=["platforms", *words])

    def invitation(self) -> str:
        """The address an invited administrator pastes."""
        said = self.command("invite", "--district", "Maple")
        assert said.exit_code == 0, said.output
        return said.output.splitlines()[0]

    def open(self, address: str = "") -> requests.Response:
        """The LMS opens the tool's page."""
        platform = self.practice.platform
        where = practice_registration.start_url(platform, address or f"{self.url}/lti/register")
        return requests.get(where, timeout=20)

    def submit(self, page: requests.Response, **typed: str) -> requests.Response:
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        data = {name: unescape(value) for name, value in fields.items()} | typed
        return requests.post(f"{self.url}/lti/register", data=data, timeout=20)

    def rows(self, model: Any) -> list[Any]:
        with self.database.session(writes=False) as session:
            return list(session.scalars(select(model)))

    def walker(self, person_id: str, course_id: str | None) -> Walker:
        return Walker(self.practice.platform, person_id, course_id)

    def launch(self, person_id: str | None = None) -> requests.Response:
        """A launch of the tool that registered last."""
        course = next(iter(self.practice.school.courses.values()))
        walker = self.walker(person_id or course.teacher_ids[0], course.id)
        client_id = list(self.practice.platform.tools)[-1]
        answer = walker.launch(client_id=client_id)
        walker.close()
        return answer


@pytest.fixture
def installing(settings):
    apps: list[Flask] = []
    server = make_server("127.0.0.1", 0, lambda e, s: apps[0](e, s), threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    app = create_app(settings.model_copy(update={"public_url": url}))
    apps.append(app)
    with PracticeServer("http://127.0.0.1:9", PracticeSchool.small(3)) as practice:
        yield Installing(app, url, practice)
    app.extensions["pathways.database"].dispose()
    server.shutdown()
    server.server_close()


def code_on(page: requests.Response) -> str:
    return re.search(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", page.text)[1]


def test_one_pasted_address_installs_and_approves(installing):
    page = installing.open(installing.invitation())
    assert page.ok
    for said in ("Small School", "the class list", "scores: to send", "Register Pathways"):
        assert said in page.text
    done = installing.submit(page)
    assert "registered and approved" in done.text
    [platform] = installing.rows(Platform)
    assert platform.issuer == installing.practice.url
    assert installing.launch().ok
    [section] = installing.rows(Section)
    assert section.roster_url
    assert "platform.approved" in {event.action for event in installing.rows(AuditEvent)}


def test_what_is_told_to_the_platform(installing):
    installing.submit(installing.open())
    [body] = installing.practice.platform.registrations
    tool = body[TOOL]
    assert body["initiate_login_uri"] == installing.url + "/lti/login"
    assert body["redirect_uris"] == [installing.url + "/lti/launch"]
    assert body["jwks_uri"] == installing.url + "/lti/jwks"
    assert requests.get(body["logo_uri"], timeout=5).ok
    assert {"description", "description#es", "domain", "claims"} <= tool.keys()
    assert tool[CANVAS + "privacy_level"] == "public"
    assert tool["custom_parameters"]["context_history"] == "$Context.id.history"
    by_placement = {
        placement.removeprefix(CANVAS): message
        for message in tool["messages"]
        for placement in message.get("placements", [])
    }
    assert set(by_placement) == {
        "course_navigation",
        "account_navigation",
        "assignment_selection",
        "link_selection",
        "ContentArea",
    }
    administration = by_placement["account_navigation"]
    assert administration[CANVAS + "visibility"] == "admins"
    assert administration["label#es"] == "Administración de Pathways"
    assert by_placement["link_selection"]["type"] == "LtiDeepLinkingRequest"
    types = {message["type"] for message in tool["messages"]}
    assert {"LtiSubmissionReviewRequest", "DataPrivacyLaunchRequest"} <= types


def test_a_platform_is_asked_only_for_messages_it_announces(installing):
    installing.practice.platform.privacy_launches = False  # it refuses whoever asks for them
    page = installing.open()
    assert "word of copied courses" in page.text
    installing.submit(page)
    [body] = installing.practice.platform.registrations
    types = {message["type"] for message in body[TOOL]["messages"]}
    assert types == {
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
        "LtiSubmissionReviewRequest",
    }


def test_a_stranger_cannot_enrol_himself(installing):
    done = installing.submit(installing.open())
    assert "One step is left" in done.text
    assert installing.rows(Platform) == []
    answer = installing.launch()
    assert answer.status_code == 400
    assert "does not know this school" in answer.text


def test_a_district_administrator_approves_by_code(installing, approved_district):
    administrator = approved_district
    done = installing.submit(installing.open())
    code = code_on(done)
    page = administrator.get(f"{installing.url}/admin/platforms", params={"code": code.lower()})
    assert "Is this your LMS?" in page.text
    assert installing.practice.url in page.text
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    before = len(installing.rows(Platform))
    assert administrator.post(f"{installing.url}/admin/platforms", data=form).ok
    assert len(installing.rows(Platform)) == before + 1
    assert installing.launch().ok
    # The code was good once.
    again = administrator.get(f"{installing.url}/admin/platforms", params={"code": code})
    assert again.status_code == 400
    assert "No registration waits" in again.text


def test_an_administrator_invites(installing, approved_district):
    page = approved_district.get(f"{installing.url}/admin/platforms")
    token = re.search(r'name="csrf_token" value="([^"]*)"', page.text)[1]
    made = approved_district.post(
        f"{installing.url}/admin/platforms/invitations", data={"csrf_token": token}
    )
    address = re.search(r'<code class="copy">([^<]*)</code>', made.text)[1]
    assert "approved" in installing.submit(installing.open(address)).text


@pytest.fixture
def approved_district(installing):
    """A signed-in administrator of a district that another platform launches already."""
    installing.submit(installing.open(installing.invitation()))
    [administrator] = installing.practice.school.of_role("administrator")
    walker = installing.walker(administrator.id, None)
    answer = walker.launch(client_id=list(installing.practice.platform.tools)[-1])
    assert answer.url.endswith("/admin/"), answer.text
    yield walker.browser
    walker.close()


def test_the_command_approves_by_code_too(installing):
    code = code_on(installing.submit(installing.open()))
    said = installing.command("approve", code, "--district", "Maple")
    assert said.exit_code == 0, said.output
    assert installing.launch().ok
    assert installing.command("approve", code, "--district", "Maple").exit_code == 1


def test_an_invitation_is_good_once_and_not_for_ever(installing):
    address = installing.invitation()
    assert "approved" in installing.submit(installing.open(address)).text
    used = installing.submit(installing.open(address))
    assert used.status_code == 400
    assert "opens nothing" in used.text
    # The platform's permission was not used up over it.
    assert len(installing.practice.platform.registrations) == 1
    old = installing.invitation()
    with installing.database.transaction() as session:
        session.execute(update(PlatformInvitation).values(expires_at=now()))
    assert installing.submit(installing.open(old)).status_code == 400


def test_a_wrong_code_registers_nothing_and_can_be_corrected(installing):
    page = installing.open()
    assert installing.submit(page, invitation="AAAAA-AAAAA").status_code == 400
    assert installing.practice.platform.registrations == []
    good = installing.invitation().rpartition("/")[2]
    typed = f" {good[:5].lower()} {good[5:].lower()} "
    assert "approved" in installing.submit(page, invitation=typed).text


def test_a_registration_waits_for_two_weeks_only(installing):
    code = code_on(installing.submit(installing.open()))
    with installing.database.transaction() as session:
        session.execute(update(Registration).values(expires_at=now()))
    said = installing.command("approve", code, "--district", "Maple")
    assert "No registration waits" in said.output


def test_a_deployment_that_is_told_with_the_first_launch_is_the_districts(installing):
    installing.practice.platform.tells_deployment = False
    installing.submit(installing.open(installing.invitation()))
    assert installing.rows(Deployment) == []
    assert installing.launch().ok
    assert installing.launch().ok
    [deployment] = installing.rows(Deployment)
    [district] = installing.rows(District)
    assert deployment.district_id == district.id


def test_struck_scopes_are_said_and_worked_without(installing):
    score = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    installing.practice.platform.struck_scopes = {score}
    done = installing.submit(installing.open(installing.invitation()))
    assert "did not allow everything" in done.text
    assert "scores: to send" in done.text
    assert "the class list" not in done.text
    assert installing.launch().ok


def test_the_page_sent_twice_registers_once(installing):
    page = installing.open()
    assert installing.submit(page).ok
    again = installing.submit(page)
    assert again.status_code == 400
    assert "did not accept" in again.text
    assert len(installing.rows(Registration)) == 1


def test_opened_by_hand_it_says_what_it_is_for(installing):
    page = requests.get(f"{installing.url}/lti/register", timeout=5)
    assert page.ok
    assert f"{installing.url}/lti/register" in page.text
    assert "Dynamic Registration" in page.text


def test_any_lms_may_show_the_page_in_its_frame_but_no_other_page(installing):
    page = installing.open()
    assert re.search(r"frame-ancestors [^;]*\*", page.headers["Content-Security-Policy"])
    other = requests.get(f"{installing.url}/", timeout=5)
    assert "*" not in other.headers["Content-Security-Policy"].partition("frame-ancestors")[2]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/.well-known/openid-configuration",
        "https://intranet.local/x",
        "http://example.org/x",
        "file:///etc/passwd",
        "https://user:pw@example.org/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://2130706433/x",
    ],
)
def test_addresses_we_must_not_call_are_not_called(installing, address):
    answer = requests.get(
        f"{installing.url}/lti/register",
        params={"openid_configuration": address, "registration_token": "x"},
        timeout=20,
    )
    if address:
        assert answer.status_code == 400
        assert "address that can&#39;t be used" in answer.text
    else:
        assert answer.ok


@pytest.fixture
def odd_platform():
    """Answers `/.well-known` with what a test sets."""
    said: dict[str, Any] = {}
    app = Flask(__name__)

    @app.get("/c")
    def configuration():
        body = said["body"]
        return body if isinstance(body, Response | str) else jsonify(body)

    @app.post("/r")
    def register():
        answer = said.get("registered", ({}, 200))
        return (jsonify(answer[0]), answer[1]) if isinstance(answer[0], dict) else answer

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    said["url"] = f"http://127.0.0.1:{server.server_port}"
    said["body"] = {
        "issuer": said["url"],
        "authorization_endpoint": said["url"] + "/a",
        "token_endpoint": said["url"] + "/t",
        "jwks_uri": said["url"] + "/j",
        "registration_endpoint": said["url"] + "/r",
    }
    yield said
    server.shutdown()
    server.server_close()


def ask(installing, odd) -> requests.Response:
    return requests.get(
        f"{installing.url}/lti/register",
        params={"openid_configuration": odd["url"] + "/c"},
        timeout=20,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("not json", "not complete"),
        ("[1]", "not complete"),
        ("[" * 100_000, "not complete"),
        ("x" * 1_100_000, "not complete"),
        ({"issuer": "https://canvas.instructure.com"}, "another LMS"),
        ({"issuer": "http://127.0.0.1.example.org"}, "another LMS"),
        ({"issuer": ["x"]}, "not complete"),
        ({"jwks_uri": "http://10.0.0.1/j"}, "can&#39;t be used"),
        ({"token_endpoint": "http://169.254.169.254/t"}, "can&#39;t be used"),
        ({"registration_endpoint": "ftp://127.0.0.1/r"}, "can&#39;t be used"),
        ({"registration_endpoint": None}, "not complete"),
    ],
)
def test_what_a_platform_says_of_itself_is_not_believed_blindly(
    installing, odd_platform, change, said
):
    body = odd_platform["body"]
    odd_platform["body"] = {**body, **change} if isinstance(change, dict) else change
    answer = ask(installing, odd_platform)
    assert answer.status_code == 400
    assert said in answer.text


@pytest.mark.parametrize(
    ("registered", "said"),
    [
        (({}, 422), "did not accept"),
        (({}, 500), "did not accept"),
        (({}, 200), "not complete"),
        (({"client_id": 7}, 200), "not complete"),
        (({"client_id": "x" * 300}, 200), "not complete"),
        (("<html>", 200), "not complete"),
    ],
)
def test_a_registration_the_platform_spoils_leaves_nothing(
    installing, odd_platform, registered, said
):
    odd_platform["registered"] = registered
    answer = installing.submit(ask(installing, odd_platform))
    assert answer.status_code == 400
    assert said in answer.text
    assert installing.rows(Registration) == []


def test_a_platform_that_is_connected_is_never_changed_by_a_registration(installing, odd_platform):
    odd_platform["registered"] = ({"client_id": "c1", "scope": "x"}, 200)
    code = code_on(installing.submit(ask(installing, odd_platform)))
    assert installing.command("approve", code, "--district", "Maple").exit_code == 0
    [before] = installing.rows(Platform)
    odd_platform["body"]["jwks_uri"] = odd_platform["url"] + "/other"
    code = code_on(installing.submit(ask(installing, odd_platform)))
    said = installing.command("approve", code, "--district", "Elm")
    assert said.exit_code == 1
    assert "connected already" in said.output
    [after] = installing.rows(Platform)
    assert after.jwks_url == before.jwks_url


def test_the_form_holds_only_what_we_signed(installing, odd_platform):
    page = ask(installing, odd_platform)
    for signed in ("", "x", "WyJodHRwOi8vMTAuMC4wLjEiLCAiIl0.aaaa.bbbb"):
        answer = installing.submit(page, signed=signed)
        assert answer.status_code == 400
        assert "open for too long" in answer.text


def test_registration_is_rate_limited(installing, odd_platform):
    answers = [ask(installing, odd_platform).status_code for _ in range(25)]
    assert answers.count(429) >= 4


def test_the_practice_lms_refuses_what_canvas_refuses(installing):
    platform = installing.practice.platform
    address = practice_registration.start_url(platform, installing.url)
    token = parse_qs(urlsplit(address).query)["registration_token"][0]
    there = installing.practice.url + "/lti/registrations"
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.post(there, json={}, timeout=5).status_code == 401
    assert requests.post(there, json={}, headers=headers, timeout=5).status_code == 422
    installing.submit(installing.open())
    [good] = platform.registrations
    for change in (
        {"grant_types": ["implicit"]},
        {"response_types": []},
        {TOOL: {**good[TOOL], "domain": "other.example"}},
        {TOOL: {**good[TOOL], "claims": []}},
        {"redirect_uris": []},
    ):
        answer = requests.post(there, json={**good, **change}, headers=headers, timeout=5)
        assert answer.status_code == 422
    assert requests.post(there, json=good, headers=headers, timeout=5).ok
    assert requests.post(there, json=good, headers=headers, timeout=5).status_code == 401
