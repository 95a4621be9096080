"""A connection is tested: whatever is wrong is said in words, and nothing is written."""

import pytest
from sqlalchemy import update

from integrations.lti import gradebook, roster
from lti_app.db import now
from lti_app.launch.models import Platform
from lti_app.launch.platforms import source_of
from lti_app.people.models import Section
from lti_app.sync import checkup, checkup_words
from lti_app.sync.checkup import State
from lti_app.sync.models import PlatformCheck


@pytest.fixture
def platform_id(world) -> int:
    with world.session() as session:
        source = session.get_one(Section, world.section_id).source
    found = int(source.removeprefix("lti:"))
    assert source == source_of(found)
    with world.database.transaction() as session:
        session.execute(update(Platform).values(last_launch_at=now(), clock_ahead_s=0.4))
    return found


@pytest.fixture
def found(world, platform_id):
    """What a test finds: state and code by step, and by scope for permissions."""

    def examine() -> dict[str, tuple[str, str]]:
        findings = list(
            checkup.examine(world.database, world.settings, world.district_id, platform_id)
        )
        for one in findings:
            # Whatever is not well has words of its own; what is well needs none.
            assert bool(str(checkup_words.in_words(one))) is (one.state != State.OK)
            assert str(checkup_words.STEPS[one.step])
        return {
            one.about if one.step == "token" else one.step: (one.state.value, one.code)
            for one in findings
        }

    return examine


WELL = ("ok", "")


def test_a_connection_that_works_says_so_of_every_service(world, found):
    world.score(0, 3)
    world.deliver()
    before = world.practice.mischief.calls.copy()
    seen = found()
    assert seen.pop("address") == ("warning", "only_here")  # loopback, in a test
    assert set(seen.values()) == {WELL}
    assert {roster.SCOPE, gradebook.SCORE, "keys", "clock", "roster", "columns", "results"} <= set(
        seen
    )
    wrote = {"lti.scores", "lti.line_items.create", "lti.line_item.update"}
    calls = world.practice.mischief.calls
    assert all(calls.get(name, 0) == before.get(name, 0) for name in wrote)


def test_a_platform_that_is_away_is_told_by_its_keys(world, found):
    nowhere = "http://127.0.0.1:1/nobody"
    with world.database.transaction() as session:
        session.execute(update(Platform).values(jwks_url=nowhere, token_url=nowhere))
    seen = found()
    assert seen["keys"] == ("failed", "unreachable")
    assert seen[roster.SCOPE] == seen["roster"] == ("failed", "lost_connection")


def test_a_page_without_keys_is_told(world, found):
    with world.database.transaction() as session:
        session.execute(update(Platform).values(jwks_url=world.practice.url + "/"))
    assert found()["keys"] == ("failed", "none")


def test_a_tool_the_platform_does_not_know_is_told_once(world, found):
    with world.database.transaction() as session:
        session.execute(update(Platform).values(client_id="another"))
    seen = found()
    assert seen[roster.SCOPE] == ("failed", "unauthorized")
    assert gradebook.SCORE not in seen


def test_a_struck_service_is_told_and_the_others_are_tried(world, found):
    tools = world.practice.platform.tools
    for client_id, tool in tools.items():
        scopes = tuple(one for one in tool.scopes if one != roster.SCOPE)
        tools[client_id] = type(tool)(**{**vars(tool), "scopes": scopes})
    seen = found()
    assert seen[roster.SCOPE] == ("failed", "forbidden")
    assert seen[gradebook.SCORE] == WELL
    assert seen["roster"] == ("failed", "forbidden")


@pytest.mark.parametrize(("ahead_s", "code"), [(300.0, "ahead"), (-300.0, "behind")])
def test_a_clock_that_is_off_is_told(world, found, ahead_s, code):
    with world.database.transaction() as session:
        session.execute(update(Platform).values(clock_ahead_s=ahead_s))
    assert found()["clock"] == ("warning", code)


def test_grades_that_did_not_arrive_are_told_with_the_reason(world, found):
    world.score(0, 3)
    world.course.leave(world.subjects[0])
    world.deliver()
    assert found()["outbox"] == ("warning", "not_a_student")


def test_a_platform_nobody_came_from_and_one_that_is_off_are_told(world, found):
    with world.database.transaction() as session:
        session.execute(update(Platform).values(last_launch_at=None, active=False))
    seen = found()
    assert seen["launches"] == ("warning", "never")
    assert seen["platform"] == ("failed", "off")


def test_the_worker_writes_down_what_was_found_once(world, platform_id):
    with world.transaction() as session:
        check_id = checkup.begin(session, platform_id).id
    checkup.run(world.database, world.settings, world.district_id, check_id)
    with world.session() as session:
        first = session.get_one(PlatformCheck, check_id)
        assert first.finished_at is not None
        assert checkup.findings_of(first)[0].step == "address"
    checkup.run(world.database, world.settings, world.district_id, check_id)
    with world.session() as session:
        assert session.get_one(PlatformCheck, check_id).finished_at == first.finished_at


def test_the_command_prints_what_works_and_fails_where_something_does_not(world, platform_id):
    runner = world.app.test_cli_runner()
    well = runner.invoke(args=["platforms", "test", str(platform_id)])
    assert well.exit_code == 0, well.output
    assert "Class list" in well.output
    with world.database.transaction() as session:
        session.execute(update(Platform).values(client_id="another"))
    ill = runner.invoke(args=["platforms", "test", str(platform_id)])
    assert ill.exit_code == 1
    assert "The platform gives us no access" in ill.output
    assert runner.invoke(args=["platforms", "test", "4711"]).exit_code == 1
