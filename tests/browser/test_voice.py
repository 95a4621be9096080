"""The student's page and the voice box as a student meets them."""

import pytest
from playwright.sync_api import expect

from lti_app.learning import targets
from lti_app.learning.models import ActivityKind
from tests.browser.conftest import WIDE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def target(stage):
    with stage.database.transaction(district_id=stage.district_id) as session:
        target = targets.add_target(session, stage.team_id, title="I can double a fraction.")
        pathway = targets.add_pathway(session, target, title="Build it")
        targets.add_activity(session, pathway, title="Strips", kind=ActivityKind.MANIPULATIVE)
        targets.add_checkpoint(session, target, title="Exit ticket", max_points=2)


def test_the_three_answers_stand_on_one_chromebook_screen(stage, person, target):
    page = stage.enter(person(), stage.course.student_ids[0], stage.course.id)
    page.set_viewport_size(WIDE)
    for name in ("Where am I?", "What next?", "Who can help me today?"):
        expect(page.get_by_role("region", name=name)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Start", exact=True)).to_be_in_viewport(ratio=1)


def test_speaking_up_loses_nothing_that_was_half_written(stage, person, target):
    page = stage.enter(person(), stage.course.student_ids[1], stage.course.id)
    page.get_by_role("region", name="What next?").get_by_role("link", name="Start").click()
    page.get_by_role("link", name="Exit ticket").click()
    page.get_by_label("Your answer").fill("Half of my ans")

    page.get_by_text("Tell your teacher").click()
    page.get_by_label("What should change?").fill("More time, please")
    page.get_by_role("button", name="Tell them").click()

    expect(page.get_by_role("status")).to_have_text(
        "Your teacher will read it. Thank you for telling us!"
    )
    expect(page.get_by_label("Your answer")).to_have_value("Half of my ans")
    expect(page.get_by_label("What should change?")).to_have_value("")
    page.get_by_role("link", name="What I told them").click()
    expect(page.get_by_text("More time, please")).to_be_visible()


def test_what_was_refused_is_said(stage, person, target):
    page = stage.enter(person(), stage.course.student_ids[2], stage.course.id)
    page.get_by_text("Tell your teacher").click()
    page.get_by_role("button", name="Tell them").click()
    expect(page.get_by_text("You have not written anything yet.")).to_be_visible()


def test_without_scripts_it_goes_back_to_where_it_was_said(stage, person, target):
    page = stage.enter(person(), stage.course.student_ids[3], stage.course.id)
    page.route("**/*.js*", lambda route: route.abort())
    page.get_by_role("link", name="My map").click()
    here = page.url
    page.get_by_text("Tell your teacher").click()
    page.get_by_label("What works for you?").fill("The map")
    page.get_by_role("button", name="Tell them").click()
    assert page.url.rstrip("?") == here.rstrip("?")
    expect(page.get_by_role("status").first).to_contain_text("Thank you for telling us!")
