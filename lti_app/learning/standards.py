"""Standards: one form for all spellings of a code, codes in text."""

import re
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning.models import Standard

_PREFIX = re.compile(r"\bCCSS\.(?:MATH\.(?:CONTENT|PRACTICE)|ELA-LITERACY)\.", re.IGNORECASE)
_DOTTED = re.compile(r"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)+")
_CLUSTER = re.compile(r"^[A-Z]$")
_NUMBER_AND_PART = re.compile(r"^(\d+)([A-Z])$")


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

    Where two frameworks share a code, one in force counts before a retired one, and then the
    one imported first.
    """
    wanted = set(keys)
    if not wanted:
        return {}
    rows = session.scalars(
        select(Standard)
        .where(Standard.code_key.in_(wanted))
        .order_by(Standard.retired_at.is_(None), Standard.id.desc())
    )
    return {standard.code_key: standard for standard in rows}
