"""Giving a grant back: unusable here at once, ended at Google for certain."""

import pytest
from sqlalchemy import select, update

from integrations.lms import LmsError
from lti_app.db import now
from lti_app.sync import accounts, granting, revocations
from lti_app.sync.models import ClassroomConnection, GoogleRevocation
from tests.sync.conftest import connect
from tests.sync.google_room import account, allow, at_google, teacher_at


@pytest.fixture
def granted(world):
    allow(world, "connect", "mirror")
    with world.transaction() as session:
        session.add(
            ClassroomConnection(
                section_id=world.section_id,
                teacher_id=world.teacher_id,
                course_id=world.google_course_id,
                course_title=world.course.title,
            )
        )
    return world


def waiting(world) -> list[GoogleRevocation]:
    with world.session() as session:
        return list(session.scalars(select(GoogleRevocation)))


def tell(world) -> int:
    client = granting.oauth_client(world.settings)
    return revocations.tell_google(world.database, client)


def at_google_still(world) -> bool:
    return bool(world.practice.google.granted_by(at_google(world)))


def test_removing_my_account_ends_it_here_at_once_and_at_google(granted):
    world = granted
    page = teacher_at(world).get("/classroom/account").text
    assert world.course.title in page
    teacher_at(world).post("/classroom/account/remove")
    assert account(world) is None
    with pytest.raises(LmsError, match="not_connected"):
        accounts.client_of(world.database, world.settings, world.district_id, world.teacher_id)
    assert tell(world) == 1
    assert not at_google_still(world)
    assert waiting(world) == []


def test_google_down_is_tried_until_it_has_heard(granted):
    world = granted
    teacher_at(world).post("/classroom/account/remove")
    world.practice.mischief.next("google.revoke", "server_error", times=2)
    for _ in range(2):
        assert tell(world) == 0
        assert tell(world) == 0  # not before its time
        assert at_google_still(world)
        _time_passes(world)
    assert tell(world) == 1
    assert not at_google_still(world)
    assert tell(world) == 0


def test_a_worker_that_dies_leaves_it_to_another(granted, monkeypatch):
    world = granted
    teacher_at(world).post("/classroom/account/remove")

    def die(*_):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(revocations.oauth, "revoke", die)
        with pytest.raises(SystemExit):
            tell(world)
    _time_passes(world)
    assert tell(world) == 1
    assert not at_google_still(world)


def test_an_answer_that_got_lost_is_asked_for_again(granted):
    world = granted
    teacher_at(world).post("/classroom/account/remove")
    world.practice.mischief.next("google.revoke", "lost_after_accepting")
    assert tell(world) == 0
    assert not at_google_still(world)
    _time_passes(world)
    assert tell(world) == 1  # Google knows the token no longer: that is fine
    assert waiting(world) == []


def test_granting_anew_before_google_heard_keeps_the_new_grant(granted):
    world = granted
    teacher_at(world).post("/classroom/account/remove")
    allow(world, "connect")
    tell(world)
    assert at_google_still(world)
    assert accounts.allows(account(world), "connect")


def test_the_last_course_takes_the_account_with_it_an_earlier_one_does_not(granted):
    world = granted
    with world.transaction() as session:
        twin = world.add_twin(session)
        session.add(
            ClassroomConnection(section_id=twin.id, teacher_id=world.teacher_id, course_id="twin")
        )
        twin_id = twin.id
    assert "last course" not in teacher_at(world).get("/classroom").text
    teacher_at(world).post("/classroom/disconnect")
    assert account(world) is not None
    assert waiting(world) == []
    with world.transaction() as session:
        session.delete(session.get_one(ClassroomConnection, twin_id))
        session.flush()
        session.add(
            ClassroomConnection(
                section_id=world.section_id, teacher_id=world.teacher_id, course_id="again"
            )
        )
    assert "last course" in teacher_at(world).get("/classroom").text
    teacher_at(world).post("/classroom/disconnect")
    assert account(world) is None
    assert len(waiting(world)) == 1


def test_a_token_refreshed_for_the_older_grant_does_not_come_back(world):
    connect(world)
    client = accounts.client_of(world.database, world.settings, world.district_id, world.teacher_id)
    allow(world, "connect")
    kept = account(world).access_token
    client.renew()  # a worker that began before
    assert account(world).access_token == kept


def _time_passes(world) -> None:
    with world.transaction() as session:
        session.execute(update(GoogleRevocation).values(due_at=now()))
