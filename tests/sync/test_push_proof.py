"""Whose word counts: Google's, for us, now. Anything else is refused, and changes nothing."""

import base64
import json
import time
from datetime import timedelta

import jwt
import pytest
import requests
import time_machine
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from integrations.classroom.google_keys import KeptKeys
from integrations.classroom.push import Changed, Told, read_push
from integrations.lms import LmsRefused, LmsUnavailable
from integrations.practice.keys import KeyRing
from lti_app.sync.features import Feature
from tests.sync.pushing import allowed, register, work_feed, worlds

STRANGER = KeyRing()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CLAIMS = {
    "another audience": {"aud": "https://elsewhere.example.org/classroom/changes"},
    "no audience": {"aud": None},
    "another account": {"email": "somebody@practice.iam.gserviceaccount.com"},
    "no account": {"email": None},
    "an account that is a list": {"email": ["x"]},
    "an address that is not verified": {"email_verified": False},
    "an address that is verified in words": {"email_verified": "true"},
    "another issuer": {"iss": "https://accounts.example.org"},
    "over": {"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600},
    "without an end": {"exp": None},
    "an end that is no number": {"exp": "never"},
    "from the future": {"iat": int(time.time()) + 7200, "exp": int(time.time()) + 9200},
}
NOT_OURS = {
    "another audience",
    "another account",
    "no account",
    "an account that is a list",
    "an address that is not verified",
    "an address that is verified in words",
}


@pytest.fixture
def registered(settings):
    for world in worlds(settings):
        allowed(world, Feature.PUSH)
        register(world)
        yield world


def envelope(said: object, registration_id: object) -> dict:
    data = base64.b64encode(json.dumps(said).encode()).decode()
    return {"message": {"data": data, "attributes": {"registrationId": registration_id}}}


def change(world) -> dict:
    said = {
        "collection": "courses.courseWork",
        "eventType": "MODIFIED",
        "resourceId": {"courseId": world.google_course_id, "id": "1"},
    }
    return envelope(said, work_feed(world).registration_id)


def post(world, body: object, token: str | None, **headers: str) -> requests.Response:
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return requests.post(
        f"{world.settings.public_url}/classroom/changes", data=body, headers=headers, timeout=10
    )


def test_googles_own_word_counts_by_both_its_names(registered):
    pubsub = registered.practice.pubsub
    assert post(registered, change(registered), pubsub.token()).status_code == 204
    pubsub.otherwise = {"iss": "accounts.google.com"}
    assert post(registered, change(registered), pubsub.token()).status_code == 204
    assert work_feed(registered).pushes == 2


@pytest.mark.parametrize("wrong", CLAIMS)
def test_a_token_that_says_otherwise_is_refused(registered, wrong):
    registered.practice.pubsub.otherwise = CLAIMS[wrong]
    answer = post(registered, change(registered), registered.practice.pubsub.token())
    assert answer.status_code == (403 if wrong in NOT_OURS else 401)
    assert answer.json()["message"]
    assert work_feed(registered).pushes == 0


def test_a_token_that_somebody_else_signed_is_refused(registered):
    pubsub = registered.practice.pubsub
    good, body = pubsub.token(), change(registered)
    pubsub.forger = STRANGER
    forged = pubsub.token()
    claims = jwt.decode(good, options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none")
    shared = jwt.encode(claims, "s" * 40, algorithm="HS256", headers={"kid": "1"})
    head, said, signature = good.split(".")
    other = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "2"}).encode()).decode()
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
    stranger = STRANGER.sign(claims)
    for token in (
        forged,
        unsigned,
        shared,
        stranger,
        f"{head}.{other.rstrip('=')}.{signature}",
        f"{head}.{said}.",
        f"{deep}.{said}.{signature}",
        "x",
        "..",
        "é.é.é",
        "a" * 20_000,
    ):
        answer = post(registered, body, token.encode().decode("latin-1"))
        assert answer.status_code == 401, token[:40]
    assert post(registered, body, None).status_code == 401
    assert post(registered, body, None, Authorization="Basic x:y").status_code == 401
    assert work_feed(registered).pushes == 0


def test_another_audience_may_be_set(settings):
    for world in worlds(settings, pubsub_audience="pathways"):
        allowed(world, Feature.PUSH)
        register(world)
        pubsub = world.practice.pubsub
        assert post(world, change(world), pubsub.token()).status_code == 403
        pubsub.otherwise = {"aud": "pathways"}
        assert post(world, change(world), pubsub.token()).status_code == 204


def test_keys_are_read_once_and_again_when_google_has_new_ones(registered):
    practice = registered.practice
    begin = practice.mischief.calls["google.certs"]
    for _ in range(3):
        assert post(registered, change(registered), practice.pubsub.token()).status_code == 204
    assert practice.mischief.calls["google.certs"] == begin + 1
    practice.google.keys.rotate()
    # Not for everybody who comes along with a key of their own.
    assert post(registered, change(registered), practice.pubsub.token()).status_code == 401
    assert practice.mischief.calls["google.certs"] == begin + 1
    with time_machine.travel(time.time() + 61):
        assert post(registered, change(registered), practice.pubsub.token()).status_code == 204
    assert practice.mischief.calls["google.certs"] == begin + 2


def test_without_googles_keys_it_is_to_come_again(registered):
    registered.practice.mischief.next("google.certs", "server_error")
    token = registered.practice.pubsub.token()
    assert post(registered, change(registered), token).status_code == 503
    assert work_feed(registered).pushes == 0


def test_a_key_that_google_withdrew_is_believed_for_hours_at_most(world):
    google, keys = world.practice.google, KeptKeys(world.settings.google_certs_url)
    old = google.keys.kid
    assert keys.key(old)
    google.keys.rotate(keep_old=False)
    assert keys.key(old)
    with time_machine.travel(time.time() + timedelta(hours=7).total_seconds()):
        with pytest.raises(LmsRefused, match="bad_token"):
            keys.key(old)
        world.practice.mischief.next("google.certs", "server_error")
        assert keys.key(google.keys.kid)
    with pytest.raises(LmsUnavailable):
        KeptKeys("http://127.0.0.1:9/certs").key(old)


def bodies(world) -> list[object]:
    good = change(world)
    said = {"collection": "courses.courseWork", "resourceId": {"courseId": "1", "id": "1"}}
    return [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 50_000,
        [],
        None,
        {},
        {"message": None},
        {"message": {}},
        {"message": {**good["message"], "attributes": {}}},
        {"message": {**good["message"], "attributes": None}},
        {"message": {**good["message"], "data": None}},
        {"message": {**good["message"], "data": "%%%"}},
        {"message": {**good["message"], "data": "é"}},
        {"message": {**good["message"], "data": base64.b64encode(b"[" * 9000).decode()}},
        envelope([], "1"),
        envelope(said, "\x00"),
        envelope(said, "\ud800"),
        envelope(said, "r" * 300),
        envelope(said, 7),
        envelope({**said, "resourceId": {"courseId": 7}}, "1"),
        envelope({**said, "resourceId": []}, "1"),
        envelope({**said, "collection": 7}, "1"),
        envelope({**said, "collection": Changed.SUBMISSION}, "1"),
    ]


def test_garbage_is_refused_and_changes_nothing(registered):
    token = registered.practice.pubsub.token()
    for body in bodies(registered):
        assert post(registered, body, token).status_code == 400, body
    assert post(registered, b"x" * 100_000, token).status_code == 413
    assert requests.get(
        f"{registered.settings.public_url}/classroom/changes", timeout=5
    ).status_code in {
        404,
        405,
    }
    assert work_feed(registered).pushes == 0


def test_a_change_of_a_sort_that_we_do_not_know_is_taken_and_passed_over(registered):
    said = {
        "collection": "courses.announcements",
        "eventType": "CREATED",
        "resourceId": {"courseId": registered.google_course_id, "id": "1"},
    }
    body = envelope(said, work_feed(registered).registration_id)
    assert post(registered, body, registered.practice.pubsub.token()).status_code == 204
    assert work_feed(registered).pushes == 0


@trying(deadline=None, max_examples=200)
@given(said=JSON, attributes=JSON, data=JSON)
def test_whatever_a_body_holds_it_is_read_or_refused(said, attributes, data):
    encoded = base64.b64encode(json.dumps(data).encode()).decode()
    for body in (
        said,
        {"message": said},
        {"message": {"attributes": attributes, "data": said}},
        {"message": {"attributes": {"registrationId": said}, "data": encoded}},
        {"message": {"attributes": {"registrationId": "1"}, "data": encoded}},
        envelope({"collection": said, "resourceId": {"courseId": "1"}}, "1"),
        envelope({"collection": "courses.courseWork", "resourceId": data}, "1"),
    ):
        try:
            told = read_push(json.dumps(body).encode())
        except ValueError:
            continue
        assert told is None or isinstance(told, Told)


@trying(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_bytes_of_any_sort_are_refused(body):
    with pytest.raises(ValueError, match=r"."):
        read_push(body)


def test_a_submission_is_told_with_its_coursework():
    where = {"courseId": "1", "courseWorkId": "2", "id": "3"}
    body = json.dumps(envelope({"collection": Changed.SUBMISSION, "resourceId": where}, "r"))
    assert read_push(body.encode()) == Told("r", "1", Changed.SUBMISSION, "2")
