"""A practice Classroom with one course, and a teacher's client of it."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integrations.classroom import oauth
from integrations.classroom.client import TIMEOUT_S, ClassroomClient
from integrations.classroom.tokens import Tokens
from integrations.lms import LmsRefused, ScoreDraft
from integrations.practice.google_oauth import Grant
from integrations.practice.server import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    PracticeServer,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BACK = "http://127.0.0.1:1/google/callback"
OURS = "Checkpoint: fraction"


def oauth_client(url: str, secret: str = GOOGLE_CLIENT_SECRET) -> oauth.OAuthClient:
    return oauth.OAuthClient(
        client_id=GOOGLE_CLIENT_ID,
        client_secret=secret,
        auth_url=f"{url}/o/oauth2/v2/auth",
        token_url=f"{url}/token",
        revoke_url=f"{url}/revoke",
    )


class Google:
    def __init__(self, practice: PracticeServer) -> None:
        self.practice = practice
        self.store = practice.classroom
        self.course = next(iter(practice.school.courses.values()))
        self.course_id = self.store.google_course_id(self.course.id)
        self.teacher = practice.school.people[self.course.teacher_ids[0]]
        self.oauth = oauth_client(practice.url)
        self.kept: list[tuple[str, datetime]] = []

    def client(
        self, scopes=oauth.MIRROR_SCOPES, person=None, timeout_s=TIMEOUT_S
    ) -> ClassroomClient:
        grant = Grant(person or self.teacher, frozenset(scopes))
        refresh_token = self.practice.google.keep(grant)
        tokens = Tokens(
            lambda: oauth.refresh(self.oauth, refresh_token), lambda *new: self.kept.append(new)
        )
        return ClassroomClient(f"{self.practice.url}/", tokens, timeout_s)

    def source(self):
        return self.client().source(self.course_id)

    def book(self, timeout_s=TIMEOUT_S):
        return self.client(timeout_s=timeout_s).gradebook(self.course_id)

    def work(self, title: str) -> str:
        works = self.store.works[self.course_id]
        return next(work["id"] for work in works if work["title"].startswith(title))

    def student(self, seat: int = 0) -> str:
        return self.practice.school.people[self.course.student_ids[seat]].google_id

    def score(self, points=3.0, seat=0, max_points=4.0) -> ScoreDraft:
        return ScoreDraft(self.student(seat), points, max_points, AT)

    def ask(self, method, path, **asked):
        """A request as some other program would make it; `path` is below the course."""
        return self.ask_api(method, f"courses/{self.course_id}{path}", **asked)

    def ask_api(self, method, path, *, role="teacher", seat=0, scopes=None, **request):
        """The same, below the API's root."""
        ids = self.course.teacher_ids if role == "teacher" else self.course.student_ids
        person = self.practice.school.people[ids[seat]]
        granted = oauth.MIRROR_SCOPES if scopes is None else scopes
        token = self.practice.google.access(Grant(person, frozenset(granted)))
        return requests.request(
            method,
            f"{self.practice.url}/v1/{path}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
            **request,
        )

    def ask_batch(self, calls: int):
        """A batch of so many calls."""
        part = "--b\r\nContent-Type: application/http\r\n\r\nGET /v1/courses HTTP/1.1\r\n\r\n\r\n"
        return requests.post(
            f"{self.practice.url}/batch",
            data=part * calls + "--b--",
            headers={"Content-Type": "multipart/mixed; boundary=b"},
            timeout=5,
        )

    def consent(self, scopes=oauth.MIRROR_SCOPES, allow=None, decision="allow"):
        """The teacher at Google's consent page; returns what the browser is sent back with."""
        asked = oauth.authorization_url(self.oauth, BACK, scopes, "the-state")
        form = {"person": self.teacher.id, "decision": decision, "scope": list(allow or scopes)}
        answer = requests.post(asked.url, data=form, allow_redirects=False, timeout=5)
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return asked, {name: values[0] for name, values in query.items()}

    def grant(self) -> oauth.Grant:
        asked, back = self.consent()
        return oauth.exchange_code(self.oauth, BACK, back["code"], asked.code_verifier)


def refusal(act) -> str:
    with pytest.raises(LmsRefused) as caught:
        act()
    return caught.value.code


def client_at(url: str) -> ClassroomClient:
    """A client of something else than the practice Classroom."""
    return ClassroomClient(f"{url}/", good_for_an_hour())


def good_for_an_hour() -> Tokens:
    def fetch():
        raise AssertionError("the token is good")

    return Tokens(fetch, lambda *_: None, "access", datetime.now(UTC) + timedelta(hours=1))
