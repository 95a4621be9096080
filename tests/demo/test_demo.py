"""The demo: its school loads, and a step that fails makes the whole run fail."""

import pytest
from sqlalchemy import func, select

from integrations.practice.school import PracticeSchool
from lti_app.demo import once
from lti_app.demo.school import load
from lti_app.demo.unit import PLANS, TARGET
from lti_app.launch.models import Platform
from lti_app.learning.models import Standard, Target
from lti_app.people.models import Person, Section, Team


def test_the_demo_school_has_a_team_of_four_sections_and_no_people_yet(app, database):
    load(database, "http://127.0.0.1:8100", PracticeSchool.fifth_grade())
    with database.session() as session:
        counts = {
            model: session.scalar(select(func.count()).select_from(model))
            for model in (Team, Section, Platform, Standard, Person)
        }
        assert counts == {Team: 1, Section: 4, Platform: 1, Standard: 56, Person: 0}
        written = {target.title: target for target in session.scalars(select(Target))}
        assert list(written) == [plan.title for plan in PLANS]
        assert written[TARGET].standards[0].code == "5.NF.4a"
        assert [first.title for first in written[TARGET].needs] == [PLANS[0].title]
        points = {c.title: c.max_points for t in written.values() for c in t.checkpoints}
        assert points["Quick check: adding fractions"] == 4


def test_the_fictional_school_is_the_one_the_team_teaches():
    school = PracticeSchool.fifth_grade()
    assert len(school.of_role("teacher")) == len(school.courses) == 4
    students = school.of_role("student")
    assert len(students) == len({student.name for student in students}) == 104
    assert len({person.google_id for person in school.people.values()}) == len(school.people)


class _NoDemo:
    url = practice_url = "http://127.0.0.1:9"

    def check(self) -> None:
        """All processes are well."""


def test_a_step_that_fails_is_said_and_ends_the_run(monkeypatch, capsys):
    def fail() -> str:
        raise once.StepFailed("saw: nothing")

    monkeypatch.setattr(
        once.Loop,
        "steps",
        lambda _loop: [("works", lambda: "all well"), ("fails", fail), ("never", pytest.fail)],
    )
    assert once.run_once(_NoDemo()) is False
    printed = capsys.readouterr().out
    assert "ok" in printed
    assert "FAILED" in printed
    assert "saw: nothing" in printed


def test_all_steps_held_is_success(monkeypatch):
    monkeypatch.setattr(once.Loop, "steps", lambda _loop: [("works", lambda: "all well")])
    assert once.run_once(_NoDemo()) is True
