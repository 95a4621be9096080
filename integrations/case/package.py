"""A CASE package: one `CFDocument` with its items and associations (CASE 1.1, CFPackage)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class NotACasePackage(ValueError):
    """The file is not a CASE package; the message says what is missing."""


@dataclass(frozen=True)
class CaseItem:
    """A `CFItem` with the identifier of its parent (`isChildOf`)."""

    identifier: str
    uri: str
    code: str
    """`humanCodingScheme`; the identifier where the framework gives none."""
    statement: str
    parent_identifier: str | None


@dataclass(frozen=True)
class CasePackage:
    """A framework."""

    title: str
    items: tuple[CaseItem, ...]


def read_package(path: Path) -> CasePackage:
    """Read a package from a JSON file. Raises `NotACasePackage`."""
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotACasePackage(f"{path.name} is not JSON: {error}") from error
    return parse_package(package)


def parse_package(package: Any) -> CasePackage:
    """Understand a package's JSON. Raises `NotACasePackage`."""
    if not isinstance(package, dict) or not isinstance(package.get("CFDocument"), dict):
        raise NotACasePackage("there is no CFDocument in it")
    items = package.get("CFItems")
    if not isinstance(items, list):
        raise NotACasePackage("there are no CFItems in it")
    parents = dict(_parents(package.get("CFAssociations") or []))
    return CasePackage(
        title=str(package["CFDocument"].get("title", "")),
        items=tuple(_item(item, parents) for item in items),
    )


def _item(item: Any, parents: dict[str, str]) -> CaseItem:
    try:
        identifier = item["identifier"]
        return CaseItem(
            identifier=identifier,
            uri=item["uri"],
            code=item.get("humanCodingScheme") or identifier,
            statement=item["fullStatement"],
            parent_identifier=parents.get(identifier),
        )
    except (KeyError, TypeError) as error:
        raise NotACasePackage(f"a CFItem lacks {error}") from error


def _parents(associations: list[Any]) -> Iterator[tuple[str, str]]:
    for association in associations:
        if association.get("associationType") != "isChildOf":
            continue
        child = association["originNodeURI"]["identifier"]
        parent = association["destinationNodeURI"]["identifier"]
        if child != parent:
            yield child, parent
