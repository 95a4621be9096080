"""A data privacy launch: an administrator sees what is kept of whom; others, what and why."""

import json

import pytest
from sqlalchemy import select

from lti_app.admin.of_a_person import KINDS, OWNERS
from lti_app.db import Base
from lti_app.people.models import AuditEvent, Identity, Person
from tests.launch.signer import ADMINISTRATOR, INSTRUCTOR, LEARNER
from tests.school import Browser as Visitor
from tests.school import make_school
from tests.sync.conftest import world  # noqa: F401 - a fixture
from tests.walking import Walker


def privacy_launch(browser, role=ADMINISTRATOR, subject="admin-1", **changes):
    claims = {
        "message_type": "DataPrivacyLaunchRequest",
        "roles": [role],
        "sub": subject,
        "resource_link": ...,
        "context": ...,
        **changes,
    }
    return browser.launch(**claims)


@pytest.fixture
def ada(browser, database):
    """A student with something kept of her, and a classmate."""
    browser.launch(sub="ada", name="Ada Lovelace")
    browser.launch(sub="grace", name="Grace Hopper")
    with database.session(writes=False) as session:
        return session.scalars(select(Identity.person_id).where(Identity.subject == "ada")).one()


@pytest.mark.parametrize("name", ["DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest"])
@pytest.mark.parametrize("key", ["user_id", "id"])
def test_an_administrator_lands_on_what_is_kept_of_the_person_named(browser, ada, name, key):
    answer = privacy_launch(browser, message_type=name, for_user={key: "ada"})
    assert answer.location == "/admin/privacy?id=ada"
    page = browser.client.get(answer.location).text
    assert "Ada Lovelace" in page
    assert "Grace" not in page
    assert "goals and reflections" in page


def test_a_launch_about_nobody_lets_the_administrator_look_somebody_up(browser, ada):
    answer = privacy_launch(browser)
    assert answer.location == "/admin/privacy"
    assert "Ada" not in browser.client.get("/admin/privacy").text
    assert "Ada Lovelace" in browser.client.get("/admin/privacy?id=ada").text
    assert "keeps nothing" in browser.client.get("/admin/privacy?id=nobody").text


def test_the_download_is_the_persons_own_and_is_told_of_in_the_audit_trail(browser, ada, database):
    privacy_launch(browser, for_user={"user_id": "ada"})
    browser.client.application.config["WTF_CSRF_ENABLED"] = False
    answer = browser.client.post(f"/admin/privacy/{ada}.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    kept = json.loads(answer.text)
    assert kept["person"]["name"] == "Ada Lovelace"
    assert [one["subject"] for one in kept["identities"]] == ["ada"]
    assert "email_digest" not in kept["identities"][0]
    assert {one["person_id"] for one in kept["enrolments"]} == {ada}
    assert "Grace" not in answer.text
    with database.session(writes=False) as session:
        told = session.scalars(
            select(AuditEvent.about).where(AuditEvent.action == "privacy.downloaded")
        ).all()
    assert told == [{"of": ada}]


def test_another_districts_people_are_as_good_as_unknown(browser, ada, app, database):
    other = make_school(database, name="Oak")
    admin = Visitor(app, other.admin_id)
    app.config["WTF_CSRF_ENABLED"] = False
    assert "keeps nothing" in admin.get("/admin/privacy?id=ada").text
    assert admin.post(f"/admin/privacy/{ada}.json").status_code == 404
    assert admin.post(f"/admin/privacy/{other.student_ids[0]}.json").status_code == 200


@pytest.mark.parametrize("role", [LEARNER, INSTRUCTOR])
def test_anyone_else_reads_what_is_kept_and_why_and_does_not_come_in(browser, rows, role):
    before = rows()
    answer = privacy_launch(browser, role, "student-9", for_user={"user_id": "student-1"})
    assert answer.location == "/lti/privacy"
    page = browser.client.get(answer.location)
    assert "goals and reflections" in page.text
    assert "student-1" not in page.text
    assert {**rows(), "platforms": 1} == before
    assert browser.client.get("/admin/privacy").status_code in {401, 403}


def test_a_launch_of_another_version_is_refused(browser):
    assert privacy_launch(browser, version="2.0").status_code == 400


def test_from_the_practice_lms(world):  # noqa: F811
    people = world.practice.school
    student = world.subjects[0]
    launched = {}
    for role in ("administrator", "student"):
        walker = Walker(world.practice.platform, people.of_role(role)[0].id, None)
        launched[role] = walker.launch(message=f"privacy:{student}")
        walker.browser.close()
    assert f"/admin/privacy?id={student}" in launched["administrator"].url
    assert people.people[student].name in launched["administrator"].text
    assert launched["student"].url.endswith("/lti/privacy")


def test_no_table_of_persons_is_left_out():
    shown = {table for _words, tables in KINDS for table in tables}
    theirs = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in OWNERS
        and any(key.column.table is Person.__table__ for key in column.foreign_keys)
    }
    assert theirs <= shown
