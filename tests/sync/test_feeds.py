"""Feeds are registered at Google, renewed before their week ends, and ended with the course."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pydantic import ValidationError
from sqlalchemy import select, update

from integrations.practice.google_oauth import Grant
from lti_app.db import now
from lti_app.settings import Settings
from lti_app.sync import accounts, connections, feeds, registering
from lti_app.sync.course_jobs import MIRROR_EVERY, TOLD_MIRROR_EVERY
from lti_app.sync.features import Feature, scopes_of
from lti_app.sync.feed_models import ClassroomFeed
from lti_app.sync.models import ClassroomConnection, DeliveryState, GoogleAccount
from tests.conftest import FERNET_KEY, Queries
from tests.sync.conftest import connect, mirror
from tests.sync.google_room import account, allow, at_google, command, delegate, teacher_at
from tests.sync.pushing import (
    WITH_TOPIC,
    allowed,
    feeds_due,
    feeds_of,
    job,
    register,
    run_queue,
    until,
    work_feed,
    worlds,
)
from tests.sync.test_worker_killed import start_worker

CREATE, DELETE = "classroom.registrations.create", "classroom.registrations.delete"
BEGIN = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def topic(settings):
    """An installation with a topic; nothing is connected yet."""
    yield from worlds(settings)


def at_googles(world) -> dict[str, str]:
    """Registrations there: id by feed."""
    return {one.feed: one.id for one in world.practice.registrations.by_id.values()}


def calls(world, name: str) -> int:
    return world.practice.mischief.calls[name]


def test_both_feeds_of_a_connected_course_are_registered_once(topic):
    allowed(topic, Feature.PUSH)
    for _ in range(3):
        register(topic)
    assert calls(topic, CREATE) == 2
    kept = feeds_of(topic)
    assert {name: row.registration_id for name, row in kept.items()} == at_googles(topic)
    assert all(
        row.reason == "" and row.topic == WITH_TOPIC["pubsub_topic"] for row in kept.values()
    )
    assert topic.practice.classroom.unmasked == []


def test_they_are_renewed_before_the_week_ends_and_not_in_step(topic):
    with time_machine.travel(BEGIN, tick=False) as clock:
        allowed(topic, Feature.PUSH)
        register(topic)
        before, ends = at_googles(topic), work_feed(topic).expires_at
        assert ends == BEGIN + timedelta(days=7)
        for _ in range(21 * 8):
            clock.shift(timedelta(hours=3))
            register(topic)
            assert all(
                row.expires_at > now() + timedelta(days=1) for row in feeds_of(topic).values()
            )
        assert at_googles(topic) == before
        assert 2 * 3 <= calls(topic, CREATE) - 2 <= 2 * 6
    due = {registering.renew_at(BEGIN + timedelta(days=7)) for _ in range(20)}
    assert len(due) == 20


def test_google_down_is_asked_again_and_the_registration_lasts_meanwhile(topic):
    allowed(topic, Feature.PUSH)
    topic.practice.mischief.next(CREATE, "server_error", times=4)
    register(topic)
    assert {row.reason for row in feeds_of(topic).values()} == {"server_error"}
    assert calls(topic, CREATE) == 2  # not at once again
    feeds_due(topic)
    register(topic)
    feeds_due(topic)
    register(topic)
    assert {row.reason for row in feeds_of(topic).values()} == {""}
    topic.practice.mischief.next(CREATE, "too_many_requests", seconds=600)
    feeds_due(topic)
    register(topic)
    late = {row.reason: row for row in feeds_of(topic).values()}
    assert set(late) == {"rate_limited", "budget_spent"}  # after the first, nobody asks
    assert late["budget_spent"].tries == 0
    for row in late.values():
        assert row.due_at > now() + timedelta(seconds=500)
        assert row.expires_at > now() + timedelta(days=6)


def test_a_worker_that_dies_after_google_registered_leaves_it_to_another(topic):
    allowed(topic, Feature.PUSH)
    topic.practice.mischief.next(CREATE, "slow", seconds=3)
    with topic.app.app_context():
        topic.app.extensions["pathways.jobs"]["keep_feeds"]()
    worker = start_worker(topic)
    try:
        assert until(lambda: calls(topic, CREATE) >= 1, 40)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert until(lambda: len(at_googles(topic)) == 1)  # Google took it, and nobody noted it
    assert not any(row.registration_id for row in feeds_of(topic).values())
    feeds_due(topic)
    register(topic)
    assert len(at_googles(topic)) == 2
    assert calls(topic, CREATE) == 3  # the first one was asked for twice
    assert {name: row.registration_id for name, row in feeds_of(topic).items()} == at_googles(topic)


def test_an_answer_that_got_lost_ends_with_one_registration(topic):
    allowed(topic, Feature.PUSH)
    topic.practice.mischief.next(CREATE, "lost_after_accepting", times=2)
    register(topic)
    feeds_due(topic)
    register(topic)
    assert {name: row.registration_id for name, row in feeds_of(topic).items()} == at_googles(topic)


def test_a_teacher_who_has_not_allowed_it_is_not_asked_of_google_until_they_do(topic):
    allowed(topic)
    for _ in range(2):
        feeds_due(topic)
        register(topic)
    assert calls(topic, CREATE) == 0
    assert {row.reason for row in feeds_of(topic).values()} == {"scope_missing"}
    page = teacher_at(topic).get("/classroom").text
    assert "once you allow Google to tell us" in page
    allow(topic, "push")
    assert "keep_feeds" in run_queue(topic)
    assert len(at_googles(topic)) == 2
    assert "once you allow Google to tell us" not in teacher_at(topic).get("/classroom").text


def test_connecting_and_letting_go_by_the_pages(topic):
    allow(topic, "connect", "mirror", "push")
    people = {f"person-{topic.google_id(n)}": one for n, one in enumerate(topic.student_ids)}
    teacher_at(topic).post(f"/classroom/courses/{topic.google_course_id}", **people)
    assert "keep_feeds" in run_queue(topic)
    assert len(at_googles(topic)) == 2
    with topic.transaction() as session:  # another course keeps the account
        twin = topic.add_twin(session)
        session.add(
            ClassroomConnection(section_id=twin.id, teacher_id=topic.teacher_id, course_id="twin")
        )
    teacher_at(topic).post("/classroom/disconnect")
    assert "keep_feeds" in run_queue(topic)
    assert at_googles(topic) == {}
    with topic.session() as session:
        left = session.scalars(select(ClassroomFeed)).all()
    assert {row.course_id for row in left} == {"twin"}
    assert {row.reason for row in left} == {"feed_or_topic_gone"}


def test_an_account_that_is_taken_back_ends_them_with_its_grant(topic):
    allowed(topic, Feature.PUSH)
    register(topic)
    teacher_at(topic).post("/classroom/disconnect")  # the last course: the account goes, too
    assert account(topic) is None
    run_queue(topic)
    register(topic)
    assert feeds_of(topic) == {}
    topic.practice.classroom.add_work(topic.google_course_id, title="New", maxPoints=1)
    topic.practice.pubsub.settle()
    assert topic.practice.pubsub.answers == []


def test_taken_back_and_allowed_again_it_is_registered_anew(topic):
    allowed(topic, Feature.PUSH)
    mirror(topic)
    register(topic)
    teacher_at(topic).post("/classroom/account/remove")
    run_queue(topic)
    assert {row.reason for row in feeds_of(topic).values()} == {"not_connected"}
    assert not any(row.registration_id or row.expires_at for row in feeds_of(topic).values())
    before = calls(topic, CREATE)
    allow(topic, "connect", "mirror", "push")
    run_queue(topic)
    assert calls(topic, CREATE) == before + 2
    assert {name: row.registration_id for name, row in feeds_of(topic).items()} == at_googles(topic)


def test_the_page_costs_one_statement_more_for_it(topic):
    allowed(topic, Feature.PUSH)
    mirror(topic)
    register(topic)
    browser, counted, costs = teacher_at(topic), Queries(topic.database), []
    browser.get("/classroom")
    for name in (WITH_TOPIC["pubsub_topic"], ""):
        topic.app.extensions["pathways.settings"] = topic.settings.model_copy(
            update={"pubsub_topic": name}
        )
        counted.clear()
        browser.get("/classroom")
        costs.append(len(counted))
    assert costs[0] <= costs[1] + 1


def test_a_grant_that_google_ended_is_said_and_polling_goes_on(topic):
    allowed(topic, Feature.PUSH)
    mirror(topic)
    register(topic)
    topic.practice.google.revoke()
    with topic.transaction() as session:
        session.execute(update(GoogleAccount).values(access_token=None))
    feeds_due(topic)
    register(topic)
    assert {row.reason for row in feeds_of(topic).values()} == {"sign_in_again"}
    assert {row.state for row in feeds_of(topic).values()} == {DeliveryState.PARKED}
    assert account(topic).broken_at is not None
    assert not told(topic)
    allow(topic, "connect", "mirror", "push")
    register(topic)
    assert {row.reason for row in feeds_of(topic).values()} == {""}


def test_an_end_that_google_does_not_hear_is_told_again(topic):
    allowed(topic, Feature.PUSH)
    register(topic)
    with topic.transaction() as session:
        session.delete(session.get_one(ClassroomConnection, topic.section_id))
    topic.practice.mischief.next(DELETE, "server_error", times=2)
    register(topic)
    assert len(at_googles(topic)) == 2
    feeds_due(topic)
    register(topic)
    assert (at_googles(topic), feeds_of(topic)) == ({}, {})


def test_connected_again_before_the_end_was_told_it_stays(topic):
    allowed(topic, Feature.PUSH)
    register(topic)
    before = at_googles(topic)
    with topic.transaction() as session:
        session.delete(session.get_one(ClassroomConnection, topic.section_id))
    topic.practice.mischief.next(DELETE, "server_error", times=2)
    register(topic)
    with topic.transaction() as session:
        session.add(
            ClassroomConnection(
                section_id=topic.section_id,
                teacher_id=topic.teacher_id,
                course_id=topic.google_course_id,
            )
        )
    register(topic)
    assert at_googles(topic) == before
    assert all(row.wanted and row.registration_id for row in feeds_of(topic).values())


def test_a_course_that_moves_to_another_section_goes_on_being_told(topic):
    allowed(topic, Feature.PUSH)
    register(topic)
    with topic.transaction() as session:
        twin = topic.add_twin(session)
        session.delete(session.get_one(ClassroomConnection, topic.section_id))
        session.flush()
        session.add(
            ClassroomConnection(
                section_id=twin.id, teacher_id=topic.teacher_id, course_id=topic.google_course_id
            )
        )
        twin_id = twin.id
    for _ in range(2):  # whichever of the two came last
        register(topic)
    with topic.session() as session:
        rows = session.scalars(select(ClassroomFeed)).all()
    assert {row.section_id for row in rows} == {twin_id}
    assert {row.feed: row.registration_id for row in rows} == at_googles(topic)


def test_another_topic_takes_the_place_of_the_first_and_none_ends_all(topic):
    allowed(topic, Feature.PUSH)
    register(topic)
    other = "projects/practice/topics/other"
    topic.practice.pubsub.topics[other] = True

    def opened(district_id, teacher_id, name):
        client = accounts.client_of(
            topic.database, topic.settings, district_id, teacher_id, Feature.PUSH
        )
        return client.registrations(name)

    registering.keep_registered(topic.database, opened, other)
    assert {one.topic for one in topic.practice.registrations.by_id.values()} == {other}
    assert len(at_googles(topic)) == 2
    registering.keep_registered(topic.database, opened, "")
    assert (at_googles(topic), feeds_of(topic)) == ({}, {})


def test_a_topic_that_classroom_may_not_publish_to_is_said_with_a_way_out(topic):
    allowed(topic, Feature.PUSH)
    topic.practice.pubsub.topics[WITH_TOPIC["pubsub_topic"]] = False
    register(topic)
    assert {row.reason for row in feeds_of(topic).values()} == {"feed_or_topic_gone"}
    page = teacher_at(topic).get("/classroom").text
    assert "we look every quarter of an hour" in page
    assert "Your administrator can see to it." in page
    said = command(topic, "classroom", "doctor", "Maple").output
    assert "Feeds of courses: look at this (2)" in said
    assert "classroom-notifications@system.gserviceaccount.com" in said
    topic.practice.pubsub.topics[WITH_TOPIC["pubsub_topic"]] = True
    feeds_due(topic)
    register(topic)
    assert {row.reason for row in feeds_of(topic).values()} == {""}


def test_who_no_longer_teaches_the_course_is_no_longer_relied_on(topic):
    allowed(topic, Feature.PUSH)
    register(topic)
    topic.course.teacher_ids.clear()
    feeds_due(topic)
    register(topic)
    assert all(row.expires_at is None and row.reason for row in feeds_of(topic).values())


def test_a_delegated_district_polls_and_a_teachers_own_grant_is_used_where_there_is_one(
    topic, tmp_path
):
    delegate(topic, tmp_path)
    allow(topic)
    with topic.transaction() as session:
        session.add(
            ClassroomConnection(
                section_id=topic.section_id,
                teacher_id=topic.teacher_id,
                course_id=topic.google_course_id,
            )
        )
    register(topic)
    assert calls(topic, CREATE) == 0
    assert {row.reason for row in feeds_of(topic).values()} == {"scope_missing"}
    assert (
        "no push registrations for a service account"
        in command(topic, "classroom", "doctor", "Maple").output
    )
    allow(topic, "push")
    register(topic)
    assert len(at_googles(topic)) == 2


def told(world) -> bool:
    """Whether the course is looked at rarely: it was looked at an hour ago."""
    with world.transaction() as session:
        session.execute(
            update(ClassroomConnection).values(
                mirrored_at=now() - timedelta(hours=1), mirroring_until=None
            )
        )
    with world.database.session(writes=False) as session:
        return not connections.due_for_mirror(session, MIRROR_EVERY, TOLD_MIRROR_EVERY)


def test_a_course_that_google_tells_of_is_looked_at_rarely_and_others_often(topic):
    allowed(topic, Feature.PUSH)
    mirror(topic)
    assert not told(topic)
    register(topic)
    assert not told(topic)  # nobody knows yet whether pushes arrive
    assert "As soon as Google tells us" in teacher_at(topic).get("/classroom").text
    topic.practice.classroom.add_work(topic.google_course_id, title="New", maxPoints=1)
    topic.practice.pubsub.settle()
    assert told(topic)
    assert "Google tells us of changes" in teacher_at(topic).get("/classroom").text
    with topic.transaction() as session:
        session.execute(update(ClassroomConnection).values(mirrored_at=now() - timedelta(hours=7)))
    with topic.database.session(writes=False) as session:
        assert connections.due_for_mirror(session, MIRROR_EVERY, TOLD_MIRROR_EVERY)
    with topic.transaction() as session:  # the subscription is broken: nothing came for days
        session.execute(
            update(ClassroomFeed).values(pushed_at=now() - feeds.PROVEN_FOR - timedelta(hours=1))
        )
    assert not told(topic)
    with topic.transaction() as session:
        session.execute(update(ClassroomFeed).values(pushed_at=now(), expires_at=now()))
    assert not told(topic)  # its week is over


def test_without_a_topic_nothing_is_registered_or_offered(world):
    allowed(world, Feature.PUSH)
    mirror(world)
    job(world, "keep_feeds")
    assert (feeds_of(world), calls(world, CREATE)) == ({}, 0)
    assert not told(world)
    page = teacher_at(world).get("/classroom").text
    assert "We look every quarter of an hour." in page
    assert "Changes at once" not in teacher_at(world).get("/classroom/account").text
    assert "No topic is set" in command(world, "classroom", "doctor", "Maple").output


def test_the_doctor_counts_feeds_and_says_when_no_push_comes(topic):
    allowed(topic, Feature.PUSH)
    register(topic)
    said = command(topic, "classroom", "doctor", "Maple").output
    assert "Feeds of courses: ok (2 of 2)" in said
    assert "Push subscription: look at this" in said  # http on loopback
    assert "no push has come" not in said
    with topic.transaction() as session:
        session.execute(update(ClassroomFeed).values(delivered_at=now() - timedelta(days=2)))
    assert "no push has come" in command(topic, "classroom", "doctor", "Maple").output
    with topic.transaction() as session:
        session.execute(update(ClassroomFeed).values(pushed_at=now(), expires_at=now()))
    said = command(topic, "classroom", "doctor", "Maple").output
    assert "no push has come" not in said
    assert "Feeds of courses: look at this (2). These are over" in said


def test_the_grant_of_one_who_is_not_in_the_course_registers_nothing(topic):
    connect(topic)
    stranger = next(iter(topic.practice.school.of_role("administrator")))
    scopes = [*account(topic).scopes, *scopes_of([Feature.PUSH])]
    with topic.transaction() as session:
        kept = session.get_one(GoogleAccount, topic.teacher_id)
        kept.refresh_token = topic.practice.google.keep(Grant(stranger, frozenset(scopes)))
        kept.scopes = scopes
    register(topic)
    assert at_googles(topic) == {}
    assert {row.reason for row in feeds_of(topic).values()} == {"feed_or_topic_gone"}
    assert at_google(topic) != stranger


SET = {"secret_key": "s" * 40, "encryption_keys": [FERNET_KEY], "_env_file": None}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"pubsub_topic": WITH_TOPIC["pubsub_topic"]}, "PATHWAYS_PUBSUB_PUSH_ACCOUNT"),
        ({**WITH_TOPIC, "pubsub_topic": "pathways"}, "projects/<project>/topics/<topic>"),
        ({**WITH_TOPIC, "pubsub_topic": "projects/practice/topics/goog-x"}, "whole name"),
        ({**WITH_TOPIC, "pubsub_push_account": "nobody"}, "e-mail address"),
    ],
)
def test_settings_that_can_not_work_are_refused_at_start(values, words):
    with pytest.raises(ValidationError, match=words):
        Settings(**SET, **values)


def test_the_audience_is_the_address_unless_another_is_set():
    found = Settings(**SET, **WITH_TOPIC, public_url="https://pathways.maple.k12.us/")
    assert found.push_audience == "https://pathways.maple.k12.us/classroom/changes"
    assert Settings(**SET, **WITH_TOPIC, pubsub_audience="maple").push_audience == "maple"
