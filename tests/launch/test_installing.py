"""What an administrator needs to install Pathways by hand: prefilled addresses, Canvas's JSON."""

import pytest
from sqlalchemy import select

from lti_app.launch.known_platforms import KNOWN_PLATFORMS
from lti_app.launch.models import Platform
from lti_app.launch.platforms import is_safe_address
from tests.launch.pages_said import ON_ONE_DATABASE

pytestmark = ON_ONE_DATABASE
SITE = "https://lms.school.example"


def add(app, *options: str):
    common = ["--client-id", "c9", "--deployment", "1", "--district", "Elm"]
    return app.test_cli_runner().invoke(args=["platforms", "add", *common, *options])


def added(database) -> Platform:
    with database.session(writes=False) as session:
        return session.scalars(select(Platform)).one()


@pytest.mark.parametrize("kind", sorted(KNOWN_PLATFORMS))
def test_a_known_platform_needs_no_addresses_that_are_everywhere_the_same(kind, app, database):
    token = ["--token-url", SITE + "/imsblis/lti13/token/12"] if kind == "sakai" else []

    said = add(app, "--kind", kind, "--site", SITE + "/", *token)

    assert said.exit_code == 0, said.output
    platform = added(database)
    for address in (
        platform.issuer,
        platform.auth_login_url,
        platform.token_url,
        platform.jwks_url,
    ):
        assert is_safe_address(address, allow_loopback_http=False)
        assert "{" not in address
        assert "example//" not in address


def test_blackboards_keys_stand_below_the_client_id(app, database):
    add(app, "--kind", "blackboard")

    assert added(database).jwks_url.endswith("/applications/c9/jwks.json")


def test_d2ls_token_requests_have_an_audience_of_their_own(app, database):
    add(app, "--kind", "d2l", "--site", SITE)

    assert added(database).token_audience == "https://api.brightspace.com/auth/token"


def test_what_is_given_stands_over_what_is_known(app, database):
    add(app, "--kind", "canvas", "--issuer", "https://canvas.beta.instructure.com")

    assert added(database).issuer == "https://canvas.beta.instructure.com"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--kind", "moodle"], "--site"),
        (["--kind", "sakai", "--site", SITE], "--token-url"),
        (["--name", "LMS", "--issuer", SITE], "--auth-url, --token-url, --jwks-url"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_added(options, words, app, database):
    said = add(app, *options)

    assert said.exit_code == 1
    assert words in said.output
    with database.session(writes=False) as session:
        assert session.scalars(select(Platform)).all() == []


def test_the_storage_is_switched_by_a_command(app, database):
    add(app, "--kind", "canvas")
    platform_id = str(added(database).id)

    said = app.test_cli_runner().invoke(args=["platforms", "storage", platform_id, "off"])
    unknown = app.test_cli_runner().invoke(args=["platforms", "storage", "999", "off"])

    assert said.exit_code == 0
    assert not added(database).uses_storage
    assert unknown.exit_code == 1


def test_canvas_reads_all_it_needs_from_one_address(app):
    answer = app.test_client().get("/lti/canvas.json")

    key = answer.json
    at = "http://127.0.0.1:8000"
    assert key["target_link_uri"] == f"{at}/lti/launch"
    assert key["oidc_initiation_url"] == f"{at}/lti/login"
    assert key["public_jwk_url"] == f"{at}/lti/jwks"
    assert [scope.rpartition("/")[2] for scope in key["scopes"]] == [
        "lineitem",
        "result.readonly",
        "score",
        "contextmembership.readonly",
        "noticehandlers",
    ]
    (extension,) = key["extensions"]
    assert extension["domain"] == "127.0.0.1"
    assert extension["privacy_level"] == "public"
    placements = {entry["placement"]: entry for entry in extension["settings"]["placements"]}
    deep_linking = {"assignment_selection", "link_selection", "editor_button"}
    assert set(placements) == {"course_navigation", "account_navigation", *deep_linking}
    for placement, entry in placements.items():
        picks = placement in deep_linking
        assert (entry["message_type"] == "LtiDeepLinkingRequest") is picks
    assert placements["account_navigation"]["visibility"] == "admins"
    for entry in placements.values():
        assert set(entry["labels"]) == {"en", "es"}
        icon = entry["icon_url"].removeprefix(at)
        assert app.test_client().get(icon).mimetype == "image/svg+xml"
    for placement in placements:
        for address in (key["target_link_uri"], placements[placement]["target_link_uri"]):
            assert address.startswith(at)
