"""Finding a standard: down the tree of a framework, by code in any spelling, or by words."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from lti_app.errors import NotHere
from lti_app.learning.models import Framework, Standard, Target
from lti_app.learning.standards import code_key

MOST_FOUND = 60
MOST_PICKED = 12
MOST_WORDS = 8


@dataclass(frozen=True)
class Branch:
    """A place in the tree: what is above, what it is, and what is right below."""

    above: list[Standard]
    """From the top down to the standard itself; empty: the top of a framework."""
    below: list[Standard]


def branch(session: Session, framework: Framework, standard_id: int | None) -> Branch:
    """A framework's top, or one of its standards, with what stands right below it.

    Raises `NotHere` for a standard of another framework. Three queries, whatever the depth.
    """
    below = session.scalars(
        select(Standard)
        .where(Standard.framework_id == framework.id, Standard.parent_id.is_(None))
        .order_by(Standard.position, Standard.id)
    )
    if standard_id is None:
        return Branch([], list(below))
    above = _above(session, standard_id)
    if not above or above[-1].framework_id != framework.id:
        raise NotHere
    children = session.scalars(
        select(Standard)
        .where(Standard.parent_id == standard_id)
        .order_by(Standard.position, Standard.id)
    )
    return Branch(above, list(children))


def _above(session: Session, standard_id: int) -> list[Standard]:
    """A standard and its ancestors, the topmost first."""
    way = (select(Standard.id, Standard.parent_id).where(Standard.id == standard_id)).cte(
        "way", recursive=True
    )
    way = way.union(
        select(Standard.id, Standard.parent_id).join(way, Standard.id == way.c.parent_id)
    )
    found = {
        one.id: one for one in session.scalars(select(Standard).join(way, Standard.id == way.c.id))
    }
    line: list[Standard] = []
    here = found.get(standard_id)
    while here is not None:
        line.insert(0, here)
        here = found.get(here.parent_id or 0)
    return line


def search(
    session: Session, typed: str, *, grade: str = "", limit: int = MOST_FOUND
) -> list[Standard]:
    """Standards in force whose code is (or begins with) what was typed, in any spelling, or whose
    statement holds all its words; those with that very code first."""
    words = typed.split()[:MOST_WORDS]
    if not words:
        return []
    key = code_key("".join(words))[:64]
    by_words = [
        or_(
            func.lower(Standard.statement).contains(word.lower(), autoescape=True),
            func.lower(Standard.code).contains(word.lower(), autoescape=True),
        )
        for word in words
    ]
    by_code = or_(
        Standard.code_key == key, Standard.code_key.startswith(key + ".", autoescape=True)
    )
    all_words = by_words[0]
    for one in by_words[1:]:
        all_words = all_words & one
    query = (
        select(Standard)
        .where(Standard.retired_at.is_(None), or_(by_code, all_words))
        .order_by((Standard.code_key != key), by_code.is_(False), Standard.code_key, Standard.id)
        .limit(limit)
    )
    if grade:
        query = query.where((" " + Standard.grades + " ").contains(f" {grade} ", autoescape=True))
    return list(session.scalars(query))


def frameworks(session: Session) -> list[Framework]:
    """The district's frameworks by subject and title."""
    return list(session.scalars(select(Framework).order_by(Framework.subject, Framework.title)))


def grades(session: Session) -> list[str]:
    """The grades that standards name, as published (`05`, `KG`)."""
    found = session.scalars(select(Standard.grades).where(Standard.grades != "").distinct())
    return sorted({grade for grades in found for grade in grades.split()})


def targets_under(
    session: Session, team_id: int, standards: list[Standard]
) -> dict[int, list[Target]]:
    """The team's targets in use right under each of these standards."""
    rows = session.scalars(
        select(Target)
        .join(Target.standards)
        .where(
            Target.team_id == team_id,
            Target.archived_at.is_(None),
            Standard.id.in_([standard.id for standard in standards]),
        )
        .distinct()
        .order_by(Target.position, Target.id)
        .options(selectinload(Target.standards))
    )
    wanted = {standard.id for standard in standards}
    found: dict[int, list[Target]] = {}
    for target in rows:
        for standard in target.standards:
            if standard.id in wanted:
                found.setdefault(standard.id, []).append(target)
    return found
