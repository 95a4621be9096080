"""Standards: one form for all spellings of a code, codes in text, importing a framework."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning.models import Standard

_PREFIX = re.compile(r"\bCCSS\.(?:MATH\.(?:CONTENT|PRACTICE)|ELA-LITERACY)\.", re.IGNORECASE)
_DOTTED = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)+")
_CLUSTER = re.compile(r"^[A-Z]$")
_NUMBER_AND_PART = re.compile(r"^(\d+)([A-Z])$")


@dataclass(frozen=True)
class StandardItem:
    """One item of a framework, as it is imported."""

    case_identifier: str
    uri: str
    code: str
    statement: str
    parent_identifier: str | None


def code_key(code: str) -> str:
    """The one form in which all spellings of a standard's code are equal.

    `5.NF.4a`, `5.NF.B.4a`, `5.NF.B.4.a` and `CCSS.MATH.CONTENT.5.NF.B.4.A` all become
    `5.NF.4.A`. A cluster's own code (`5.NF.B`) keeps its letter: it is another item.
    """
    parts = _PREFIX.sub("", code).strip().upper().split(".")
    if len(parts) > 3 and _CLUSTER.match(parts[2]) and parts[3][:1].isdigit():
        del parts[2]
    if split := _NUMBER_AND_PART.match(parts[-1]):
        parts[-1:] = split.groups()
    return ".".join(parts)


def codes_in(text: str) -> list[str]:
    """Keys of everything in `text` that could be a standard's code, in order, without doubles."""
    plain = _PREFIX.sub("", text)
    return list(dict.fromkeys(code_key(found) for found in _DOTTED.findall(plain)))


def by_code_key(session: Session, keys: Iterable[str]) -> dict[str, Standard]:
    """The district's standards with these keys, in one query.

    Where two frameworks share a code, the one imported first counts.
    """
    wanted = set(keys)
    if not wanted:
        return {}
    rows = session.scalars(
        select(Standard).where(Standard.code_key.in_(wanted)).order_by(Standard.id.desc())
    )
    return {standard.code_key: standard for standard in rows}


def import_standards(session: Session, framework: str, items: Iterable[StandardItem]) -> int:
    """Bring in a framework's items, again and again without doubles; returns how many are new.

    Items are recognized by their CASE identifier, so corrected statements replace old ones.
    """
    known = {standard.case_identifier: standard for standard in session.scalars(select(Standard))}
    parents: dict[str, str] = {}
    new = 0
    for item in items:
        standard = known.get(item.case_identifier)
        if standard is None:
            standard = Standard(case_identifier=item.case_identifier)
            session.add(standard)
            known[item.case_identifier] = standard
            new += 1
        standard.uri = item.uri
        standard.framework = framework
        standard.code = item.code
        standard.code_key = code_key(item.code)
        standard.statement = item.statement
        if item.parent_identifier:
            parents[item.case_identifier] = item.parent_identifier
    session.flush()
    for child, parent in parents.items():
        if parent in known:
            known[child].parent_id = known[parent].id
    session.flush()
    return new
