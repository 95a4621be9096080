"""A teacher's grant, from the consent page to its end; our client against the practice Google."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from integrations.classroom import oauth
from integrations.lms import LmsUnavailable
from integrations.practice.server import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET
from tests.integrations.google_peer import BACK, oauth_client, refusal
from tests.integrations.service_platform import Answer, dropped


def test_the_way_to_google_asks_for_a_lasting_grant_with_pkce(google):
    asked = oauth.authorization_url(google.oauth, BACK, oauth.MIRROR_SCOPES, "the-state", "42")
    query = {k: v[0] for k, v in parse_qs(urlsplit(asked.url).query).items()}
    assert query["access_type"] == "offline"
    assert query["prompt"] == "consent"
    assert query["include_granted_scopes"] == "true"
    assert query["code_challenge_method"] == "S256"
    assert query["login_hint"] == "42"
    assert asked.code_verifier not in asked.url
    assert len(asked.code_verifier) >= 43  # RFC 7636 §4.1


def test_the_consent_page_lists_every_scope_and_knows_who_is_hinted_at(google):
    asked = oauth.authorization_url(
        google.oauth, BACK, oauth.MIRROR_SCOPES, "s", google.teacher.google_id
    )
    page = requests.get(asked.url, timeout=5).text
    assert all(scope in page for scope in oauth.MIRROR_SCOPES)
    assert f'value="{google.teacher.id}" selected' in page


def test_a_teacher_grants_access_with_a_code_that_only_we_can_use(google):
    asked, back = google.consent()
    assert back["state"] == "the-state"
    grant = oauth.exchange_code(google.oauth, BACK, back["code"], asked.code_verifier)
    assert grant.user_id == google.teacher.google_id
    assert set(grant.scopes) == set(oauth.MIRROR_SCOPES)
    assert grant.expires_at > datetime.now(UTC) + timedelta(minutes=30)
    token, ends = oauth.refresh(google.oauth, grant.refresh_token)
    assert google.practice.google.grant_of(token).person == google.teacher
    assert ends.tzinfo is not None


def test_a_code_is_good_once_and_only_with_the_verifier_of_the_one_who_asked(google):
    asked, back = google.consent()
    oauth.exchange_code(google.oauth, BACK, back["code"], asked.code_verifier)
    assert _refused(google, back["code"], asked.code_verifier) == "sign_in_again"
    _, back = google.consent()
    assert _refused(google, back["code"], "x" * 43) == "sign_in_again"
    asked, back = google.consent()
    assert _refused(google, back["code"], asked.code_verifier, "http://other") == "sign_in_again"


def _refused(google, code, verifier, back=BACK):
    return refusal(lambda: oauth.exchange_code(google.oauth, back, code, verifier))


def test_fewer_scopes_than_asked_are_told_and_a_no_is_a_no(google):
    asked, back = google.consent(allow=["openid"])
    grant = oauth.exchange_code(google.oauth, BACK, back["code"], asked.code_verifier)
    assert grant.scopes == ("openid",)
    assert google.consent(decision="deny")[1]["error"] == "access_denied"


def test_revoking_ends_the_grant_at_google_and_again_is_fine(google):
    grant = google.grant()
    oauth.revoke(google.oauth, grant.refresh_token)
    oauth.revoke(google.oauth, grant.refresh_token)
    assert refusal(lambda: oauth.refresh(google.oauth, grant.refresh_token)) == "sign_in_again"
    assert google.practice.google.grant_of(grant.access_token) is None


def test_a_revocation_that_did_not_get_through_is_told(google):
    grant = google.grant()
    google.practice.mischief.next("google.revoke", "server_error")
    with pytest.raises(LmsUnavailable, match="server_error"):
        oauth.revoke(google.oauth, grant.refresh_token)
    assert oauth.refresh(google.oauth, grant.refresh_token)


@pytest.mark.parametrize("answer", [Answer(403, "<html>"), Answer(400, {"error": "what"})])
def test_only_googles_own_word_ends_a_revocation(platform, answer):
    platform.next["/revoke"].append(answer)
    with pytest.raises(LmsUnavailable, match="garbled"):
        oauth.revoke(oauth_client(platform.url), "1//refresh")


def test_older_tokens_end_what_was_granted_on_top_of_them(google):
    older, newer = google.grant(), google.grant()
    oauth.revoke(google.oauth, older.refresh_token)
    assert refusal(lambda: oauth.refresh(google.oauth, newer.refresh_token)) == "sign_in_again"


def test_who_somebody_is_needs_no_lasting_token(google):
    asked = oauth.authorization_url(google.oauth, BACK, ("openid",), "s", lasting=False)
    form = {"person": google.teacher.id, "decision": "allow"}
    answer = requests.post(asked.url, data=form, allow_redirects=False, timeout=5)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    grant = oauth.exchange_code(google.oauth, BACK, code, asked.code_verifier, lasting=False)
    assert (grant.user_id, grant.refresh_token) == (google.teacher.google_id, "")
    assert grant.domain == "maple.example.org"


def test_a_wrong_secret_of_ours_is_not_blamed_on_the_teacher(google):
    grant = google.grant()
    wrong = oauth_client(google.practice.url, secret="stale")
    assert refusal(lambda: oauth.refresh(wrong, grant.refresh_token)) == "unauthorized"


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (Answer(429, "", Retry_After="9"), "rate_limited", 9),
        (Answer(503, "busy"), "server_error", None),
        (Answer(200, "<html>"), "garbled", None),
        (Answer(200, [1]), "garbled", None),
        (Answer(200, {"access_token": "a"}), "garbled", None),
        (Answer(200, {"access_token": 5, "expires_in": 5}), "garbled", None),
        (dropped(), "lost_connection", None),
    ],
)
def test_a_token_endpoint_that_fails_is_tried_later_and_asked_once(platform, answer, code, wait):
    platform.next["/token"].append(answer)
    with pytest.raises(LmsUnavailable) as caught:
        oauth.refresh(oauth_client(platform.url), "1//refresh")
    assert (caught.value.code, caught.value.retry_after) == (code, wait)
    assert platform.seen == ["POST /token"]


def test_a_districts_policy_is_told_from_a_grant_that_is_over(platform):
    platform.next["/token"].append(Answer(400, {"error": "admin_policy_enforced"}))
    platform.next["/token"].append(Answer(400, {"error": "invalid_grant"}))
    client = oauth_client(platform.url)
    assert refusal(lambda: oauth.refresh(client, "1//refresh")) == "forbidden"
    assert refusal(lambda: oauth.refresh(client, "1//refresh")) == "sign_in_again"


@pytest.mark.parametrize("audience", ["another-client", None])
def test_an_id_token_that_is_not_for_us_is_refused(platform, audience):
    claims = {"sub": "1", "aud": audience or GOOGLE_CLIENT_ID}
    token = jwt.encode(claims, "k" * 32, algorithm="HS256") if audience else "no-token"
    body = {"access_token": "a", "expires_in": 9, "refresh_token": "r", "id_token": token}
    platform.next["/token"].append(Answer(200, body))
    client = oauth_client(platform.url)
    assert refusal(lambda: oauth.exchange_code(client, BACK, "code", "v" * 43)) == "sign_in_again"


def test_a_secret_is_not_carried_to_where_an_answer_points(platform):
    platform.next["/token"].append(Answer(307, "", Location=f"{platform.url}/elsewhere"))
    with pytest.raises(LmsUnavailable, match="garbled"):
        oauth.refresh(oauth_client(platform.url), "1//refresh")
    assert platform.seen == ["POST /token"]


@pytest.mark.parametrize("field", ["auth_url", "token_url", "revoke_url"])
@pytest.mark.parametrize("url", ["http://oauth2.example.org/token", "http://127.0.0.1.example.org"])
def test_a_secret_never_crosses_a_network_in_the_clear(field, url):
    urls = dict.fromkeys(("auth_url", "token_url", "revoke_url"), "https://g.example.org/x")
    with pytest.raises(ValueError, match="https"):
        oauth.OAuthClient("id", "secret", **{**urls, field: url})


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
)
def test_the_practice_google_wants_pkce_and_a_client_it_knows(google, changes):
    asked = oauth.authorization_url(google.oauth, BACK, ("openid",), "s")
    split = urlsplit(asked.url)
    query = {k: v[0] for k, v in parse_qs(split.query).items()}
    address = f"{google.practice.url}{split.path}"
    assert requests.get(address, params={**query, **changes}, timeout=5).status_code == 400
    assert requests.get(address, params=query, timeout=5).status_code == 200


def test_what_was_not_asked_for_can_not_be_granted(google):
    _, back = google.consent(scopes=("openid",), allow=list(oauth.MIRROR_SCOPES))
    assert back["scope"] == "openid"


def test_without_openid_google_does_not_say_who_it_is(google):
    scope = next(s for s in oauth.MIRROR_SCOPES if s != "openid")
    asked, back = google.consent(scopes=(scope,))
    assert _refused(google, back["code"], asked.code_verifier) == "sign_in_again"


def test_other_kinds_of_grants_are_not_known(google):
    form = {
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
        "grant_type": "password",
    }
    answer = requests.post(f"{google.practice.url}/token", data=form, timeout=5)
    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})
