"""Importing a published framework, again and again without doubles."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.learning.models import Framework, Standard
from lti_app.learning.standards import code_key

MADE_UP = "title:"
"""How the identifier of a framework begins that was known by its title only."""


@dataclass(frozen=True)
class StandardItem:
    """One item of a framework, as it is imported."""

    case_identifier: str
    uri: str
    code: str
    statement: str
    parent_identifier: str | None
    kind: str = ""
    grades: str = ""
    position: int = 0
    withdrawn: bool = False


@dataclass(frozen=True)
class Imported:
    """What an import brought."""

    framework: Framework
    total: int
    new: int
    changed: int
    retired: int
    """Items that were in force before and are not any more."""


def bring_in(
    session: Session,
    *,
    case_identifier: str,
    title: str,
    subject: str,
    url: str | None,
    withdrawn: bool,
    items: Iterable[StandardItem],
) -> Imported:
    """Bring in a framework's items; the caller commits.

    Items are recognized by their CASE identifier, so corrected statements replace old ones.
    Items that are gone or withdrawn are retired: they are offered no more, and what was linked
    to them stays linked. One that comes back is in force again.
    """
    framework = _framework(session, case_identifier, title)
    framework.title, framework.subject = title[:300], subject[:200]
    framework.url, framework.imported_at = url, now()
    known = {
        standard.case_identifier: standard
        for standard in session.scalars(select(Standard).with_for_update())
    }
    before = {
        standard.case_identifier
        for standard in known.values()
        if standard.framework_id == framework.id and standard.retired_at is None
    }
    parents: dict[str, str | None] = {}
    new = changed = 0
    for item in items:
        standard = known.get(item.case_identifier)
        if standard is None:
            standard = Standard(case_identifier=item.case_identifier)
            session.add(standard)
            known[item.case_identifier] = standard
            new += 1
        elif (standard.code, standard.statement) != (item.code[:64], item.statement):
            changed += 1
        _write(standard, framework, item)
        in_force = not (item.withdrawn or withdrawn)
        standard.retired_at = None if in_force else standard.retired_at or now()
        parents[item.case_identifier] = item.parent_identifier
    for identifier in before - set(parents):
        known[identifier].retired_at = now()
    session.flush()
    for child, parent in parents.items():
        above = known.get(parent) if parent else None
        known[child].parent_id = above.id if above is not None else None
    session.flush()
    after = {identifier for identifier in parents if known[identifier].retired_at is None}
    return Imported(framework, len(parents), new, changed, len(before - after))


def _framework(session: Session, case_identifier: str, title: str) -> Framework:
    """The framework's row: by its identifier, or by its title where only that was known."""
    found = session.scalars(
        select(Framework)
        .where(
            (Framework.case_identifier == case_identifier)
            | (Framework.case_identifier.startswith(MADE_UP) & (Framework.title == title))
        )
        .order_by(Framework.case_identifier.startswith(MADE_UP))
        .with_for_update()
    ).first()
    if found is None:
        found = Framework(title=title)
        session.add(found)
    found.case_identifier = case_identifier
    session.flush()
    return found


def _write(standard: Standard, framework: Framework, item: StandardItem) -> None:
    standard.uri = item.uri[:500]
    standard.framework_id, standard.framework = framework.id, framework.title
    standard.code, standard.code_key = item.code[:64], code_key(item.code)[:64]
    standard.statement = item.statement
    standard.kind, standard.grades = item.kind[:100], item.grades[:100]
    standard.position = item.position


@dataclass(frozen=True)
class Listed:
    """A framework in a list."""

    framework: Framework
    standards: int
    """In force."""
    retired: int


def of_district(session: Session) -> list[Listed]:
    """The district's frameworks by subject and title, with their counts, in one query."""
    rows = session.execute(
        select(
            Framework,
            func.count(Standard.id) - func.count(Standard.retired_at),
            func.count(Standard.retired_at),
        )
        .outerjoin(Standard, Standard.framework_id == Framework.id)
        .group_by(Framework.id)
        .order_by(Framework.subject, Framework.title)
    )
    return [Listed(*row) for row in rows]
