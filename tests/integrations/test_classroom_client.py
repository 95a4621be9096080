"""The real Classroom client against the practice Classroom, over HTTP."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integrations.classroom import oauth
from integrations.classroom.client import ClassroomClient, StoredGrant
from integrations.lms import LmsRefused, LmsUnavailable, ScoreDraft
from integrations.practice import classroom_schema
from integrations.practice.google_oauth import Grant
from integrations.practice.school import PracticeSchool
from integrations.practice.server import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    PracticeServer,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BACK = "http://127.0.0.1:1/google/callback"
PATCH = "classroom.courseWork.studentSubmissions.patch"


class Google:
    """A practice Classroom with 104 students in one course, and a teacher's client."""

    def __init__(self, practice: PracticeServer) -> None:
        self.practice = practice
        self.course = next(iter(practice.school.courses.values()))
        self.course_id = practice.classroom.google_course_id(self.course.id)
        self.teacher = practice.school.people[self.course.teacher_ids[0]]
        self.oauth = oauth.OAuthClient(
            client_id=GOOGLE_CLIENT_ID,
            client_secret=GOOGLE_CLIENT_SECRET,
            auth_url=f"{practice.url}/o/oauth2/v2/auth",
            token_url=f"{practice.url}/token",
            revoke_url=f"{practice.url}/revoke",
        )
        self.kept: list[tuple[str, datetime]] = []

    def client(self, scopes=oauth.MIRROR_SCOPES, person=None) -> ClassroomClient:
        grant = Grant(person or self.teacher, frozenset(scopes))
        stored = StoredGrant(self.practice.google.keep(grant), None, None, tuple(scopes))
        return ClassroomClient(
            f"{self.practice.url}/", stored, self.oauth, lambda *new: self.kept.append(new)
        )

    def work(self, title: str) -> str:
        works = self.practice.classroom.works[self.course_id]
        return next(work["id"] for work in works if work["title"].startswith(title))

    def student(self, seat: int = 0) -> str:
        return self.practice.school.people[self.course.student_ids[seat]].google_id


@pytest.fixture(scope="module")
def server():
    with PracticeServer("http://127.0.0.1:1", PracticeSchool.small(104)) as practice:
        yield practice


@pytest.fixture
def google(server):
    server.mischief.clear()
    return Google(server)


def _score(google, points=3.0, seat=0):
    return ScoreDraft(google.student(seat), points, 4, AT)


def test_every_page_of_people_and_submissions_is_read(google):
    client = google.client()
    members = list(client.roster(google.course_id).members())
    assert [m.roles for m in members].count(("student",)) == 104
    assert len({m.user_id for m in members}) == 105
    assert all(m.email for m in members)
    source = client.source(google.course_id)
    submissions = list(source.submissions())
    assert len(submissions) == len({s.id for s in submissions}) == 104 * 9
    assert [course.id for course in client.courses()] == [google.course_id]


def test_coursework_and_materials_come_as_the_ports_own(google):
    source = google.client().source(google.course_id)
    works = {work.title: work for work in source.coursework()}
    ours = works["Checkpoint: fraction times whole number"]
    assert (ours.ours, ours.max_points, ours.is_material) == (True, 4, False)
    video = works["Multiplying fractions with an area model"]
    assert (video.is_material, video.max_points) == (True, None)
    assert video.material_urls == ("https://www.youtube.com/watch?v=practice4nf",)
    assert [topic.title for topic in source.topics()] == ["Unit 2: Decimals", "Unit 3: Fractions"]


def test_a_grade_is_written_and_read_back(google):
    book = google.client().gradebook(google.course_id)
    column = google.work("Checkpoint: fraction")
    assert book.read(column, google.student(3)) is None
    book.send(column, _score(google, 3.5, seat=3))
    assert book.read(column, google.student(3)).points == 3.5
    assert google.practice.classroom.patches[-1]["draftGrade"] == 3.5


@pytest.mark.parametrize(
    ("fault", "code", "wait"),
    [
        ("too_many_requests", "rate_limited", 7),
        ("server_error", "server_error", None),
        ("timeout", "lost_connection", None),
        ("lost_after_accepting", "lost_connection", None),
    ],
)
def test_what_passes_by_is_unavailable_and_may_be_tried_again(google, fault, code, wait):
    # The HTTP library itself tries a broken connection a second time.
    times = 2 if code == "lost_connection" else 1
    google.practice.mischief.next(PATCH, fault, seconds=7 if wait else 0.05, times=times)
    book = google.client().gradebook(google.course_id)
    with pytest.raises(LmsUnavailable) as caught:
        book.send(google.work("Checkpoint: fraction"), _score(google))
    assert (caught.value.code, caught.value.retry_after) == (code, wait)
    book.send(google.work("Checkpoint: fraction"), _score(google))


def _refusal(act) -> str:
    with pytest.raises(LmsRefused) as caught:
        act()
    return caught.value.code


def test_what_needs_a_person_is_refused_with_one_word(google):
    client = google.client()
    book = client.gradebook(google.course_id)
    ours = google.work("Checkpoint: fraction")
    stranger = ScoreDraft("12345", 1, 4, AT)
    assert _refusal(lambda: book.send(google.work("Exit ticket"), _score(google))) == "not_ours"
    assert _refusal(lambda: book.send(ours, stranger)) == "not_a_student"
    assert _refusal(lambda: book.send("999", _score(google))) == "column_gone"
    assert _refusal(lambda: client.source("999").course()) == "course_gone"
    few = google.client(scopes=("openid",))
    assert _refusal(lambda: list(few.courses())) == "forbidden"


def test_an_archived_course_takes_no_grades(google):
    course = google.practice.classroom.courses[google.course_id]
    course["courseState"] = "ARCHIVED"
    try:
        book = google.client().gradebook(google.course_id)
        column = google.work("Checkpoint: fraction")
        assert _refusal(lambda: book.send(column, _score(google))) == "course_archived"
        assert google.client().source(google.course_id).course().archived
    finally:
        course["courseState"] = "ACTIVE"


def test_a_token_that_ends_is_renewed_once_and_kept(google):
    client = google.client()
    list(client.courses())
    google.practice.google.expire_tokens()
    assert list(client.courses())
    assert len(google.kept) == 2
    assert google.kept[-1][1] > datetime.now(UTC) + timedelta(minutes=30)


def test_a_grant_that_was_revoked_asks_to_sign_in_again(google):
    client = google.client()
    google.practice.google.revoke()
    assert _refusal(lambda: list(client.courses())) == "sign_in_again"


def _consent(google, scopes=oauth.MIRROR_SCOPES, allow=None, decision="allow"):
    """The teacher at Google's consent page; returns what the browser is sent back with."""
    asked = oauth.authorization_url(google.oauth, BACK, scopes, "the-state")
    form = {
        "person": google.teacher.id,
        "decision": decision,
        "scope": list(allow or scopes),
    }
    answer = requests.post(asked.url, data=form, allow_redirects=False, timeout=5)
    return asked, {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def test_a_teacher_grants_access_with_a_code_that_only_we_can_use(google):
    asked, back = _consent(google)
    assert back["state"] == "the-state"
    grant = oauth.exchange_code(google.oauth, BACK, back["code"], asked.code_verifier)
    assert grant.user_id == google.teacher.google_id
    assert set(grant.scopes) == set(oauth.MIRROR_SCOPES)
    # A code is good once, and only with the verifier of the one who asked.
    used = lambda: oauth.exchange_code(google.oauth, BACK, back["code"], asked.code_verifier)  # noqa: E731
    assert _refusal(used) == "sign_in_again"
    _, back = _consent(google)
    stolen = lambda: oauth.exchange_code(google.oauth, BACK, back["code"], "x" * 43)  # noqa: E731
    assert _refusal(stolen) == "sign_in_again"


def test_fewer_scopes_than_asked_are_told_and_a_no_is_a_no(google):
    asked, back = _consent(google, allow=["openid"])
    grant = oauth.exchange_code(google.oauth, BACK, back["code"], asked.code_verifier)
    assert grant.scopes == ("openid",)
    assert _consent(google, decision="deny")[1]["error"] == "access_denied"


def test_revoking_ends_the_grant_at_google(google):
    asked, back = _consent(google)
    grant = oauth.exchange_code(google.oauth, BACK, back["code"], asked.code_verifier)
    oauth.revoke(google.oauth, grant.refresh_token)
    assert _refusal(lambda: oauth.refresh(google.oauth, grant.refresh_token)) == "sign_in_again"


def test_every_request_stays_on_loopback_and_is_in_googles_document(google):
    """The practice server refuses whatever the document does not know, so being served is proof;
    here the names in our source are held against it, too."""
    source = Path(oauth.__file__).with_name("client.py").read_text()
    known = {m.id.rsplit(".", 2)[-2] for m in classroom_schema.methods()}
    assert set(re.findall(r"courses\.(\w+)\(\)", source)) <= known
    client = google.client()
    assert client.call(lambda c: c.get(id=google.course_id))["id"] == google.course_id
    assert client._open()._baseUrl == f"{google.practice.url}/"
