"""Bringing a framework of standards in from a CASE package."""

from pathlib import Path

from integrations.case.package import read_package
from lti_app.db import Database
from lti_app.learning.standards import StandardItem, import_standards


def import_package(database: Database, district_id: int, path: Path) -> tuple[int, int]:
    """Import a CASE package into a district; returns (new, all) items.

    Importing it again adds nothing twice. Raises `NotACasePackage`; then nothing is changed.
    """
    package = read_package(path)
    items = [
        StandardItem(
            case_identifier=item.identifier,
            uri=item.uri,
            code=item.code,
            statement=item.statement,
            parent_identifier=item.parent_identifier,
        )
        for item in package.items
    ]
    with database.transaction(district_id=district_id) as session:
        return import_standards(session, package.title, items), len(items)
