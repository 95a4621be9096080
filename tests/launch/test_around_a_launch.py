"""Around a launch: the login, cookies, and those who are told of it."""

from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import select

from lti_app.launch.events import section_entered
from lti_app.launch.models import Platform
from lti_app.people.models import AuditEvent, Role, Section
from tests.launch.signer import LTI


def only(database, model):
    with database.session(writes=False) as session:
        return session.scalars(select(model)).one()


def test_unresolved_custom_values_are_absent(signer):
    from integrations.lti.claims import read_claims

    claims = read_claims(
        signer.claims("n", custom={"due": "$ResourceLink.submission.endDateTime", "unit": "3"})
    )

    assert claims.custom == {"unit": "3"}


def test_those_who_listen_hear_of_it_after_the_commit(browser, database):
    heard = []

    def listen(_sender, **about):
        with database.session(writes=False) as session:
            heard.append((about, session.get(Section, about["section_id"]) is not None))

    with section_entered.connected_to(listen):
        browser.launch()

    section = only(database, Section)
    assert heard == [
        (
            {
                "section_id": section.id,
                "district_id": section.district_id,
                "role": Role.STUDENT,
            },
            True,
        )
    ]


def test_a_listener_that_fails_keeps_nobody_out(browser):
    def fail(_sender, **_about):
        raise RuntimeError("queue is down")

    with section_entered.connected_to(fail):
        assert browser.launch().status_code == 303


def test_a_launch_leaves_an_audit_event_without_names(browser, database):
    browser.launch()

    event = only(database, AuditEvent)
    assert event.action == "launch.section"
    assert event.section_id == only(database, Section).id
    assert "Ada" not in str(event.about)


def test_the_last_launch_of_a_platform_is_written_once_a_minute(browser, database, queries):
    browser.launch()
    first = only(database, Platform).last_launch_at
    queries.clear()

    browser.launch()

    assert first is not None
    assert not [s for s in queries.statements if s.startswith("UPDATE platforms")]


def test_nothing_of_the_token_is_kept_in_the_browser(browser):
    browser.launch()

    cookies = browser.client._cookies.values()
    assert [cookie.key for cookie in cookies] == ["pathways"]
    with browser.client.session_transaction() as visit:
        assert set(visit) <= {"people", "framed_by", "_permanent", "csrf_token", "_fresh"}


def test_two_courses_open_in_one_page_do_not_disturb_each_other(browser, signer):
    first, second = browser.login(), browser.login()

    for (state, nonce), course in ((second, "b"), (first, "a")):
        token = signer.sign(signer.claims(nonce, context={"id": course}))
        assert browser.post(state, token).status_code == 303


def test_the_audience_may_be_a_list_in_which_we_are_not_first(browser, signer):
    """pylti1p3 takes the first entry."""
    response = browser.launch(aud=["other", signer.client_id], azp=signer.client_id)

    assert response.status_code == 303


def test_the_login_carries_no_trace_of_this_machine(browser):
    """pylti1p3's nonce holds a uuid1: clock and network address."""
    (_, one), (_, two) = browser.login(), browser.login()

    assert len(one) == len(two) == 43
    assert one[-12:] != two[-12:]


def test_a_login_asks_as_the_standard_says(browser, signer):
    """Security Framework 1.1 §5.1.1.2; the address of ours has a query already."""
    asked = {"iss": signer.issuer, "login_hint": "a & b", "lti_message_hint": "c=d"}
    to = urlsplit(browser.client.get("/lti/login", query_string=asked).location)
    sent = dict(parse_qsl(to.query))

    assert f"{to.scheme}://{to.netloc}{to.path}" == signer.issuer + "/auth"
    assert len(sent.pop("nonce")) == 43
    assert sent.pop("state").isascii()
    assert sent == {
        "tenant": "1",
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": signer.client_id,
        "redirect_uri": "http://127.0.0.1:8000/lti/launch",
        "login_hint": "a & b",
        "lti_message_hint": "c=d",
    }


def test_a_login_may_leave_the_client_id_out_where_there_is_only_one(browser, signer):
    response = browser.client.post("/lti/login", data={"iss": signer.issuer, "login_hint": "h"})

    assert response.status_code == 302
    assert LTI not in response.location


def test_the_state_cookie_lives_in_an_iframe_under_https(settings, database_url, signer):
    from lti_app import create_app

    app = create_app(settings.model_copy(update={"public_url": "https://tool.example"}))
    with app.extensions["pathways.database"].transaction() as session:
        from lti_app.launch.platforms import PlatformDraft, add_platform
        from lti_app.people.models import District

        session.add(district := District(name="Oak"))
        session.flush()
        at = "https://lms.example"
        add_platform(
            session,
            PlatformDraft("Oak", at, "c", at + "/auth", at + "/token", at + "/jwks"),
            deployment_id="1",
            district_id=district.id,
            allow_loopback_http=False,
        )

    response = app.test_client().get(
        "/lti/login",
        query_string={"iss": at, "login_hint": "h"},
        base_url="https://tool.example",
    )
    app.extensions["pathways.database"].dispose()

    cookie = response.headers["Set-Cookie"]
    for part in ("Secure", "SameSite=None", "Partitioned", "HttpOnly", "Path=/lti"):
        assert part in cookie
