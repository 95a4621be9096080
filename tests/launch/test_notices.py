"""What platforms tell us without a launch: subscribed to once, proven, used once, and the plan of a
copied course that comes along though its launch says nothing of history."""

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from integrations.practice import links, notices
from integrations.practice.platform import CLAIM
from lti_app.db import now
from lti_app.launch.models import AnnouncedCopy, NoticeSubscription, Platform
from lti_app.launch.platforms import add_deployment
from lti_app.launch.subscriptions import subscribe_due
from lti_app.learning.models import Target
from lti_app.people.models import District, Section
from lti_app.sync.copies import settle_due
from tests.launch.test_tampered import JSON, SLOW, _encode
from tests.sync.conftest import world  # noqa: F401 - a fixture
from tests.walking import Walker

COPY = "LtiContextCopyNotice"
CONTEXT = {"id": "course-2", "title": "Next year"}


@pytest.fixture
def enter(world):  # noqa: F811
    walkers = []

    def launched(course=None):
        course = course or world.course
        walker = Walker(world.practice.platform, course.teacher_ids[0], course.id)
        walkers.append(walker)
        page = walker.launch()
        assert page.ok, page.text

    yield launched
    for walker in walkers:
        walker.browser.close()


def handlers(world):  # noqa: F811
    return world.practice.platform.notice_handlers.get(world.practice.tool.client_id, {})


def puts(world):  # noqa: F811
    return world.practice.mischief.calls["lti.notice_handlers"]


def targets_of(world, course):  # noqa: F811
    with world.session() as session:
        return session.scalars(
            select(Target.title)
            .join(Section, Section.team_id == Target.team_id)
            .where(Section.external_id == course.id)
        ).all()


def later(world):  # noqa: F811
    """A day goes by for whatever waits."""
    with world.transaction() as session:
        session.execute(
            update(NoticeSubscription)
            .where(NoticeSubscription.due_at.is_not(None))
            .values(due_at=now())
        )


def test_the_platform_is_asked_once_for_copies_and_for_nothing_else(world, enter):  # noqa: F811
    for _ in range(2):
        enter()
        subscribe_due(world.database)
    assert handlers(world) == {COPY: f"{world.settings.public_url}/lti/notices"}
    assert puts(world) == 1


def test_it_is_asked_again_when_our_address_changes(world, enter):  # noqa: F811
    enter()
    subscribe_due(world.database)
    with world.transaction() as session:
        session.execute(
            update(NoticeSubscription).values(handler="https://old.example/lti/notices")
        )
    enter()
    subscribe_due(world.database)
    assert puts(world) == 2


def test_a_service_that_fails_is_tried_again(world, enter):  # noqa: F811
    world.practice.mischief.next("lti.notice_handlers", "server_error")
    enter()
    subscribe_due(world.database)
    assert handlers(world) == {}
    subscribe_due(world.database)
    assert puts(world) == 1  # not at once
    later(world)
    subscribe_due(world.database)
    assert list(handlers(world)) == [COPY]


def test_a_platform_without_the_service_is_not_asked(world, enter):  # noqa: F811
    world.practice.platform.notifies = False
    enter()
    subscribe_due(world.database)
    assert puts(world) == 0


def test_a_copy_that_was_told_of_has_its_plan_at_the_first_launch(world, enter):  # noqa: F811
    enter()
    subscribe_due(world.database)
    world.practice.platform.tells_history = False
    new = links.copy_course(world.practice.platform, world.course, "Next year")
    settle_due(world.database)
    enter(new)
    assert targets_of(world, new) == targets_of(world, world.course) != []


def test_a_course_opened_before_the_word_comes_gets_its_plan_then(world, enter):  # noqa: F811
    world.practice.platform.tells_history = False
    new = links.copy_course(world.practice.platform, world.course, "Next year")
    enter(new)
    subscribe_due(world.database)
    assert targets_of(world, new) == []
    assert notices.announce_copy(world.practice.platform, new, world.course) == [200]
    settle_due(world.database)
    brought = targets_of(world, new)
    assert brought == targets_of(world, world.course) != []
    assert notices.announce_copy(world.practice.platform, new, world.course) == [200]
    settle_due(world.database)  # it plans by now: nothing comes twice
    assert targets_of(world, new) == brought


def body_of(signer, kind=COPY, **changes):
    claims = {
        **signer.claims(uuid.uuid4().hex),
        CLAIM + "notice": {"id": "n", "type": kind},
        CLAIM + "context": CONTEXT,
        CLAIM + "origin_contexts": ["course-1"],
    }
    for name in ("message_type", "roles", "resource_link", "target_link_uri"):
        del claims[CLAIM + name]
    return {**claims, **changes}


def post(client, *tokens):
    return client.post("/lti/notices", json={"notices": [{"jwt": one} for one in tokens]})


@pytest.fixture
def refused(app, platform_id, rows):
    client = app.test_client()

    def check(code, *tokens):
        before = rows()
        answer = post(client, *tokens)
        assert (answer.get_json()["error"], answer.status_code // 100) == (code, 4)
        assert rows() == before

    return check


def test_a_notice_that_is_not_the_platforms_own_is_refused(refused, signer, database):
    good = body_of(signer)
    header, _, signature = signer.sign(good).split(".")
    forged = {**good, CLAIM + "context": {"id": "course-9"}}
    refused("bad_token", f"{header}.{_encode(forged)}.{signature}")
    refused("bad_token", signer.sign(good, key=signer.stranger))
    refused("unknown_platform", signer.sign({**good, "iss": "https://other.example"}))
    refused("unknown_platform", signer.sign({**good, "aud": "another-tool"}))
    refused("wrong_audience", signer.sign({**good, "azp": "another-tool"}))
    refused("unknown_deployment", signer.sign({**good, CLAIM + "deployment_id": "d9"}))
    refused("expired", signer.sign({**good, "iat": 1, "exp": 2}))
    refused("incomplete", signer.sign({**good, CLAIM + "origin_contexts": []}))
    refused("incomplete", signer.sign({**good, "nonce": "x" * 256}))
    refused("bad_token", signer.sign(body_of(signer)), signer.sign(good, key=signer.stranger))


def test_a_notice_comes_in_once_on_whichever_worker(app, signer, platform_id, rows, refused):
    token = signer.sign(body_of(signer))
    assert post(app.test_client(), token).status_code == 200
    assert rows()["announced_copies"] == 1
    refused("replayed", token)
    refused("replayed", signer.sign(body_of(signer)), token)


def test_a_copy_belongs_to_the_deployments_district(app, signer, platform_id, database):
    with database.transaction() as session:
        session.add(other := District(name="Oak"))
        session.flush()
        add_deployment(session, session.scalars(select(Platform.id)).one(), "d2", other.id)
        other_id = other.id
    post(app.test_client(), signer.sign(body_of(signer, **{CLAIM + "deployment_id": "d2"})))
    with database.session(writes=False) as session:
        assert session.scalars(select(AnnouncedCopy.district_id)).all() == [other_id]


@pytest.mark.parametrize("kind", ["LtiAssetProcessorSubmissionNotice", "LtiSomethingNew"])
def test_other_notices_are_acknowledged_and_nothing_of_them_is_kept(
    app, signer, platform_id, rows, kind
):
    before = rows()
    assert post(app.test_client(), signer.sign(body_of(signer, kind))).status_code == 200
    after = rows()
    assert after.pop("used_notices") == before.pop("used_notices") + 1
    assert {**after, "platforms": 1} == before


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"notices": []}', b'{"notices": [7]}', b"[" * 9000, b"\xff"]
)
def test_what_is_no_notice_is_refused_in_words(app, body):
    answer = app.test_client().post("/lti/notices", data=body)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "garbled")


def test_a_body_that_is_too_large_is_refused(app):
    answer = app.test_client().post("/lti/notices", data=b" " * 600_000)
    assert answer.status_code == 413
    assert answer.is_json


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_nonsense_is_never_a_crash(app, signer, platform_id, data):
    body = body_of(signer)
    for name in data.draw(st.lists(st.sampled_from(sorted(body)), max_size=3)):
        body[name] = data.draw(JSON)
    whole = data.draw(st.sampled_from(["claims", "token", "body"]))
    client = app.test_client()
    if whole == "claims":
        try:
            token = signer.sign(body)
        except TypeError:  # the signer itself takes no such `iss`
            return
        answer = post(client, token)
    elif whole == "token":
        answer = post(client, data.draw(st.text()))
    else:
        answer = client.post("/lti/notices", json=data.draw(JSON))
    assert answer.status_code < 500
    assert answer.is_json
