"""A service account acts as a teacher, against the practice Google: signature, scopes, people."""

import json
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from integrations.classroom import delegation, scopes
from integrations.classroom.budget import UNCOUNTED
from integrations.classroom.client import ClassroomClient
from integrations.classroom.delegation import NotAServiceKey, ServiceKey
from integrations.classroom.tokens import Tokens
from integrations.lms import LmsRefused, LmsUnavailable
from integrations.practice.google_delegation import AUDIENCE
from integrations.practice.google_oauth import JWT_BEARER
from tests.integrations.google_peer import OURS, refusal
from tests.integrations.service_platform import Answer, dropped

ALL = (*delegation.LOOK_UP, scopes.COURSES, scopes.COURSEWORK)


@pytest.fixture
def file(google) -> str:
    return google.practice.google.service_accounts.add(ALL)


def admin(google) -> str:
    return google.practice.school.of_role("administrator")[0].email


def token_for(google, key, user_id, wanted=ALL):
    return delegation.token_for(
        key,
        f"{google.practice.url}/token",
        f"{google.practice.url}/",
        administrator=admin(google),
        user_id=user_id,
        wanted=wanted,
        meter=UNCOUNTED,
    )


def test_it_acts_as_the_very_teacher_and_grades_their_coursework(google, file):
    key = ServiceKey.from_file(file)
    token, ends = token_for(google, key, google.teacher.google_id)
    assert google.practice.google.grant_of(token).person == google.teacher
    assert datetime.now(UTC) + timedelta(minutes=30) < ends

    tokens = Tokens(
        lambda: token_for(google, key, google.teacher.google_id),
        lambda *_: None,
        is_delegated=True,
    )
    client = ClassroomClient(f"{google.practice.url}/", tokens)
    assert client.is_delegated
    client.gradebook(google.course_id).send(google.work(OURS), google.score())
    assert google.store.patches[-1]["assignedGrade"] == 3


def test_it_lists_the_courses_of_this_teacher_and_never_the_domains(google, file):
    key = ServiceKey.from_file(file)
    teachers = google.practice.school.of_role("teacher")
    for teacher in teachers:
        taught = {
            google.store.google_course_id(course.id)
            for course in google.practice.school.courses.values()
            if teacher.id in course.teacher_ids
        }
        tokens = Tokens(lambda t=teacher: token_for(google, key, t.google_id), lambda *_: None)
        listed = {c.id for c in ClassroomClient(f"{google.practice.url}/", tokens).courses()}
        assert listed == taught


def test_scopes_that_the_district_has_not_delegated_are_refused(google, file):
    key = ServiceKey.from_file(file)
    wanted = (*ALL, scopes.ANNOUNCEMENTS)
    with pytest.raises(LmsRefused, match="not_delegated: unauthorized_client"):
        token_for(google, key, google.teacher.google_id, wanted)


def test_somebody_of_another_domain_can_not_be_acted_as(google, file):
    key = ServiceKey.from_file(file)
    assert refusal(lambda: token_for(google, key, "12345")) == "not_delegated"
    url = f"{google.practice.url}/token"
    assert refusal(lambda: delegation.token_as(key, url, "x@else.example.org", ALL)) == (
        "not_delegated"
    )


def test_only_an_administrator_looks_up_addresses(google, file):
    key = ServiceKey.from_file(file)
    token, _ = delegation.token_as(
        key, f"{google.practice.url}/token", google.teacher.email, delegation.LOOK_UP
    )
    other = google.practice.school.of_role("administrator")[0]
    api = f"{google.practice.url}/"
    asked = partial(delegation.address_of, api, token, other.google_id, UNCOUNTED)
    assert refusal(asked) == "not_delegated"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, "<html>"), "lost_connection"),
        (Answer(200, {"access_token": 5, "expires_in": 60}), "garbled"),
        (Answer(307, "", Location="http://127.0.0.1:9/else"), "garbled"),
        (dropped(), "lost_connection"),
    ],
)
def test_a_token_endpoint_that_fails_is_tried_later(google, platform, file, answer, code):
    platform.next["/token"].append(answer)
    with pytest.raises(LmsUnavailable, match=code):
        delegation.token_as(ServiceKey.from_file(file), f"{platform.url}/token", "a@b.org", ALL)


def test_a_key_is_not_used_where_its_signature_would_cross_a_network_in_the_clear(file):
    with pytest.raises(ValueError, match="https"):
        delegation.token_as(ServiceKey.from_file(file), "http://g.example.org/t", "a@b.org", ALL)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"type": "authorized_user"}, "authorized_user"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nx"}, "private key"),
        ({"client_email": None, "client_id": ...}, "not the JSON file"),
    ],
)
def test_a_file_that_is_no_key_says_why(file, changes, why):
    found = {k: v for k, v in (json.loads(file) | changes).items() if v is not ...}
    with pytest.raises(NotAServiceKey, match=why):
        ServiceKey.from_file(json.dumps(found))
    with pytest.raises(NotAServiceKey):
        ServiceKey.from_file("[]")


def ask(google, file, key=None, **changes):
    """The token endpoint, asked as some other program would."""
    found = json.loads(file)
    at = int(time.time())
    claims = {
        "iss": found["client_email"],
        "sub": google.teacher.email,
        "aud": AUDIENCE,
        "scope": scopes.COURSES,
        "iat": at,
        "exp": at + 3600,
    }
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    private = key or load_pem_private_key(found["private_key"].encode(), None)
    assertion = jwt.encode(claims, private, "RS256", {"kid": found["private_key_id"]})
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    answer = requests.post(f"{google.practice.url}/token", data=form, timeout=5)
    return answer.status_code, answer.json().get("error")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"aud": "https://elsewhere.example.org"}, (400, "invalid_grant")),
        ({"iss": "nobody@practice.iam.gserviceaccount.com"}, (400, "invalid_grant")),
        ({"sub": "nobody@maple.example.org"}, (400, "invalid_grant")),
        ({"sub": None}, (400, "invalid_grant")),
        ({"exp": int(time.time()) + 7200}, (400, "invalid_grant")),
        ({"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7000}, (400, "invalid_grant")),
        ({"scope": ""}, (401, "unauthorized_client")),
        ({"scope": scopes.PUSH}, (401, "unauthorized_client")),
    ],
)
def test_the_practice_google_takes_no_other_claims(google, file, changes, error):
    assert ask(google, file) == (200, None)
    assert ask(google, file, **changes) == error


def test_the_practice_google_takes_no_strangers_signature(google, file):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert ask(google, file, stranger) == (400, "invalid_grant")
