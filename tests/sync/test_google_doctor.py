"""`classroom doctor` says what is wrong and what to change; `classroom listing` what to enter."""

import json
import re
from datetime import timedelta

import pytest
from pydantic import SecretStr

from integrations.practice.google_oauth import Grant
from lti_app import create_app
from lti_app.db import now
from lti_app.launch.models import WorkspaceDomain
from lti_app.sync.features import NEEDS, Feature, scopes_of
from lti_app.sync.models import GoogleAccount, GoogleRevocation
from tests.sync.conftest import connect
from tests.sync.google_room import allow, at_google, command, delegate


def doctor(world, *words) -> tuple[int, str]:
    said = command(world, "classroom", "doctor", *words)
    assert "Traceback" not in said.output
    return said.exit_code, said.output


def test_all_well_is_said_a_line_each_without_names_or_tokens(world):
    allow(world, "connect", "mirror")
    with world.transaction() as session:
        session.add(WorkspaceDomain(domain="maple.example.org"))
    code, said = doctor(world, "Maple")
    assert code == 0, said
    for line in (
        "Settings: ok",
        "Our client at Google: ok",
        "Clock: ok",
        "Workspace domains: ok (1)",
        "Teachers' grants: ok (1)",
        "Allowed: ok (Connect a course: 1 of 1 teachers)",
        "Allowed: ok (Send grades: 0 of 1 teachers)",
        "Classroom API: ok",
        "Quota: ok",
    ):
        assert line in said
    person = at_google(world)
    assert person.name not in said
    assert "@" not in said
    assert not re.search(r"1//|ya29", said)
    assert all(": " in line for line in said.splitlines())


def test_a_wrong_secret_is_told_with_where_to_mend_it(world):
    world.practice.google.client_secret = "another"
    code, said = doctor(world)
    assert code == 1
    assert "Our client at Google: wrong" in said
    assert "APIs & Services, Credentials" in said


def test_grants_that_are_over_are_counted(world):
    connect(world)
    world.practice.google.revoke()
    code, said = doctor(world, "Maple")
    assert code == 1
    assert "Teachers' grants: wrong (1). Google has ended these grants" in said


@pytest.mark.parametrize(
    ("fault", "words"),
    [("rate_limit_exceeded", "quota is used up"), ("server_error", "Run this again later")],
)
def test_an_api_that_fails_is_told(world, fault, words):
    connect(world)
    world.practice.mischief.next("classroom.list", fault, times=3)
    code, said = doctor(world)
    assert code == 1
    assert "Classroom API: wrong" in said
    assert words in said


def test_an_api_that_is_not_enabled_or_blocked_under_18_says_where(world):
    connect(world)
    with world.transaction() as session:
        # What Google answers for a project without the API is a 403, as for a missing scope.
        kept = session.get_one(GoogleAccount, world.teacher_id)
        kept.refresh_token = world.practice.google.keep(_grant(world))
    code, said = doctor(world)
    assert code == 1
    assert "Enable it in the Cloud console" in said
    assert "under 18" in said


def _grant(world):
    return Grant(at_google(world), frozenset({"openid"}))


def test_a_service_account_is_tried_scope_by_scope(world, tmp_path):
    delegate(world, tmp_path, [Feature.CONNECT, Feature.MIRROR])
    allow(world)
    code, said = doctor(world, "Maple")
    assert code == 0, said
    assert "Delegated: ok (connect, mirror)" in said
    assert "not “Send grades”" in said
    service = next(iter(world.practice.google.service_accounts.by_email.values()))
    service.delegated |= set(scopes_of([Feature.GRADES]))
    assert "What is delegated has changed" in doctor(world, "Maple")[1]
    service.delegated.clear()
    code, said = doctor(world, "Maple")
    assert code == 1
    assert service.client_id in said
    assert "Manage domain-wide delegation" in said


def test_a_revocation_that_google_does_not_hear_is_told(world):
    with world.transaction() as session:
        session.add(
            GoogleRevocation(
                person_id=world.teacher_id, token="1//x", asked_at=now() - timedelta(hours=2)
            )
        )
    assert "See that a worker runs" in doctor(world, "Maple")[1]


def test_nothing_set_up_is_one_clear_word(world):
    app = create_app(world.settings.model_copy(update={"google_client_id": ""}))
    said = app.test_cli_runner().invoke(args=["classroom", "doctor"])
    app.extensions["pathways.database"].dispose()
    assert said.exit_code == 1
    assert "Set PATHWAYS_GOOGLE_CLIENT_ID" in said.output
    assert "no district Oak" in doctor(world, "Oak")[1]


def test_a_google_that_can_not_be_reached_is_told_once(world):
    gone = "http://127.0.0.1:9/token"
    app = create_app(world.settings.model_copy(update={"google_token_url": gone}))
    said = app.test_cli_runner().invoke(args=["classroom", "doctor"])
    app.extensions["pathways.database"].dispose()
    assert said.exit_code == 1
    assert "Let the server reach oauth2.googleapis.com" in said.output


def test_the_listing_names_every_scope_with_its_reason_and_the_addresses(world):
    settings = world.settings.model_copy(
        update={
            "public_url": "https://pathways.maple.k12.us",
            "google_client_secret": SecretStr("do-not-show"),
        }
    )
    app = create_app(settings)
    runner = app.test_cli_runner()
    text = runner.invoke(args=["classroom", "listing"]).output
    found = json.loads(runner.invoke(args=["classroom", "listing", "--json"]).output)
    app.extensions["pathways.database"].dispose()
    assert "do-not-show" not in text
    assert found["oauth_client"]["redirect_uris"] == [
        "https://pathways.maple.k12.us/google/callback",
        "https://pathways.maple.k12.us/google/signed-in",
        "https://pathways.maple.k12.us/addon/signed-in",
    ]
    addon = found["classroom_addon"]
    assert addon["attachment_setup_uri"] == "https://pathways.maple.k12.us/addon/discovery"
    assert addon["allowed_attachment_uri_prefixes"] == ["https://pathways.maple.k12.us/addon/"]
    privacy = found["consent_screen"]["privacy_policy"].removeprefix(settings.public_url)
    assert world.app.test_client().get(privacy).status_code == 200
    listed = {one["scope"]: one for one in found["scopes"]}
    for need in NEEDS.values():
        for scope, reason in need.reasons.items():
            assert any(str(reason) in said for said in listed[scope]["reasons"])
            assert scope in text
