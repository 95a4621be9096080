"""What a mirrored target is called before a teacher says it better."""

import pytest
from sqlalchemy import select

from lti_app.learning import targets
from lti_app.learning.models import Activity, Checkpoint, Pathway, Standard, Target
from lti_app.learning.plan import merging
from lti_app.people.models import Section
from lti_app.sync.home import Home
from lti_app.sync.homes import Homes
from lti_app.sync.models import MirroredItem
from lti_app.sync.titles import as_target, shortened
from tests.sync.conftest import mirror
from tests.sync.looking import dump, the_one


@pytest.mark.parametrize(
    ("statement", "title"),
    [
        (
            "Add and subtract fractions with unlike denominators (including mixed numbers) by …",
            "I can add and subtract fractions with unlike denominators.",
        ),
        (
            "Interpret the product (a/b) × q as a parts of a partition of q into b equal parts; …",
            "I can interpret the product (a/b) × q as a parts of a partition of q into b equal "
            "parts.",
        ),
        ("Use parentheses, brackets, or braces.", "I can use parentheses, brackets, or braces."),
        ("Number and Operations—Fractions", "Number and Operations—Fractions"),
        ("Geometry", "Geometry"),
        ("", ""),
    ],
)
def test_a_standard_becomes_a_first_wording_in_student_words(statement, title):
    assert as_target(statement) == title


def test_a_long_title_is_shortened_to_one_line():
    assert shortened("a\n b") == "a b"
    assert len(shortened("x" * 10_000)) == 300
    assert shortened("x" * 10_000).endswith("…")


def test_coursework_of_a_merged_target_is_at_home_in_the_one_it_went_into(connected):
    world = connected
    mirror(world)
    home = the_one(world, Checkpoint, "Exit ticket: adding fractions").target_id
    with world.transaction() as session:
        gone = session.get_one(Target, home)
        into = targets.add_target(session, gone.team_id, title="I can add fractions.")
        merging.merge(
            session, into, gone.id, title=into.title, version=1, editor_id=world.teacher_id
        )

    mirror(world)

    exit_ticket = the_one(world, Checkpoint, "Exit ticket: adding fractions")
    strips = the_one(world, Activity, "Fraction strips: make your own set")
    with world.session() as session:
        assert exit_ticket.target_id == into.id
        assert session.get_one(Pathway, strips.pathway_id).target_id == into.id
        assert session.get_one(Target, home).archived_at is not None
    before = dump(world)
    mirror(world)
    assert dump(world) == before


def test_new_coursework_for_a_merged_target_goes_where_the_target_went(connected):
    world = connected
    mirror(world)
    with world.transaction() as session:
        item = session.scalars(
            select(MirroredItem).where(MirroredItem.external_id == "standard:5.NF.1")
        ).one()
        gone = session.get_one(Target, item.local_id)
        into = targets.add_target(session, gone.team_id, title="I can add fractions.")
        merging.merge(
            session, into, gone.id, title=into.title, version=1, editor_id=world.teacher_id
        )
        section = session.get_one(Section, world.section_id)
        items = {
            (item.kind, item.external_id): item for item in session.scalars(select(MirroredItem))
        }
        homes = Homes(session, section.team_id, section.id, "From Classroom", items)
        standard = session.scalars(select(Standard).where(Standard.code_key == "5.NF.1")).one()
        assert homes.target(Home("standard:5.NF.1", standard, None)).id == into.id
