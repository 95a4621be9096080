"""Who may show us in an iframe."""

from lti_app.db import now
from lti_app.launch.framing import origins_of
from lti_app.launch.models import Platform
from lti_app.launch.platforms import PlatformDraft, add_platform
from lti_app.people.models import District


def ancestors(response) -> str:
    (part,) = [
        part.strip()
        for part in response.headers["Content-Security-Policy"].split(";")
        if part.strip().startswith("frame-ancestors")
    ]
    return part.removeprefix("frame-ancestors ")


def test_a_stranger_may_not_frame_us(browser):
    response = browser.client.get("/healthz")

    assert ancestors(response) == "'self'"
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_after_a_launch_the_districts_platforms_may_frame_us_and_no_others(
    browser, signer, database, platform_id
):
    with database.transaction() as session:
        session.add(oak := District(name="Oak"))
        session.flush()
        at = "https://oak.example"
        add_platform(
            session,
            PlatformDraft("Oak", at, "c", at + "/auth", at + "/token", at + "/jwks"),
            deployment_id="1",
            district_id=oak.id,
            allow_loopback_http=False,
        )
        session.get_one(Platform, platform_id).frame_origins = ["https://maple.example:8443/x"]

    page = browser.client.get(browser.launch().location)

    assert ancestors(page) == f"'self' {signer.issuer} https://maple.example:8443"


def test_a_login_from_an_unknown_issuer_may_not_be_framed(browser):
    response = browser.client.get(
        "/lti/login", query_string={"iss": "https://evil.example; script-src *"}
    )

    assert ancestors(response) == "'self'"
    assert "evil" not in response.headers["Content-Security-Policy"]


def test_open_again_can_be_read_where_the_visit_began(browser, signer):
    browser.launch()

    response = browser.client.get("/e/4711/")

    assert response.status_code == 401
    assert ancestors(response) == f"'self' {signer.issuer}"


def test_origins_are_read_once_a_minute(browser, queries):
    location = browser.launch().location
    browser.client.get(location)
    queries.clear()

    browser.client.get(location)

    assert not [s for s in queries.statements if "FROM platforms JOIN deployments" in s]


def test_what_is_no_origin_never_reaches_the_header():
    platform = Platform(
        issuer="https://good.example",
        auth_login_url="https://good.example:99999/auth",
        frame_origins=["javascript:alert(1)", "https://a b", "https://x;y", "https://[::1]:1/"],
        created_at=now(),
    )

    assert set(origins_of(platform)) == {"https://good.example", "https://[::1]:1"}
