"""The tool and the practice Classroom on loopback, and browsers that open the add-on's iframes.

A browser has two cookie jars, as one that keeps cookies of iframes apart: what the window of the
sign-in gets, the iframe does not see.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from integrations.practice.classroom_addon_context import give_token, submission_id
from integrations.practice.school import DOMAIN, PracticeCourse, PracticePerson, PracticeSchool
from integrations.practice.server import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, PracticeServer
from lti_app import create_app
from lti_app.db import Base, Database
from lti_app.launch.models import WorkspaceDomain
from lti_app.learning import targets
from lti_app.people.models import (
    District,
    Enrolment,
    Identity,
    Person,
    Role,
    Section,
    Team,
)
from lti_app.sync.models import ClassroomConnection, GoogleAccount

TEACHERS = ("Elena Ortiz", "Marcus Reed")


@dataclass
class Door:
    """A district with its domain and one checkpoint in a plan; two courses at Google."""

    app: Flask
    url: str
    practice: PracticeServer
    district_id: int
    team_id: int
    checkpoint_id: int
    attachments: dict[str, str] = field(default_factory=dict)
    """Attachment by item."""

    @property
    def database(self) -> Database:
        return self.app.extensions["pathways.database"]

    @property
    def course(self) -> PracticeCourse:
        return next(iter(self.practice.school.courses.values()))

    @property
    def course_id(self) -> str:
        return self.practice.classroom.google_course_id(self.course.id)

    @property
    def item_id(self) -> str:
        """The first assignment of the course."""
        works = self.practice.classroom.works[self.course_id]
        return next(work["id"] for work in works if not work["_material"])

    @property
    def teacher(self) -> PracticePerson:
        return self.practice.school.people[self.course.teacher_ids[0]]

    def student(self, seat: int = 0) -> PracticePerson:
        return self.practice.school.people[self.course.student_ids[seat]]

    @property
    def stranger(self) -> PracticePerson:
        """A student of the other course."""
        other = list(self.practice.school.courses.values())[1]
        return self.practice.school.people[other.student_ids[0]]

    @property
    def place(self) -> str:
        return f"checkpoint-{self.checkpoint_id}"

    def attach(self, title: str = "Exit ticket") -> str:
        """Something of ours is attached to the assignment; returns Classroom's id of it."""
        attached = self.practice.classroom.attachments.setdefault(
            (self.course_id, self.item_id), []
        )
        one = {
            "id": f"{self.item_id}{len(attached) + 1:02}",
            "courseId": self.course_id,
            "itemId": self.item_id,
            "title": title,
            **{
                f"{name}Uri": {"uri": f"{self.url}/addon/{view}?open={self.place}"}
                for name, view in (
                    ("teacherView", "teacher"),
                    ("studentView", "student"),
                    ("studentWorkReview", "review"),
                )
            },
        }
        attached.append(one)
        return one["id"]

    def query(self, view: str, attachment_id: str = "", **more: str) -> dict[str, str]:
        """What Classroom puts into an iframe's address; `...` as a value leaves it out."""
        asked: dict[str, Any] = {
            "courseId": self.course_id,
            "itemId": self.item_id,
            "itemType": "courseWork",
        }
        if view in {"discovery", "upgrade"}:
            asked["addOnToken"] = give_token(self.practice.classroom, self.course_id, self.item_id)
        else:
            asked |= {"attachmentId": attachment_id, "open": self.place}
        return {name: value for name, value in {**asked, **more}.items() if value is not ...}

    def submission_id(self, person: PracticePerson, attachment_id: str) -> str:
        return submission_id(self.course_id, self.item_id, attachment_id, person.google_id)

    def browser(self) -> "Browser":
        return Browser(self)

    def open_section(self) -> int:
        """The teacher has opened the course: it has a section, in the team that has the plan."""
        with self.database.transaction(district_id=self.district_id) as session:
            section = Section(
                team_id=self.team_id,
                title=self.course.title,
                source="google",
                external_id=self.course_id,
                service_scopes=[],
            )
            session.add(section)
            session.flush()
            return section.id

    def connect_section(self) -> tuple[int, int]:
        """The course is connected with a section of an LTI platform, whose roster has the first
        student; returns the ids of the section and of that student."""
        with self.database.transaction(district_id=self.district_id) as session:
            section = Section(
                team_id=self.team_id, title="Room 12", source="lti:1", external_id="c"
            )
            teacher, student = Person(name="Elena Ortiz"), Person(name="As the roster says")
            session.add_all([section, teacher, student])
            session.flush()
            session.add_all(
                [
                    Identity(person_id=teacher.id, source="google", subject=self.teacher.google_id),
                    Identity(
                        person_id=student.id, source="google", subject=self.student().google_id
                    ),
                    GoogleAccount(person_id=teacher.id, refresh_token="r", scopes=[]),
                    Enrolment(section_id=section.id, person_id=student.id, role=Role.STUDENT),
                ]
            )
            session.flush()
            session.add(
                ClassroomConnection(
                    section_id=section.id, teacher_id=teacher.id, course_id=self.course_id
                )
            )
            return section.id, student.id

    def enrolment(self, person: PracticePerson) -> Enrolment | None:
        with self.database.session(district_id=self.district_id, writes=False) as session:
            return session.scalars(
                select(Enrolment)
                .join(Identity, Identity.person_id == Enrolment.person_id)
                .where(Identity.source == "google", Identity.subject == person.google_id)
            ).first()

    def rows(self, model: type[Base]) -> list[Any]:
        with self.database.session(writes=False) as session:
            return list(session.scalars(select(model)))

    def counts(self) -> dict[str, int]:
        with self.database.session(writes=False) as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }


class Browser:
    """Somebody's browser: Classroom's iframe in it, and a window of the sign-in."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.iframe, self.window = requests.Session(), requests.Session()
        self.key = ""

    def open(self, view: str, attachment_id: str = "", **more: Any) -> requests.Response:
        """Classroom opens an iframe."""
        return self.get(f"/addon/{view}", params=self.door.query(view, attachment_id, **more))

    def get(self, path: str, **request: Any) -> requests.Response:
        """A page in the iframe; a redirect is followed by hand."""
        return self.iframe.get(self.door.url + path, allow_redirects=False, timeout=20, **request)

    def set_out(self, frame: requests.Response) -> str:
        """Press the button: the window's first page; returns Google's address."""
        assert frame.status_code == 200, frame.text
        first = self.window.get(self.door.url + attribute(frame, "open", "href"), timeout=20)
        assert first.status_code == 200, first.text
        self.key = attribute(first, "key", "data-key")
        return attribute(first, "key", "data-to")

    def at_google(
        self,
        to: str,
        person: PracticePerson,
        *,
        without: str = "",
        decision: str = "allow",
    ) -> requests.Response:
        """Say yes at Google (to all scopes but those that contain `without`), and come back."""
        google = self.window.get(to, timeout=20)
        if google.url.startswith(self.door.url):
            return google  # Google had nothing to ask
        scopes = dict(parse_qsl(urlsplit(to).query))["scope"].split()
        given = [scope for scope in scopes if not without or without not in scope]
        return self.window.post(
            google.url,
            data={"person": person.id, "decision": decision, "scope": given},
            timeout=20,
        )

    def sign_in(self, frame: requests.Response, person: PracticePerson, **how: Any):
        """The window's whole way; returns its last page."""
        return self.at_google(self.set_out(frame), person, **how)

    def ticket(self, frame: requests.Response) -> dict[str, str]:
        return {"key": self.key, "channel": channel_of(frame)}

    def is_ready(self, frame: requests.Response) -> bool:
        answer = self.iframe.post(
            f"{self.door.url}/addon/ticket", data=self.ticket(frame), timeout=20
        )
        return answer.json()["ready"]

    def come_in(self, frame: requests.Response, **ticket: str) -> requests.Response:
        """The iframe sends the ticket."""
        return self.iframe.post(
            f"{self.door.url}/addon/enter",
            data={**self.ticket(frame), **ticket},
            allow_redirects=False,
            timeout=20,
        )

    def enter(self, person: PracticePerson, view: str, attachment_id: str = "", **more: Any):
        """From the iframe's first page to where it goes on; returns that answer, a redirect."""
        frame = self.open(view, attachment_id, **more)
        last = self.sign_in(frame, person)
        assert "You are signed in." in last.text, last.text
        return self.come_in(frame)


def attribute(page: requests.Response, element: str, name: str) -> str:
    """An attribute of the element with an id."""
    tag = re.search(rf'<[^>]*\bid="{element}"[^>]*>', page.text)
    assert tag is not None, page.text
    found = re.search(rf'\b{name}="([^"]*)"', tag[0])
    assert found is not None, tag[0]
    return unescape(found[1])


def channel_of(frame: requests.Response) -> str:
    found = re.search(r'name="channel" value="([^"]*)"', frame.text)
    assert found is not None
    return found[1]


@pytest.fixture
def door(settings) -> Iterator[Door]:
    apps: list[Flask] = []
    server = make_server("127.0.0.1", 0, lambda e, s: apps[0](e, s), threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    school = PracticeSchool.make("Two rooms", TEACHERS, 3)
    with PracticeServer(url, school) as practice:
        app = create_app(
            settings.model_copy(
                update={
                    "public_url": url,
                    "classroom_origins": [practice.url],
                    "classroom_api_url": practice.url + "/",
                    "google_client_id": GOOGLE_CLIENT_ID,
                    "google_client_secret": type(settings.secret_key)(GOOGLE_CLIENT_SECRET),
                    "google_auth_url": practice.url + "/o/oauth2/v2/auth",
                    "google_token_url": practice.url + "/token",
                    "google_revoke_url": practice.url + "/revoke",
                    "google_certs_url": practice.url + "/oauth2/v3/certs",
                }
            )
        )
        app.config["PROPAGATE_EXCEPTIONS"] = False
        apps.append(app)
        yield _rows(app, url, practice)
        app.extensions["pathways.database"].dispose()
    server.shutdown()
    server.server_close()


def _rows(app: Flask, url: str, practice: PracticeServer) -> Door:
    database: Database = app.extensions["pathways.database"]
    with database.transaction() as session:
        session.add(district := District(name="Maple"))
        session.flush()
        district_id = district.id
    with database.transaction(district_id=district_id) as session:
        session.add_all([team := Team(name="Grade 5"), WorkspaceDomain(domain=DOMAIN)])
        session.flush()
        target = targets.add_target(session, team.id, title="I can multiply a fraction.")
        checkpoint = targets.add_checkpoint(session, target, title="Exit ticket", max_points=4)
        session.flush()
        return Door(app, url, practice, district_id, team.id, checkpoint.id)
