"""The administrator's pages of platforms, keys and the audit log."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_app.db import now
from lti_app.launch.keys import current_key
from lti_app.launch.models import Deployment, Platform, ToolKey
from lti_app.launch.platforms import source_of
from lti_app.people import audit
from lti_app.people.models import AuditEvent, District, Section
from lti_app.sync import checkup, reports
from lti_app.sync.models import PlatformCheck
from tests.school import Browser, make_school


@pytest.fixture
def school(database):
    return make_school(database)


@pytest.fixture
def admin(app, school):
    return Browser(app, school.admin_id)


def platform_of(database, district_id: int, client_id: str = "c1") -> int:
    with database.transaction() as session:
        platform = Platform(
            name="Maple Canvas",
            issuer="https://canvas.example.org",
            client_id=client_id,
            auth_login_url="https://canvas.example.org/auth",
            token_url="https://canvas.example.org/token",
            jwks_url="https://canvas.example.org/jwks",
        )
        session.add(platform)
        session.flush()
        session.add(
            Deployment(platform_id=platform.id, deployment_id="d1", district_id=district_id)
        )
        return platform.id


@pytest.fixture
def platform_id(database, school):
    return platform_of(database, school.district_id)


def test_a_platform_says_in_words_what_is_wrong_with_it(database, school, admin, platform_id):
    assert "Nobody has come in yet." in admin.get("/admin/").text
    with database.transaction(district_id=school.district_id) as session:
        session.execute(update(Platform).values(last_launch_at=now(), clock_ahead_s=-44.0))
        section = session.get_one(Section, school.section_id)
        section.source = source_of(platform_id)
        report = reports.begin(session, section.id, "roster")
        reports.finish(session, report.id, {}, "unauthorized")
    page = admin.get(f"/admin/platforms/{platform_id}").text
    assert "Its clock and ours differ by 44 seconds." in page
    assert "The last class list could not be read." in page
    assert "The LMS does not accept our key." in page
    with database.transaction(district_id=school.district_id) as session:
        session.execute(update(Platform).values(clock_ahead_s=0.2))
        report = reports.begin(session, school.section_id, "roster")
        reports.finish(session, report.id, {})
    assert "Look at this" not in admin.get("/admin/").text


def test_another_districts_platform_is_not_there(database, school, admin, platform_id):
    with database.transaction() as session:
        session.add(other := District(name="Elsewhere"))
        session.flush()
        other_id = other.id
    theirs = platform_of(database, other_id, "c2")
    for method, path in [("get", ""), ("post", "/check"), ("post", "/switch")]:
        answer = getattr(admin, method)(f"/admin/platforms/{theirs}{path}")
        assert answer.status_code == 404
    assert f"/admin/platforms/{theirs}" not in admin.get("/admin/").text
    with database.session(writes=False) as session:
        assert session.get_one(Platform, theirs).active
        assert not session.scalars(select(PlatformCheck)).all()


def test_a_platform_of_several_districts_is_not_one_administrators_to_switch(
    database, school, admin, platform_id
):
    with database.transaction() as session:
        session.add(other := District(name="Elsewhere"))
        session.flush()
        session.add(Deployment(platform_id=platform_id, deployment_id="d2", district_id=other.id))
    assert "Other districts use this platform" in admin.get(f"/admin/platforms/{platform_id}").text
    assert admin.post(f"/admin/platforms/{platform_id}/switch").status_code == 403
    with database.session(writes=False) as session:
        assert session.get_one(Platform, platform_id).active


def test_a_platform_is_switched_off_and_on(database, school, admin, platform_id):
    path = f"/admin/platforms/{platform_id}/switch"
    admin.post(path, storage="on")
    assert "It is switched off." in admin.get("/admin/").text
    admin.post(path, active="on")
    with database.session(writes=False) as session:
        platform = session.get_one(Platform, platform_id)
        assert (platform.active, platform.uses_storage) == (True, False)


def test_a_test_is_asked_for_and_its_findings_are_shown(database, school, admin, platform_id):
    page = admin.post(f"/admin/platforms/{platform_id}/check")
    assert page.status_code in {302, 303}
    assert "Being tested" in admin.get(f"/admin/platforms/{platform_id}").text
    with database.transaction(district_id=school.district_id) as session:
        check = session.scalars(select(PlatformCheck)).one()
        finding = checkup.Finding("token", checkup.State.FAILED, "unauthorized", "x")
        check.findings = [vars(finding)]
        check.finished_at = now()
    page = admin.get(f"/admin/platforms/{platform_id}").text
    assert "Does not work" in page
    assert "check that the tool is switched on" in page


def test_keys_are_rotated_once_a_day_and_the_next_one_was_published_before(
    app, database, school, admin
):
    current_key(database)
    page = admin.get("/admin/keys").text
    assert (page.count("signs now"), page.count("signs next")) == (1, 1)
    before = current_key(database).kid
    known = {key["kid"] for key in app.test_client().get("/lti/jwks").json["keys"]}
    admin.post("/admin/keys")
    after = current_key(database).kid
    assert after != before
    assert {before, after} <= known
    again = admin.post("/admin/keys")
    assert again.status_code == 400
    assert "less than a day ago" in again.text
    assert current_key(database).kid == after
    with database.transaction() as session:
        session.execute(update(ToolKey).values(retired_at=now() - timedelta(days=2)))
    with database.session(writes=False) as session:
        actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("keys.rotated") == 1


def test_the_audit_log_is_read_page_by_page_and_filtered(database, school, admin):
    with database.transaction(district_id=school.district_id) as session:
        for number in range(205):
            audit.record(
                session,
                "attempt.scored" if number else "export.table",
                district_id=school.district_id,
                person_id=school.teacher_id,
                section_id=school.section_id,
            )
    page, seen = admin.get("/admin/audit"), 0
    for _ in range(3):
        seen += page.text.count("scored an attempt</td>")
        older = re.search(r'href="(/admin/audit\?[^"]*before=\d+[^"]*)"', page.text)
        if older is None:
            break
        page = admin.get(older[1].replace("&amp;", "&"))
    assert seen == 204
    assert "downloaded a table</td>" in page.text
    only = admin.get(f"/admin/audit?action=export.table&person={school.teacher_id}").text
    assert "downloaded a table</td>" in only
    assert "scored an attempt</td>" not in only
    assert "Nothing of that kind." in admin.get("/admin/audit?last=2020-01-01").text
    assert admin.get("/admin/audit?person=x").status_code == 400
    assert admin.get("/admin/audit?first=yesterday").status_code == 400
