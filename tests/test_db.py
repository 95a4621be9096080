"""Districts are kept apart at one place, whatever a rule or page forgets."""

import datetime

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import StatementError

from lti_app.db import CrossDistrictError, insert_if_missing
from lti_app.launch.models import KeyState, ToolKey
from lti_app.learning.models import Target
from lti_app.people.models import Person, Section
from tests.school import make_school


@pytest.fixture
def two_districts(database):
    return make_school(database, name="Maple"), make_school(database, name="Birch")


def test_a_query_sees_only_its_district(database, two_districts):
    maple, birch = two_districts
    with database.session(district_id=maple.district_id) as session:
        assert {target.district_id for target in session.scalars(select(Target))} == {
            maple.district_id
        }
        assert session.get(Target, birch.target_id) is None
        joined = select(Person.name).join(Target, Target.id == birch.target_id)
        assert session.scalars(joined).all() == []


def test_changes_reach_only_their_district(database, two_districts):
    maple, birch = two_districts
    with database.transaction(district_id=maple.district_id) as session:
        session.execute(update(Section).values(title="taken over"))
        session.execute(delete(Target).where(Target.id == birch.target_id))
    with database.session() as session:
        assert session.get(Section, birch.section_id).title == "Birch Room 12"
        assert session.get(Target, birch.target_id) is not None


def test_new_rows_are_stamped_with_the_district(database, two_districts):
    maple, _ = two_districts
    with database.transaction(district_id=maple.district_id) as session:
        person = Person(name="New")
        session.add(person)
        session.flush()
        assert person.district_id == maple.district_id


def test_writing_for_another_district_is_a_bug_and_stops(database, two_districts):
    maple, birch = two_districts
    with (
        pytest.raises(CrossDistrictError),
        database.transaction(district_id=maple.district_id) as session,
    ):
        session.add(Person(name="Stray", district_id=birch.district_id))
    with database.session() as session:
        assert session.scalars(select(Person).where(Person.name == "Stray")).all() == []


def test_inserting_what_is_there_changes_nothing(database, two_districts):
    maple, _ = two_districts
    with database.transaction(district_id=maple.district_id) as session:
        section = session.get_one(Section, maple.section_id)
        again = {
            "team_id": section.team_id,
            "title": "again",
            "source": section.source,
            "external_id": section.external_id,
            "service_scopes": [],
            "created_at": section.created_at,
        }
        assert insert_if_missing(session, Section, **again) is False
        again["external_id"] = "another"
        assert insert_if_missing(session, Section, **again) is True


def test_private_keys_are_not_readable_in_the_database(database):
    with database.transaction() as session:
        session.add(ToolKey(kid="k1", private_pem="-----BEGIN", state=KeyState.CURRENT))
    with database.session() as session:
        stored = session.execute(text("SELECT private_pem FROM tool_keys")).scalar_one()
        assert b"BEGIN" not in bytes(stored)
        assert session.get(ToolKey, "k1").private_pem == "-----BEGIN"


def test_a_moment_without_a_zone_is_refused(database, two_districts):
    maple, _ = two_districts
    naive = datetime.datetime(2026, 1, 1)  # noqa: DTZ001
    with (
        pytest.raises(StatementError),
        database.transaction(district_id=maple.district_id) as session,
    ):
        session.execute(update(Target).values(archived_at=naive))
