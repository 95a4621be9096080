"""Standards: browsing, searching, picking, and importing a framework."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning.frameworks import StandardItem, bring_in
from lti_app.learning.models import Standard, Target
from tests.pages import ADMINISTRATOR, STAFF, Page, Room

PAGES = [
    Page(STAFF, "/standards", most_queries=8, look="teacher-standards"),
    Page(
        STAFF,
        "/standards",
        most_queries=8,
        look="teacher-standards-found",
        query="q=fractions+whole",
    ),
    Page(STAFF, "/standards/pick", most_queries=3, query="q=5.NF"),
    Page(ADMINISTRATOR, "/admin/standards", look="administrator-standards"),
    Page(ADMINISTRATOR, "/admin/standards", "POST"),
]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """A framework of two levels, a target under it, and one standard that was retired."""
    items = [
        StandardItem("nf", "urn:nf", "5.NF", "Number <b>&</b> Operations: Fractions", None),
        StandardItem(
            "nf4",
            "urn:nf4",
            "5.NF.4",
            "Multiply fractions by whole numbers and by fractions. " * 6,
            "nf",
            kind="Standard",
            grades="05",
        ),
        StandardItem("old", "urn:old", "5.NF.9", "Gone from the framework.", None),
    ]
    for part in (items, items[:-1]):
        bring_in(
            session,
            case_identifier="page-framework",
            title="Mathematics for pages",
            subject="Mathematics",
            url="https://case.example.org/ims/case/v1p1/CFPackages/1",
            withdrawn=False,
            items=part,
        )
    target = session.get_one(Target, room.ids["target"])
    standard = session.scalars(select(Standard).where(Standard.case_identifier == "nf4")).one()
    if standard not in target.standards:
        target.standards.append(standard)
    session.flush()
    return {}
