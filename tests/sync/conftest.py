"""A section between Pathways and the practice LMS, both served on loopback."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from limits.storage import MemoryStorage
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from integrations.classroom import oauth
from integrations.practice.google_oauth import Grant
from integrations.practice.school import PracticeCourse, PracticeSchool
from integrations.practice.server import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    PracticeServer,
)
from lti_app import create_app
from lti_app.db import Database, now
from lti_app.demo.school import register_practice
from lti_app.launch.keys import new_key
from lti_app.launch.models import KeyState, ToolKey
from lti_app.launch.platforms import source_of
from lti_app.learning import attempts, targets
from lti_app.learning.models import Attempt, Checkpoint
from lti_app.people.models import District, Enrolment, Identity, Person, Role, Section, Team
from lti_app.settings import Settings
from lti_app.sync import jobs
from lti_app.sync.delivery import deliver_due
from lti_app.sync.frameworks import import_file
from lti_app.sync.models import (
    ClassroomConnection,
    ColumnKind,
    DeliveryState,
    GoogleAccount,
    GradeDelivery,
)
from lti_app.sync.quota import quota_of
from tests.school import ALL_SCOPES

STANDARDS = (
    Path(__file__).parents[2] / "lti_app" / "demo" / "standards" / "ccss-math-grade5.case.json"
)


@dataclass
class World:
    """One section with everything on both sides of it."""

    app: Flask
    settings: Settings
    database: Database
    practice: PracticeServer
    course: PracticeCourse
    district_id: int
    section_id: int
    teacher_id: int
    student_ids: list[int]
    checkpoint_id: int
    subjects: list[str]
    """The students' ids at the LMS, by seat, also of those who leave."""

    def session(self):
        return self.database.session(district_id=self.district_id, writes=False)

    def transaction(self):
        return self.database.transaction(district_id=self.district_id)

    def add_twin(self, session: Session) -> Section:
        """Another section of the team, on the same platform."""
        first = session.get_one(Section, self.section_id)
        twin = Section(
            team_id=first.team_id,
            title="Twin",
            source=first.source,
            external_id="twin",
            line_items_url=first.line_items_url,
            service_scopes=first.service_scopes,
        )
        session.add(twin)
        session.flush()
        return twin

    def score(self, seat: int, points: float, feedback: str = "", checkpoint: int = 0) -> int:
        """A student's next attempt is made and scored; returns its id."""
        checkpoint_id = checkpoint or self.checkpoint_id
        with self.transaction() as session:
            number = session.scalar(
                select(func.count(Attempt.id)).where(
                    Attempt.checkpoint_id == checkpoint_id,
                    Attempt.person_id == self.student_ids[seat],
                )
            )
            attempt = attempts.submit(
                session,
                checkpoint=session.get_one(Checkpoint, checkpoint_id),
                person_id=self.student_ids[seat],
                section_id=self.section_id,
                number=number + 1,
                evidence=f"answer {number + 1}",
            )
            attempts.score(
                session,
                attempt=attempt,
                points=points,
                feedback=feedback,
                scored_by_id=self.teacher_id,
            )
            return attempt.id

    def gradebooks(self, section: Section, kind: ColumnKind):
        return jobs.gradebook_of(self.database, self.settings, section, kind)

    def deliver(self) -> None:
        """One round of the worker, with every waiting grade due."""
        self.make_due()
        deliver_due(self.database, self.gradebooks)

    def make_due(self) -> None:
        """Time passes until every waiting grade is due and every lease is over."""
        self.end_quiet()
        with self.transaction() as session:
            session.execute(update(GradeDelivery).values(due_at=now(), leased_until=None))

    def end_quiet(self) -> None:
        """Time passes until nobody keeps quiet any more for Google's quota."""
        quota = quota_of(self.database, self.settings)
        for counts in filter(None, (quota._own, quota._shared)):
            storage = counts._storage
            if isinstance(storage, MemoryStorage):
                quiet = [key for key in list(storage.expirations) if "/quiet/" in key]
            else:  # Redis has a clock of its own
                found = storage.storage.scan_iter("*/quiet/*")
                quiet = [key.decode().removeprefix("LIMITS:") for key in found]
            for key in quiet:
                storage.clear(key)

    def delivery(self, seat: int = 0) -> GradeDelivery:
        with self.session() as session:
            return session.scalars(
                select(GradeDelivery).where(GradeDelivery.person_id == self.student_ids[seat])
            ).one()

    def states(self) -> set[str]:
        with self.session() as session:
            return {DeliveryState(s) for s in session.scalars(select(GradeDelivery.state))}

    def grade(self, seat: int = 0) -> float | None:
        """What stands in the practice LMS's gradebook."""
        resource_id = f"pathways-checkpoint-{self.checkpoint_id}"
        return self.practice.platform.score_of(self.course.id, resource_id, self.subjects[seat])

    @property
    def google_course_id(self) -> str:
        return self.practice.classroom.google_course_id(self.course.id)

    def google_id(self, seat: int) -> str:
        return self.practice.school.people[self.subjects[seat]].google_id


@cache
def _key(state: KeyState) -> tuple[str, str]:
    made = new_key(state)  # an RSA key takes a while: one pair serves all tests
    return made.kid, made.private_pem


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    yield from make_world(settings, students=5)


def make_world(settings: Settings, *, students: int, page_size: int = 3) -> Iterator[World]:
    apps: list[Flask] = []
    server = make_server("127.0.0.1", 0, lambda e, s: apps[0](e, s), threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    tool_url = f"http://127.0.0.1:{server.server_port}"
    school = PracticeSchool.small(students)
    with PracticeServer(tool_url, school, page_size=page_size) as practice:
        settings = settings.model_copy(
            update={
                "public_url": tool_url,
                "classroom_api_url": practice.url + "/",
                "google_client_id": GOOGLE_CLIENT_ID,
                "google_client_secret": type(settings.secret_key)(GOOGLE_CLIENT_SECRET),
                "google_auth_url": practice.url + "/o/oauth2/v2/auth",
                "google_token_url": practice.url + "/token",
                "google_revoke_url": practice.url + "/revoke",
                "google_certs_url": practice.url + "/oauth2/v3/certs",
            }
        )
        app = create_app(settings)
        apps.append(app)
        yield _rows(app, settings, practice)
        app.extensions["pathways.database"].dispose()
    server.shutdown()
    server.server_close()


def _rows(app: Flask, settings: Settings, practice: PracticeServer) -> World:
    database: Database = app.extensions["pathways.database"]
    course = next(iter(practice.school.courses.values()))
    with database.transaction() as session:
        session.add(district := District(name="Maple"))
        session.flush()
        platform = register_practice(session, practice.url, district.id)
        for state in (KeyState.CURRENT, KeyState.NEXT):
            kid, pem = _key(state)
            session.add(ToolKey(kid=kid, private_pem=pem, state=state))
        source, district_id = source_of(platform.id), district.id
    import_file(database, district_id, STANDARDS)
    base = f"{practice.url}/lti/courses/{course.id}"
    with database.transaction(district_id=district_id) as session:
        session.add(team := Team(name="Grade 5"))
        session.flush()
        section = Section(
            team_id=team.id,
            title=course.title,
            source=source,
            external_id=course.id,
            roster_url=f"{base}/members",
            line_items_url=f"{base}/line_items",
            service_scopes=ALL_SCOPES,
        )
        session.add(section)
        session.flush()

        def person(subject: str, role: Role) -> int:
            known = practice.school.people[subject]
            session.add(found := Person(name=known.name))
            session.flush()
            session.add_all(
                [
                    Identity(person_id=found.id, source=source, subject=subject),
                    Identity(person_id=found.id, source="google", subject=known.google_id),
                    Enrolment(section_id=section.id, person_id=found.id, role=role),
                ]
            )
            return found.id

        teacher_id = person(course.teacher_ids[0], Role.TEACHER)
        student_ids = [person(subject, Role.STUDENT) for subject in course.student_ids]
        target = targets.add_target(session, team.id, title="I can multiply a fraction.")
        checkpoint = targets.add_checkpoint(session, target, title="Exit ticket", max_points=4)
        session.flush()
        return World(
            app=app,
            settings=settings,
            database=database,
            practice=practice,
            course=course,
            district_id=district_id,
            section_id=section.id,
            teacher_id=teacher_id,
            student_ids=student_ids,
            checkpoint_id=checkpoint.id,
            subjects=list(course.student_ids),
        )


def connect(world: World) -> None:
    """The teacher granted access and connected the course."""
    person = world.practice.school.people[world.course.teacher_ids[0]]
    grant = Grant(person, frozenset(oauth.MIRROR_SCOPES))
    with world.transaction() as session:
        session.add(
            GoogleAccount(
                person_id=world.teacher_id,
                refresh_token=world.practice.google.keep(grant),
                scopes=list(oauth.MIRROR_SCOPES),
            )
        )
        session.flush()
        session.add(
            ClassroomConnection(
                section_id=world.section_id,
                teacher_id=world.teacher_id,
                course_id=world.google_course_id,
                course_title=world.course.title,
            )
        )


def mirror(world: World) -> None:
    """One mirror, as the worker does it every quarter of an hour."""
    world.app.extensions["pathways.jobs"]["mirror_section"].call_local(
        world.district_id, world.section_id
    )


def look_now(world: World) -> None:
    """One mirror, as the worker does it when a teacher asks."""
    world.app.extensions["pathways.jobs"]["mirror_section"].call_local(
        world.district_id, world.section_id, True
    )


@pytest.fixture
def connected(world: World) -> World:
    """The world with its course connected, not yet mirrored."""
    connect(world)
    return world
