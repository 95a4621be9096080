"""Pathways and the practice LMS, both served on loopback, and people who come in from the LMS."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import BrowserContext, FrameLocator, Page
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from integrations.practice.lti_web import start_url
from integrations.practice.school import TEACHERS, PracticeCourse, PracticeSchool
from integrations.practice.server import (
    GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET,
    PracticeServer,
)
from lti_app import create_app
from lti_app.db import Database, use_encryption_keys
from lti_app.demo.school import register_practice
from lti_app.launch.platforms import source_of
from lti_app.learning.models import Checkpoint
from lti_app.people.models import District, Section, Team
from lti_app.settings import Settings


@dataclass
class Stage:
    """A district whose courses open Pathways from the practice LMS."""

    app: Flask
    practice: PracticeServer
    tool_url: str
    district_id: int
    team_id: int
    section_id: int

    @property
    def database(self) -> Database:
        """Pathways' database."""
        found: Database = self.app.extensions["pathways.database"]
        return found

    @property
    def course(self) -> PracticeCourse:
        """The course whose section stands in our database, as the LMS knows it."""
        return next(iter(self.practice.school.courses.values()))

    @property
    def new_course(self) -> PracticeCourse:
        """A course from which nobody has opened Pathways yet."""
        return list(self.practice.school.courses.values())[-1]

    @property
    def administrator_id(self) -> str:
        """The LMS's id of the school's administrator."""
        return self.practice.school.of_role("administrator")[0].id

    @property
    def teacher_id(self) -> str:
        """The LMS's id of the course's teacher."""
        return self.course.teacher_ids[0]

    def name(self, person_id: str) -> str:
        """What the LMS calls someone."""
        return self.practice.school.people[person_id].name

    def enter(self, context: BrowserContext, person_id: str, course_id: str | None = None) -> Page:
        """Launch from the LMS into a tab of its own; ends on the person's front page."""
        page = context.new_page()
        page.goto(start_url(self.practice.platform, person_id, course_id))
        page.wait_for_url(re.compile(rf"^{re.escape(self.tool_url)}/(e/\d+|admin)/$"))
        return page

    def enter_in_frame(self, page: Page, person_id: str, course_id: str) -> FrameLocator:
        """Open the course in the LMS, where Pathways stands in an iframe; returns that frame."""
        page.goto(f"{self.practice.url}/courses/{course_id}?as={person_id}")
        frame = page.frame_locator("iframe[title=Pathways]")
        frame.locator("main h1").wait_for()
        return frame

    def section_of(self, course: PracticeCourse) -> int:
        """Our section of a course that Pathways was opened from."""
        with self.database.session(district_id=self.district_id, writes=False) as session:
            return session.scalars(select(Section.id).where(Section.external_id == course.id)).one()

    def checkpoint_of(self, section_id: int) -> int:
        """A checkpoint that only this section has."""
        with self.database.session(district_id=self.district_id, writes=False) as session:
            checkpoint = session.scalars(
                select(Checkpoint)
                .where(Checkpoint.section_id == section_id)
                .order_by(Checkpoint.id)
            ).first()
            assert checkpoint is not None
            return checkpoint.id

    def run_job(self, name: str, *arguments: int) -> None:
        """Do a worker's job here and now."""
        self.app.extensions["pathways.jobs"][name].call_local(*arguments)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def staged(
    settings: Settings, folder: Path, *, students: int = 5, host: str = "127.0.0.1"
) -> Iterator[Stage]:
    """Serve both; `settings` name an empty, migrated database, `folder` is for the job queue.

    With `localhost` as its host Pathways is another site than the LMS, which is at 127.0.0.1.
    """
    apps: list[Flask] = []
    server = make_server(
        "127.0.0.1", 0, lambda e, s: apps[0](e, s), threaded=True, request_handler=_Quiet
    )
    tool_url = f"http://{host}:{server.server_port}"
    school = PracticeSchool.make("Maple Street School", TEACHERS[:2], students)
    with PracticeServer(tool_url, school) as practice:
        app = create_app(_with_practice_google(settings, tool_url, practice.url, folder))
        apps.append(app)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield _district(app, practice, tool_url)
        finally:
            server.shutdown()
            server.server_close()
            app.extensions["pathways.database"].dispose()


def _with_practice_google(
    settings: Settings, tool_url: str, practice_url: str, folder: Path
) -> Settings:
    keys = [key.get_secret_value() for key in settings.encryption_keys]
    use_encryption_keys(keys)
    return Settings(
        _env_file=None,
        public_url=tool_url,
        secret_key=settings.secret_key,
        encryption_keys=keys,
        database_url=settings.database_url,
        queue_url=f"sqlite:///{folder}/queue.db",
        allow_loopback_http=True,
        secure_loopback_cookies=settings.secure_loopback_cookies,
        google_client_id=GOOGLE_CLIENT_ID,
        google_client_secret=GOOGLE_CLIENT_SECRET,
        google_auth_url=f"{practice_url}/o/oauth2/v2/auth",
        google_token_url=f"{practice_url}/token",
        google_revoke_url=f"{practice_url}/revoke",
        google_certs_url=f"{practice_url}/oauth2/v3/certs",
        classroom_api_url=f"{practice_url}/",
        classroom_origins=[practice_url],
    )


def _district(app: Flask, practice: PracticeServer, tool_url: str) -> Stage:
    database: Database = app.extensions["pathways.database"]
    course = next(iter(practice.school.courses.values()))
    with database.transaction() as session:
        session.add(district := District(name="Maple Street School District"))
        session.flush()
        platform = register_practice(session, practice.url, district.id)
        district_id, source = district.id, source_of(platform.id)
    with database.transaction(district_id=district_id) as session:
        session.add(team := Team(name="Grade 5 team"))
        session.flush()
        section = Section(team_id=team.id, title=course.title, source=source, external_id=course.id)
        session.add(section)
        session.flush()
        return Stage(app, practice, tool_url, district_id, team.id, section.id)
