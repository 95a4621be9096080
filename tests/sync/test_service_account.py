"""A district's service account acts for teachers who have said who they are; removed, it stops."""

import pytest
from sqlalchemy import LargeBinary, select, type_coerce, update

from integrations.lms import LmsError
from lti_app.learning.models import Checkpoint
from lti_app.people.models import District
from lti_app.sync import accounts
from lti_app.sync.features import Feature
from lti_app.sync.models import ClassroomConnection, GoogleAccount, ServiceAccount
from tests.sync.conftest import mirror
from tests.sync.google_room import (
    account,
    allow,
    asked_for,
    at_google,
    command,
    delegate,
    set_out,
    teacher_at,
)

REMOVE = ("classroom", "service-account", "Maple", "--remove")


def client(world, needs=None):
    return accounts.client_of(
        world.database, world.settings, world.district_id, world.teacher_id, needs
    )


def refusal(act) -> str:
    with pytest.raises(LmsError) as caught:
        act()
    return caught.value.code


def test_a_teacher_only_says_who_they_are_and_connects_mirrors_and_grades(world, tmp_path):
    said = delegate(world, tmp_path)
    assert said.exit_code == 0, said.output
    assert "PRIVATE KEY" not in said.output
    _, url = set_out(teacher_at(world))
    assert asked_for(url) == {"openid", "email"}
    assert "access_type=online" in url
    assert refusal(lambda: client(world)) == "not_connected"  # who they are comes first

    allow(world)

    kept = account(world)
    assert kept.refresh_token is None
    assert kept.user_id == at_google(world).google_id
    page = teacher_at(world).get("/classroom/courses").text
    taught = [
        c for c in world.practice.school.courses.values() if at_google(world).id in c.teacher_ids
    ]
    others = [c for c in world.practice.school.courses.values() if c not in taught]
    assert all(course.title in page for course in taught)
    assert not any(world.practice.classroom.google_course_id(c.id) in page for c in others)
    people = {f"person-{world.google_id(n)}": one for n, one in enumerate(world.student_ids)}
    teacher_at(world).post(f"/classroom/courses/{world.google_course_id}", **people)
    mirror(world)
    with world.session() as session:
        assert session.scalars(select(Checkpoint.id)).all()
        assert session.get_one(ClassroomConnection, world.section_id).teacher_id == (
            world.teacher_id
        )
    assert client(world, Feature.GRADES).is_delegated
    assert "Allow" not in teacher_at(world).get("/classroom").text


def test_removed_it_acts_for_nobody_and_teachers_are_asked_themselves(world, tmp_path):
    delegate(world, tmp_path)
    allow(world)
    client(world).access_token()
    assert account(world).delegated_token is not None

    assert command(world, *REMOVE).exit_code == 0

    assert account(world).delegated_token is None
    assert refusal(lambda: client(world)) == "not_connected"
    _, url = set_out(teacher_at(world))
    assert any("courses.readonly" in scope for scope in asked_for(url))
    again = command(world, *REMOVE)
    assert (again.exit_code, "no service account" in again.output) == (1, True)


def test_what_is_not_delegated_is_asked_of_the_teacher(world, tmp_path):
    said = delegate(world, tmp_path, [Feature.CONNECT, Feature.MIRROR])
    assert "Not delegated: Send grades." in said.output
    allow(world)
    assert accounts.allows(account(world), "mirror")
    assert not accounts.allows(account(world), "grades")
    assert refusal(lambda: client(world, Feature.GRADES)) == "scope_missing"

    allow(world, "grades")

    assert not client(world, Feature.GRADES).is_delegated
    assert client(world, Feature.MIRROR).is_delegated


def test_push_always_needs_the_teachers_own_grant(world, tmp_path):
    delegate(world, tmp_path)
    allow(world)
    assert not accounts.allows(account(world), "push")
    assert refusal(lambda: client(world, Feature.PUSH)) == "scope_missing"
    assert refusal(lambda: client(world).registrations("projects/p/topics/t")) == "scope_missing"
    allow(world, "push")
    assert accounts.allows(account(world), "push")
    assert not client(world, Feature.PUSH).is_delegated


def test_a_delegation_taken_back_is_said_and_the_sign_in_stays(world, tmp_path):
    delegate(world, tmp_path)
    allow(world)
    for service in world.practice.google.service_accounts.by_email.values():
        service.delegated.clear()
    assert refusal(lambda: list(client(world).courses())) == "not_delegated"
    assert account(world).broken_at is None


def test_a_teacher_who_left_the_domain_can_not_be_acted_as(world, tmp_path):
    delegate(world, tmp_path)
    allow(world)
    del world.practice.school.people[world.course.teacher_ids[0]]
    assert refusal(lambda: list(client(world).courses())) == "not_delegated"


def test_another_key_with_more_delegated_takes_the_place_of_the_first_at_once(world, tmp_path):
    delegate(world, tmp_path, [Feature.CONNECT])
    allow(world)
    client(world).access_token()
    delegate(world, tmp_path)
    assert account(world).delegated_token is None
    assert client(world, Feature.GRADES).is_delegated
    with world.session() as session:
        assert len(session.scalars(select(ServiceAccount)).all()) == 1


def test_what_does_not_work_changes_nothing_and_says_what_to_do(world, tmp_path):
    google = world.practice.google.service_accounts
    file, admin = tmp_path / "key.json", world.practice.school.of_role("administrator")[0].email

    def tried(*words):
        said = command(world, "classroom", "service-account", *words)
        assert said.exit_code == 1
        assert "Traceback" not in said.output
        with world.session() as session:
            assert session.scalars(select(ServiceAccount)).first() is None
        return said.output

    file.write_text(google.add())
    assert "domain-wide delegation" in tried("Maple", str(file), "--as", admin)
    assert "no district Oak" in tried("Oak", str(file), "--as", admin)
    assert "--as ADDRESS" in tried("Maple", str(file))
    assert "e-mail address" in tried("Maple", str(file), "--as", "admin")
    assert "can't be read" in tried("Maple", str(tmp_path / "none"), "--as", admin)
    file.write_text("{}")
    assert "no service account's key" in tried("Maple", str(file), "--as", admin)
    file.write_bytes(b"\xff\xfe")
    assert "no service account's key" in tried("Maple", str(file), "--as", admin)


def test_key_and_address_are_encrypted(world, tmp_path):
    delegate(world, tmp_path)
    with world.session() as session:
        kept = session.scalars(select(ServiceAccount)).one()
        raw = session.execute(
            select(
                type_coerce(ServiceAccount.private_key, LargeBinary),
                type_coerce(ServiceAccount.acts_as, LargeBinary),
            )
        ).one()
    assert "PRIVATE KEY" in kept.private_key
    assert not any(b"PRIVATE" in bytes(one) or b"@" in bytes(one) for one in raw)


def test_another_districts_service_account_is_not_used(world, tmp_path):
    delegate(world, tmp_path)
    with world.database.transaction() as session:
        session.add(oak := District(name="Oak"))
        session.flush()
        session.execute(update(ServiceAccount).values(district_id=oak.id))
    allow(world, "connect")
    with world.session() as session:
        assert session.get_one(GoogleAccount, world.teacher_id).delegation is None
    assert not client(world).is_delegated
