"""Bringing a framework of standards in from a CASE package: a file, or an address."""

from pathlib import Path

from integrations.case.package import CasePackage, NotACasePackage, parse_bytes, read_package
from integrations.case.provider import fetch_package
from integrations.outside import OutsideError
from lti_app.db import Database
from lti_app.learning.frameworks import Imported, StandardItem, bring_in

__all__ = ["NotACasePackage", "OutsideError", "import_address", "import_file", "import_upload"]


def import_file(database: Database, district_id: int, path: Path) -> Imported:
    """Import a CASE package from a file. Raises `NotACasePackage`; then nothing is changed."""
    return _import(database, district_id, read_package(path), None)


def import_upload(database: Database, district_id: int, raw: bytes) -> Imported:
    """Import a CASE package somebody sent. Raises `NotACasePackage`."""
    return _import(database, district_id, parse_bytes(raw), None)


def import_address(
    database: Database, district_id: int, url: str, *, allow_loopback: bool
) -> Imported:
    """Import a CASE package from an address. Raises `OutsideError` and `NotACasePackage`."""
    return _import(database, district_id, fetch_package(url, allow_loopback=allow_loopback), url)


def _import(
    database: Database, district_id: int, package: CasePackage, url: str | None
) -> Imported:
    items = [
        StandardItem(
            case_identifier=item.identifier,
            uri=item.uri,
            code=item.code,
            statement=item.statement,
            parent_identifier=item.parent_identifier,
            kind=item.kind,
            grades=" ".join(item.grades),
            position=item.position,
            withdrawn=item.withdrawn,
        )
        for item in package.items
    ]
    with database.transaction(district_id=district_id) as session:
        return bring_in(
            session,
            case_identifier=package.identifier,
            title=package.title,
            subject=package.subject,
            url=url,
            withdrawn=package.withdrawn,
            items=items,
        )
