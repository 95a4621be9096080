"""A CASE package: a `CFDocument`, its items and associations (1EdTech CASE 1.1, CFPackage)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

WITHDRAWN = {"deprecated", "retired", "withdrawn"}


class NotACasePackage(ValueError):
    """It is not a CASE package; the message says what is missing."""


@dataclass(frozen=True)
class CaseItem:
    """A `CFItem` with the identifier of its parent (`isChildOf`)."""

    identifier: str
    uri: str
    code: str
    """`humanCodingScheme`; the identifier where the framework gives none."""
    statement: str
    parent_identifier: str | None
    kind: str = ""
    """`CFItemType`."""
    grades: tuple[str, ...] = ()
    """`educationLevel`."""
    position: int = 0
    """Place among its siblings (`sequenceNumber`), else in the package."""
    withdrawn: bool = False
    """`statusEndDate` has passed."""


@dataclass(frozen=True)
class CasePackage:
    """A framework."""

    identifier: str
    title: str
    subject: str
    withdrawn: bool
    """`adoptionStatus` says that it is no longer used."""
    items: tuple[CaseItem, ...]


def read_package(path: Path) -> CasePackage:
    """Read a package from a JSON file. Raises `NotACasePackage`."""
    return parse_bytes(path.read_bytes())


def parse_bytes(raw: bytes) -> CasePackage:
    """Understand a package as it comes from a file or an address. Raises `NotACasePackage`."""
    try:
        package = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotACasePackage("it is not JSON") from error
    return parse_package(package)


def parse_package(package: Any) -> CasePackage:
    """Understand a package's JSON. Raises `NotACasePackage`."""
    if isinstance(package, dict) and isinstance(package.get("CFPackage"), dict):
        package = package["CFPackage"]
    if not isinstance(package, dict) or not isinstance(package.get("CFDocument"), dict):
        raise NotACasePackage("there is no CFDocument in it")
    document, items = package["CFDocument"], package.get("CFItems")
    if not isinstance(items, list) or not items:
        raise NotACasePackage("there are no CFItems in it")
    title = str(document.get("title") or "").strip()
    identifier = str(document.get("identifier") or "").strip()
    if not title or not identifier:
        raise NotACasePackage("its CFDocument lacks a title or an identifier")
    associations = package.get("CFAssociations") or []
    if not isinstance(associations, list):
        raise NotACasePackage("its CFAssociations are no list")
    parents = _without_circles(dict(_parents(associations)))
    sequence = dict(_sequence(associations))
    return CasePackage(
        identifier=identifier,
        title=title,
        subject=", ".join(_texts(document.get("subject"))),
        withdrawn=str(document.get("adoptionStatus", "")).lower() in WITHDRAWN,
        items=tuple(
            _item(item, parents, sequence, position) for position, item in enumerate(items, 1)
        ),
    )


def _item(item: Any, parents: dict[str, str], sequence: dict[str, int], position: int) -> CaseItem:
    try:
        identifier = str(item["identifier"])
        return CaseItem(
            identifier=identifier,
            uri=str(item["uri"]),
            code=str(item.get("humanCodingScheme") or identifier),
            statement=str(item["fullStatement"]),
            parent_identifier=parents.get(identifier),
            kind=str(item.get("CFItemType") or ""),
            grades=tuple(_texts(item.get("educationLevel"))),
            position=sequence.get(identifier, position),
            withdrawn=_has_passed(item.get("statusEndDate")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotACasePackage(f"a CFItem lacks {error}") from error


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _has_passed(day: Any) -> bool:
    try:
        return date.fromisoformat(str(day)[:10]) < date.today()  # noqa: DTZ011 - a plain date
    except ValueError:
        return False


def _child_of(associations: list[Any]) -> Iterator[tuple[str, str, Any]]:
    for association in associations:
        try:
            if association.get("associationType") != "isChildOf":
                continue
            child = str(association["originNodeURI"]["identifier"])
            parent = str(association["destinationNodeURI"]["identifier"])
        except (KeyError, TypeError, AttributeError) as error:
            raise NotACasePackage(f"a CFAssociation lacks {error}") from error
        yield child, parent, association.get("sequenceNumber")


def _parents(associations: list[Any]) -> Iterator[tuple[str, str]]:
    for child, parent, _ in _child_of(associations):
        yield child, parent


def _sequence(associations: list[Any]) -> Iterator[tuple[str, int]]:
    for child, _, number in _child_of(associations):
        if isinstance(number, int) and not isinstance(number, bool):
            yield child, number


def _without_circles(parents: dict[str, str]) -> dict[str, str]:
    """Items that are their own ancestors become topmost: a tree must have a top."""
    kept = dict(parents)
    for child in parents:
        seen = {child}
        above = kept.get(child)
        while above is not None:
            if above in seen:
                del kept[child]
                break
            seen.add(above)
            above = kept.get(above)
    return kept
