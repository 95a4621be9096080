"""Google is asked step by step; what was really allowed counts, feature by feature."""

import pytest
from sqlalchemy import select

from integrations.classroom import scopes
from integrations.practice.school import DOMAIN
from lti_app.launch.models import WorkspaceDomain
from lti_app.sync import accounts
from lti_app.sync.features import NEEDS, Feature, is_allowed, scopes_of
from lti_app.sync.models import (
    ClassroomConnection,
    DeliveryState,
    GoogleAccount,
    GoogleRevocation,
    GradeDelivery,
)
from tests.sync.conftest import connect
from tests.sync.google_room import account, allow, asked_for, at_google, decide, set_out, teacher_at


def test_the_first_step_asks_for_the_least_and_says_why(world):
    page, url = set_out(teacher_at(world))
    assert asked_for(url) == {
        *("openid", "email"),
        *(scopes.COURSES, scopes.ROSTERS, scopes.EMAILS),
    }
    for reason in NEEDS[Feature.CONNECT].reasons.values():
        assert str(reason).replace("'", "&#39;") in page
    assert "include_granted_scopes=true" in url


def test_each_step_adds_to_what_was_allowed_before(world):
    allow(world, "connect")
    assert accounts.allows(account(world), "connect")
    assert not accounts.allows(account(world), "mirror")
    _, url = set_out(teacher_at(world), "mirror")
    assert scopes.COURSES not in asked_for(url)
    assert f"login_hint={at_google(world).google_id}" in url

    said = allow(world, "mirror")

    assert "You can close this window" in said.text
    assert accounts.allows(account(world), "connect")
    assert accounts.allows(account(world), "mirror")
    assert not accounts.allows(account(world), "grades")


def test_an_unticked_box_leaves_its_feature_out_and_the_others_working(world):
    allow(world, "connect")
    said = allow(world, "mirror", untick=[scopes.TOPICS])
    assert "not all is allowed" in said.text
    assert accounts.allows(account(world), "connect")
    assert not accounts.allows(account(world), "mirror")
    with world.transaction() as session:
        session.add(
            ClassroomConnection(
                section_id=world.section_id,
                teacher_id=world.teacher_id,
                course_id=world.google_course_id,
            )
        )
    page = teacher_at(world).get("/classroom").text
    assert str(NEEDS[Feature.MIRROR].missing) in page
    assert page.count('name="feature"') == 1
    # The mirror does not even ask Google.
    calls = dict(world.practice.mischief.calls)
    world.app.extensions["pathways.jobs"]["mirror_section"].call_local(
        world.district_id, world.section_id
    )
    assert dict(world.practice.mischief.calls) == calls


def test_a_wider_scope_of_before_is_enough():
    assert is_allowed([scopes.COURSEWORK, scopes.TOPICS, scopes.MATERIALS], "mirror")
    assert is_allowed([*scopes_of(["connect"])], "connect")
    assert not is_allowed([scopes.COURSEWORK_READ], "grades")
    assert is_allowed(["https://www.googleapis.com/auth/calendar"], "calendar")
    with pytest.raises(ValueError, match="cook"):
        is_allowed([], "cook")


def test_another_google_account_than_before_is_refused_and_ended(world):
    allow(world, "connect")
    other = world.practice.school.of_role("administrator")[0]
    before = account(world)

    said = allow(world, "mirror", person=other)

    assert said.status_code == 400
    assert "another Google account" in said.text
    assert account(world).user_id == before.user_id == at_google(world).google_id
    assert account(world).scopes == before.scopes
    assert world.practice.google.granted_by(other)
    world.app.extensions["pathways.jobs"]["revoke_grants"].call_local()
    assert not world.practice.google.granted_by(other)
    assert world.practice.google.granted_by(at_google(world))


def test_an_account_of_no_registered_domain_is_refused(world):
    with world.transaction() as session:
        session.add(WorkspaceDomain(domain="oak.example.org"))
    said = allow(world, "connect")
    assert "not of your school" in said.text
    assert account(world) is None
    with world.transaction() as session:
        session.add(WorkspaceDomain(domain=DOMAIN))
    assert allow(world, "connect").status_code == 200
    assert accounts.allows(account(world), "connect")


def test_a_private_account_without_a_domain_is_refused_where_one_is_registered(world):
    with world.transaction() as session:
        session.add(WorkspaceDomain(domain=DOMAIN))
    world.practice.google.otherwise = {"hd": None}
    assert "not of your school" in allow(world, "connect").text
    assert account(world) is None


def test_the_way_back_is_good_once_and_a_strange_feature_is_refused(world):
    browser = teacher_at(world)
    _, url = set_out(browser, "connect")
    back = decide(url, at_google(world))
    form = {"state": back["state"], "code": back["code"]}
    assert browser.client.post("/google/callback", data=form).status_code == 200
    assert browser.client.post("/google/callback", data=form).status_code == 400
    for strange in ("cook", "addon_student", ""):
        assert browser.post("/classroom/sign-in", feature=strange).status_code == 400


def test_grades_that_waited_for_a_scope_go_once_it_is_allowed(world):
    connect(world)
    with world.transaction() as session:
        kept = session.get_one(GoogleAccount, world.teacher_id)
        kept.scopes = [*scopes_of(["connect", "mirror"])]
        kept.user_id = at_google(world).google_id
    world.score(0, 3)
    with world.transaction() as session:
        delivery = session.scalars(select(GradeDelivery)).one()
        delivery.state, delivery.reason = DeliveryState.PARKED, "scope_missing"

    allow(world, "connect", "mirror", "grades")

    assert world.states() == {DeliveryState.WAITING}
    with world.session() as session:
        assert session.scalars(select(GoogleRevocation)).first() is None


@pytest.mark.parametrize("error", ["admin_policy_enforced", "access_not_configured"])
def test_a_school_that_has_not_allowed_us_is_told_whom_to_ask(world, error):
    page = world.app.test_client().get(f"/google/callback?error={error}").text
    assert "Google Workspace administrator" in page
