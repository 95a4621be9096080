"""The practice Classroom's registrations and Pub/Sub: what Google's reference says of them."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests
import time_machine
from flask import Flask, request

from integrations.practice import classroom_registrations
from integrations.practice.google_oauth import Grant
from integrations.practice.keys import KeyRing
from integrations.practice.pubsub import PUSH_ACCOUNT, TOPIC
from integrations.practice.school import PracticePerson
from tests.peers import PeerTool

PUSH = classroom_registrations.SCOPE
COURSES = "https://www.googleapis.com/auth/classroom.courses.readonly"


@pytest.fixture
def room(peer_tool: PeerTool):
    """The practice Classroom, whose pushes the peer tool takes."""
    return Room(peer_tool.practice, peer_tool)


class Room:
    def __init__(self, practice, tool) -> None:
        self.practice = practice
        self.store = practice.classroom
        self.course = next(iter(practice.school.courses.values()))
        self.course_id = self.store.google_course_id(self.course.id)
        self.teacher = practice.school.people[self.course.teacher_ids[0]]
        self.tool = tool
        self.seen: list[tuple[str, dict]] = []
        """What a subscriber of nobody's took: the header and the body."""
        self.statuses: list[int] = []
        """What it answers in turn, then 204."""
        app: Flask = tool._server.app
        app.add_url_rule("/classroom/changes", view_func=self._take, methods=["POST"])

    def _take(self):
        self.seen.append((request.headers["Authorization"], request.get_json()))
        return "", self.statuses.pop(0) if self.statuses else 204

    def token(self, person: PracticePerson | None = None, *scopes: str, **more) -> str:
        grant = Grant(person or self.teacher, frozenset(scopes or (PUSH,)), **more)
        if not more:
            self.practice.google.keep(grant)
        return self.practice.google.access(grant)

    def create(self, feed="COURSE_WORK_CHANGES", token=None, topic=TOPIC, **feed_fields):
        info = {
            "COURSE_WORK_CHANGES": "courseWorkChangesInfo",
            "COURSE_ROSTER_CHANGES": "courseRosterChangesInfo",
        }.get(feed, "courseWorkChangesInfo")
        wanted = feed_fields or {"feedType": feed, info: {"courseId": self.course_id}}
        return self.ask(
            "POST",
            "registrations",
            token or self.token(),
            {"feed": wanted, "cloudPubsubTopic": {"topicName": topic}},
        )

    def ask(self, method, path, token, body=None):
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.practice.url}/v1/{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=5)

    def said(self) -> list[dict]:
        """What was pushed so far."""
        self.practice.pubsub.settle()
        return [json.loads(base64.b64decode(m["data"])) for m in self.practice.pubsub.pushed]

    def work(self) -> dict:
        return self.store.graded_work(self.course.id)[0]


def refused(answer, code: int, status: str) -> None:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (code, code, status)


def test_one_is_made_for_a_week_and_the_same_once_more_makes_it_longer(room):
    first = room.create().json()
    assert first["feed"]["feedType"] == "COURSE_WORK_CHANGES"
    begin = datetime.fromisoformat(first["expiryTime"]) - timedelta(days=7)
    assert abs(begin - datetime.now(UTC)) < timedelta(minutes=1)
    with time_machine.travel(begin + timedelta(days=3)):
        again = room.create(token=room.token()).json()
    assert again["registrationId"] == first["registrationId"]
    assert datetime.fromisoformat(again["expiryTime"]) > begin + timedelta(days=9, hours=23)
    assert room.create("COURSE_ROSTER_CHANGES").json()["registrationId"] != first["registrationId"]


def test_what_google_refuses(room):
    refused(room.create(token=room.token(None, COURSES)), 403, "PERMISSION_DENIED")
    delegated = room.token(None, PUSH, is_delegated=True)
    refused(room.create(token=delegated), 403, "PERMISSION_DENIED")
    refused(room.create(topic="pathways"), 400, "INVALID_ARGUMENT")
    refused(room.create(topic="projects/practice/topics/other"), 404, "NOT_FOUND")
    room.practice.pubsub.topics[TOPIC] = False
    refused(room.create(), 404, "NOT_FOUND")
    room.practice.pubsub.topics[TOPIC] = True
    elsewhere = {"feedType": "COURSE_WORK_CHANGES", "courseWorkChangesInfo": {"courseId": "1"}}
    refused(room.create(**elsewhere), 404, "NOT_FOUND")
    student = room.practice.school.people[room.course.student_ids[0]]
    refused(room.create(token=room.token(student)), 403, "PERMISSION_DENIED")
    refused(room.create(feedType="COURSE_WORK_CHANGES"), 400, "INVALID_ARGUMENT")
    refused(room.create(feedType="EVERYTHING"), 400, "INVALID_ARGUMENT")
    refused(room.create(feedType="DOMAIN_ROSTER_CHANGES"), 403, "PERMISSION_DENIED")
    refused(room.create(token="none"), 401, "UNAUTHENTICATED")
    assert room.practice.registrations.by_id == {}


def test_only_its_owner_ends_one_and_only_once(room):
    path = f"registrations/{room.create().json()['registrationId']}"
    student = room.practice.school.people[room.course.student_ids[0]]
    refused(room.ask("DELETE", path, room.token(student)), 404, "NOT_FOUND")
    assert room.ask("DELETE", path, room.token()).json() == {}
    refused(room.ask("DELETE", path, room.token()), 404, "NOT_FOUND")


def test_each_change_is_told_as_its_get_method_would_name_it(room):
    room.create()
    room.create("COURSE_ROSTER_CHANGES")
    work, student_id = room.work(), room.course.student_ids[0]
    student = room.practice.school.people[student_id]
    submission = room.store.submission(room.course_id, work["id"], student.google_id)
    added = room.store.add_work(room.course_id, title="New", maxPoints=3)
    room.store.hand_out(room.course_id, added["id"])
    room.store.change_work(room.course_id, work["id"], title="Other")
    room.store.grade(submission, 2)
    room.store.leave(room.course_id, student_id)
    room.store.join(room.course_id, student_id)
    room.store.remove_work(room.course_id, work["id"])
    room.store.forget_work(room.course_id, work["id"])
    course = {"courseId": room.course_id}
    told = sorted(json.dumps(one, sort_keys=True) for one in room.said())
    where = {**course, "courseWorkId": work["id"], "id": submission["id"]}
    person = {**course, "userId": student.google_id}
    works, submissions = "courses.courseWork", "courses.courseWork.studentSubmissions"
    wanted = [
        (works, "CREATED", {**course, "id": added["id"]}),
        (works, "MODIFIED", {**course, "id": work["id"]}),
        (works, "DELETED", {**course, "id": work["id"]}),
        (submissions, "MODIFIED", where),
        ("courses.students", "DELETED", person),
        ("courses.students", "CREATED", person),
    ]
    assert told == sorted(
        json.dumps({"collection": c, "eventType": e, "resourceId": r}, sort_keys=True)
        for c, e, r in wanted
    )


def test_materials_are_not_told_of(room):
    room.create()
    added = room.store.add_work(room.course_id, title="Sheet", material=True)
    room.store.change_work(room.course_id, added["id"], title="Other")
    assert room.said() == []


def test_nothing_is_told_after_its_week_without_a_grant_or_to_who_left(room):
    room.create()
    ends = next(iter(room.practice.registrations.by_id.values())).expires_at
    with time_machine.travel(ends + timedelta(seconds=1)):
        room.store.add_work(room.course_id, title="Late", maxPoints=1)
    room.practice.google.revoke()
    room.store.add_work(room.course_id, title="Revoked", maxPoints=1)
    room.create()
    room.course.teacher_ids.clear()
    room.store.add_work(room.course_id, title="Left", maxPoints=1)
    assert room.said() == []


def test_a_push_carries_googles_token_and_the_registration(room):
    room.create()
    room.store.change_work(room.course_id, room.work()["id"], title="Other")
    room.practice.pubsub.settle()
    [(authorization, body)] = room.seen
    keys = requests.get(f"{room.practice.url}/oauth2/v3/certs", timeout=5).json()
    token = authorization.removeprefix("Bearer ")
    claims = jwt.decode(
        token,
        jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]],
        algorithms=["RS256"],
        audience=f"{room.tool.url}/classroom/changes",
        issuer="https://accounts.google.com",
    )
    assert (claims["email"], claims["email_verified"]) == (PUSH_ACCOUNT, True)
    registration = next(iter(room.practice.registrations.by_id))
    assert body["message"]["attributes"] == {"registrationId": registration}
    assert body["subscription"].startswith("projects/")


def test_what_is_not_taken_comes_again_and_the_store_does_not_wait(room):
    room.create()
    room.statuses.extend([500, 403])
    room.store.change_work(room.course_id, room.work()["id"], title="Other")
    assert room.practice.pubsub.answers == []  # the store went on before anybody answered
    room.practice.pubsub.settle()
    assert room.practice.pubsub.answers == [500, 403, 204]
    assert len({body["message"]["messageId"] for _, body in room.seen}) == 1


def test_switches_twice_lost_held_and_forged(room):
    room.create()
    pubsub, seen = room.practice.pubsub, room.seen

    def change() -> int:
        room.store.change_work(room.course_id, room.work()["id"], title="Other")
        pubsub.settle()
        return len(seen)

    pubsub.twice = True
    assert change() == 2
    pubsub.twice, pubsub.lost = False, True
    assert change() == 2
    pubsub.lost, pubsub.held = False, []
    assert change() == 2
    change()
    pubsub.let_go(backwards=True)
    numbers = [int(body["message"]["messageId"]) for _, body in seen[2:]]
    assert numbers == sorted(numbers, reverse=True)
    pubsub.forger = KeyRing()
    pubsub.otherwise = {"aud": "elsewhere", "email": None}
    change()
    claims = jwt.decode(seen[-1][0].removeprefix("Bearer "), options={"verify_signature": False})
    assert claims["aud"] == "elsewhere"
    assert "email" not in claims


def test_nobody_there_is_given_up_after_some_tries(room, monkeypatch):
    monkeypatch.setattr("integrations.practice.pubsub.FIRST_WAIT_S", 0.001)
    room.practice.pubsub.push_url = "http://127.0.0.1:9/classroom/changes"
    room.create()
    room.store.change_work(room.course_id, room.work()["id"], title="Other")
    room.practice.pubsub.settle()
    assert set(room.practice.pubsub.answers) == {0}
