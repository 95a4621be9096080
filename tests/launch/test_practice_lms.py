"""Launches and services between the practice LMS and Pathways, both served on loopback."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import requests
from flask import Flask
from sqlalchemy import select, update
from werkzeug.serving import make_server

from integrations.lms import (
    ColumnDraft,
    Group,
    LmsRefused,
    LmsUnavailable,
    ScoreDraft,
    StandingScore,
)
from integrations.practice.lti_web import start_url
from integrations.practice.platform import link_id
from integrations.practice.school import PracticeGroup, PracticeSchool
from integrations.practice.server import PracticeServer
from lti_app import create_app
from lti_app.db import Database, now
from lti_app.demo.school import register_practice
from lti_app.launch.models import AccessToken, Platform
from lti_app.launch.services import LtiServices, lti_services
from lti_app.people.models import District, Section
from lti_app.settings import Settings

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FIELD = re.compile(r'name="([^"]+)" value="([^"]*)"')
ACTION = re.compile(r'action="([^"]+)"')


@dataclass
class Both:
    """The tool and the practice LMS, each at its address."""

    practice: PracticeServer
    database: Database
    tool_url: str

    def launch(self, person_id: str, course_id: str | None) -> requests.Response:
        """Click the link as `person_id` and do what a browser does: post the forms it gets."""
        with requests.Session() as browser:
            answer = browser.get(start_url(self.practice.platform, person_id, course_id))
            while 'method="post"' in answer.text and "/lti/" in answer.text:
                fields = {name: unescape(value) for name, value in FIELD.findall(answer.text)}
                action = ACTION.findall(answer.text)[0]
                last = action.endswith("/lti/launch")
                answer = browser.post(action, data=fields, allow_redirects=not last)
                if last:
                    break
            return answer

    def section(self) -> Section:
        with self.database.session(writes=False) as session:
            return session.scalars(select(Section)).one()

    def services(self) -> LtiServices:
        """Of the first course, entered by its teacher."""
        course = next(iter(self.practice.school.courses.values()))
        assert self.launch(course.teacher_ids[0], course.id).status_code == 303
        return lti_services(self.database, self.section())


@pytest.fixture
def both(settings: Settings) -> Iterator[Both]:
    apps: list[Flask] = []
    server = make_server("127.0.0.1", 0, lambda e, s: apps[0](e, s), threaded=True)
    tool_url = f"http://127.0.0.1:{server.server_port}"
    app = create_app(settings.model_copy(update={"public_url": tool_url}))
    apps.append(app)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    database: Database = app.extensions["pathways.database"]
    with PracticeServer(tool_url, PracticeSchool.small(7), page_size=3) as practice:
        with database.transaction() as session:
            session.add(district := District(name="Maple"))
            session.flush()
            register_practice(session, practice.url, district.id)
        yield Both(practice, database, tool_url)
    server.shutdown()
    server.server_close()
    database.dispose()


def test_student_teacher_and_administrator_each_land_on_their_page(both):
    course = next(iter(both.practice.school.courses.values()))
    administrator = both.practice.school.of_role("administrator")[0]

    student = both.launch(course.student_ids[0], course.id)
    teacher = both.launch(course.teacher_ids[0], course.id)
    boss = both.launch(administrator.id, None)

    assert re.fullmatch(r"/e/\d+/", student.headers["Location"])
    assert re.fullmatch(r"/e/\d+/", teacher.headers["Location"])
    assert teacher.headers["Location"] != student.headers["Location"]
    assert boss.headers["Location"] == "/admin/"


def test_the_practice_platform_may_rotate_its_keys(both):
    course = next(iter(both.practice.school.courses.values()))
    assert both.launch(course.student_ids[0], course.id).status_code == 303

    both.practice.platform.keys.rotate()
    with both.database.transaction() as session:
        session.execute(update(Platform).values(jwks_asked_at=now() - timedelta(minutes=2)))

    assert both.launch(course.student_ids[0], course.id).status_code == 303


def test_the_whole_roster_comes_over_several_pages(both):
    course = next(iter(both.practice.school.courses.values()))
    course.leave(course.student_ids[-1])

    members = list(both.services().roster().members())

    assert [m.user_id for m in members if m.active] == [*course.teacher_ids, *course.student_ids]
    assert [m.user_id for m in members if not m.active] == course.inactive_ids
    assert both.practice.mischief.calls["lti.members"] == 3


def test_a_launch_brings_the_courses_groups_where_the_platform_offers_them(both):
    course = next(iter(both.practice.school.courses.values()))
    assert not both.services().roster().offers_groups

    both.practice.platform.offers_groups = True
    course.groups = [PracticeGroup("g-1", "Red table", course.student_ids[:2])]
    roster = both.services().roster()

    assert list(roster.groups()) == [Group("g-1", "Red table")]
    assert [m.user_id for m in roster.members() if m.group_ids] == course.student_ids[:2]


def test_who_can_open_a_link_is_told(both):
    services = both.services()
    course = next(iter(both.practice.school.courses.values()))
    away = course.student_ids[0]
    both.practice.platform.closed_links[link_id(course)] = {away}

    able = [member.user_id for member in services.roster(link_id(course)).members()]

    assert able == [*course.teacher_ids, *course.student_ids[1:]]


def test_a_roster_at_a_new_address_is_read_anew(both):
    both.practice.platform.tells_differences = True
    both.services()
    with both.database.transaction() as session:
        session.execute(
            update(Section).values(
                roster_url="https://old.example/members",
                roster_differences_url="https://old.example/members?since=1",
            )
        )

    both.services()

    assert both.section().roster_url.startswith(both.practice.url)
    assert both.section().roster_differences_url is None


def test_a_score_stands_and_the_newest_wins(both):
    services = both.services()
    gradebook = services.gradebook()
    course = next(iter(both.practice.school.courses.values()))
    student = course.student_ids[0]

    column = gradebook.find_or_create_column(ColumnDraft("c-1", "Fractions", 4))
    gradebook.send(column, ScoreDraft(student, 2, 4, AT))
    gradebook.send(column, ScoreDraft(student, 3, 4, AT + timedelta(milliseconds=1)))

    assert gradebook.find_or_create_column(ColumnDraft("c-1", "Fractions", 4)) == column
    assert gradebook.read(column, student) == StandingScore(student, 3, 4)
    with pytest.raises(LmsRefused, match="newer_score"):
        gradebook.send(column, ScoreDraft(student, 1, 4, AT))


def test_someone_who_left_gets_no_score(both):
    gradebook = both.services().gradebook()
    course = next(iter(both.practice.school.courses.values()))
    left = course.student_ids[0]
    column = gradebook.find_or_create_column(ColumnDraft("c-1", "Fractions", 4))
    course.leave(left)

    with pytest.raises(LmsRefused, match="not_a_student"):
        gradebook.send(column, ScoreDraft(left, 1, 4, AT))


def test_tokens_that_ended_early_are_renewed_once(both):
    services = both.services()
    list(services.roster().members())
    both.practice.platform.expire_tokens()

    assert len(list(services.roster().members())) == 8
    assert both.practice.mischief.calls["lti.token"] == 2


def test_two_workers_share_one_token(both):
    list(both.services().roster().members())
    list(lti_services(Database(both.database.url), both.section()).roster().members())

    assert both.practice.mischief.calls["lti.token"] == 1
    with both.database.session(writes=False) as session:
        assert len(session.scalars(select(AccessToken)).all()) == 1


def test_a_busy_practice_lms_says_when_to_come_back(both):
    gradebook = both.services().gradebook()
    course = next(iter(both.practice.school.courses.values()))
    column = gradebook.find_or_create_column(ColumnDraft("c-1", "Fractions", 4))
    both.practice.mischief.next("lti.scores", "too_many_requests", seconds=30)

    with pytest.raises(LmsUnavailable) as raised:
        gradebook.send(column, ScoreDraft(course.student_ids[0], 1, 4, AT))
    assert raised.value.retry_after == 30


def test_a_score_that_was_taken_without_an_answer_stands(both):
    gradebook = both.services().gradebook()
    student = next(iter(both.practice.school.courses.values())).student_ids[0]
    column = gradebook.find_or_create_column(ColumnDraft("c-1", "Fractions", 4))
    both.practice.mischief.next("lti.scores", "lost_after_accepting")

    with pytest.raises(LmsUnavailable):
        gradebook.send(column, ScoreDraft(student, 1, 4, AT))

    assert gradebook.read(column, student) == StandingScore(student, 1, 4)
    assert both.practice.mischief.calls["lti.scores"] == 1


def test_a_course_that_vanished_there_says_so(both):
    services = both.services()
    both.practice.school.courses.clear()

    with pytest.raises(LmsRefused, match="course_gone"):
        list(services.roster().members())
    with pytest.raises(LmsRefused, match="course_gone"):
        services.gradebook().find_or_create_column(ColumnDraft("c-1", "Fractions", 4))
