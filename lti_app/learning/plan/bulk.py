"""Many targets at once, from a pasted table: read, looked at, and then kept all or not at all."""

import re
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import BadInput, PathwaysError, Words
from lti_app.learning import standards
from lti_app.learning.models import Standard, Target, Unit
from lti_app.learning.plan import needs, table, units
from lti_app.learning.plan.needs import Edges
from lti_app.learning.targets import title_of


@dataclass
class Entry:
    """A row as it will be kept."""

    number: int
    unit: str
    title: str
    standards: list[Standard] = field(default_factory=list)
    needs: list["Entry"] = field(default_factory=list)
    """What it needs first: other rows, or targets that are there already."""
    problems: list[Words] = field(default_factory=list)
    target_id: int | None = None
    """The target it is already, in this unit; nothing is added then."""
    same_as: int | None = None
    """The number of an earlier row with the same title in the same unit."""

    @property
    def is_new(self) -> bool:
        """Whether keeping the table adds this target."""
        return self.target_id is None and self.same_as is None


@dataclass(frozen=True)
class Preview:
    """A table as it will be kept."""

    entries: list[Entry]
    new_units: list[str]

    @property
    def problems(self) -> int:
        """How many rows have one."""
        return sum(bool(entry.problems) for entry in self.entries)

    @property
    def new(self) -> int:
        """How many targets are added."""
        return sum(entry.is_new for entry in self.entries)


def look(session: Session, team_id: int, pasted: str) -> Preview:
    """What a pasted table would add to the team's plan, with the problems of each row. Writes
    nothing. Raises `BadInput` where the table as a whole can't be read."""
    rows = table.read(pasted)
    there = _entries_there(session, team_id)
    entries = [_entry(row) for row in rows]
    _name_doubles(entries, there)
    _find_standards(session, rows, entries)
    for row, entry in zip(rows, entries, strict=True):
        _find_needs(row, entry, entries, there)
    _find_circles(session, team_id, entries, there)
    known = {_key(entry.unit) for entry in there} | set(_unit_ids(session, team_id))
    new_units = {_key(e.unit): e.unit for e in entries if e.unit and _key(e.unit) not in known}
    return Preview(entries, list(new_units.values()))


def keep(session: Session, team_id: int, pasted: str) -> Preview:
    """Add what a pasted table says: all of it, or nothing where a row has a problem (`problems`
    of what is returned). Titles that are in their unit already are not added again."""
    needs.lock_plan(session, team_id)
    preview = look(session, team_id, pasted)
    if preview.problems:
        return preview
    unit_ids = _unit_ids(session, team_id)
    for title in preview.new_units:
        unit_ids[_key(title)] = units.add(session, team_id, title).id
    place = units.next_place(session, team_id)
    made: dict[int, Target] = {}
    for entry in preview.entries:
        if entry.is_new:
            made[entry.number] = Target(
                team_id=team_id,
                unit_id=unit_ids[_key(entry.unit)] if entry.unit else None,
                title=entry.title,
                standards=entry.standards,
                position=place + len(made),
            )
    session.add_all(made.values())
    session.flush()
    for entry in preview.entries:
        for first in entry.needs if entry.is_new else ():
            needs.link(session, made[entry.number].id, _id_of(first, made))
    return preview


def _id_of(entry: Entry, made: dict[int, Target]) -> int:
    if entry.target_id is not None:
        return entry.target_id
    return made[entry.same_as or entry.number].id


def _entries_there(session: Session, team_id: int) -> list[Entry]:
    """The team's targets in use, as if they were rows."""
    rows = session.execute(
        select(Target.id, Target.title, Unit.title)
        .outerjoin(Unit, Target.unit_id == Unit.id)
        .where(Target.team_id == team_id, Target.archived_at.is_(None))
        .order_by(Target.position, Target.id)
    )
    return [
        Entry(number=0, unit=unit or "", title=title, target_id=target_id)
        for target_id, title, unit in rows
    ]


def _unit_ids(session: Session, team_id: int) -> dict[str, int]:
    return {
        _key(unit.title): unit.id
        for unit in reversed(units.of_team(session, team_id))
        if unit.archived_at is None
    }


def _entry(row: table.Row) -> Entry:
    entry = Entry(number=row.number, unit=row.unit, title=row.target)
    for typed in (row.target, row.unit or "-"):
        try:
            title_of(typed)
        except BadInput as problem:
            entry.problems.append(problem.message)
    return entry


def _key(title: str) -> str:
    """A title as it is compared: without case and a full stop at its end."""
    return " ".join(title.split()).casefold().rstrip(".")


def _name_doubles(entries: list[Entry], there: list[Entry]) -> None:
    known = {(_key(one.unit), _key(one.title)): one.target_id for one in there}
    first_of: dict[tuple[str, str], int] = {}
    for entry in entries:
        key = (_key(entry.unit), _key(entry.title))
        entry.target_id = known.get(key)
        if entry.target_id is None and entry.title:
            first = first_of.setdefault(key, entry.number)
            entry.same_as = first if first != entry.number else None


def _find_standards(session: Session, rows: list[table.Row], entries: list[Entry]) -> None:
    """In one query for all rows."""
    codes_of = [re.split(r"[\s,;|]+", row.standards.strip()) for row in rows]
    keys = {standards.code_key(code) for codes in codes_of for code in codes if code}
    found = standards.by_code_key(session, keys)
    for codes, entry in zip(codes_of, entries, strict=True):
        for code in filter(None, codes):
            standard = found.get(standards.code_key(code))
            if standard is None:
                entry.problems.append(_l("There is no standard %(code)s.", code=code[:40]))
            elif standard not in entry.standards:
                entry.standards.append(standard)


def _find_needs(row: table.Row, entry: Entry, entries: list[Entry], there: list[Entry]) -> None:
    for named in filter(None, (part.strip() for part in re.split(r"[;|]", row.needs))):
        found = _named(named, entry, entries, there)
        if isinstance(found, Entry):
            _need(entry, found)
            continue
        # Titles may hold commas: only where the whole names nothing is it taken for a list.
        parts = [
            _named(part.strip(), entry, entries, there) for part in named.split(",") if part.strip()
        ]
        if len(parts) > 1 and all(isinstance(part, Entry) for part in parts):
            for part in parts:
                if isinstance(part, Entry):
                    _need(entry, part)
        else:
            entry.problems.append(found)


def _need(entry: Entry, first: Entry) -> None:
    if first not in entry.needs:
        entry.needs.append(first)


def _named(named: str, entry: Entry, entries: list[Entry], there: list[Entry]) -> Entry | Words:
    """The row or target that a cell names by its number or title, or what is wrong with it."""
    if named.isdecimal():
        numbered = [one for one in entries if str(one.number) == named.lstrip("0")]
        return numbered[0] if numbered else _l("There is no row %(number)s.", number=named[:9])
    key = _key(named)
    alike = [one for one in entries if _key(one.title) == key and one.same_as is None]
    taken = {one.target_id for one in alike if one.target_id is not None}
    alike += [one for one in there if _key(one.title) == key and one.target_id not in taken]
    near = [one for one in alike if _key(one.unit) == _key(entry.unit)]
    if len(near or alike) == 1:
        return (near or alike)[0]
    if alike:
        return _l("More than one target is called “%(title)s”.", title=named[:80])
    return _l("There is no target “%(title)s”.", title=named[:80])


def _find_circles(session: Session, team_id: int, entries: list[Entry], there: list[Entry]) -> None:
    """Rows get ids below 0 for as long as they have none of their own."""

    def node(one: Entry) -> int:
        return one.target_id if one.target_id is not None else -(one.same_as or one.number)

    title_of_node = {node(one): one.title for one in [*there, *entries]}
    links: Edges = needs.edges(session, team_id, archived=True)
    for entry in entries:
        for first in entry.needs:
            try:
                needs.refuse_circle(links, node(entry), node(first), title_of_node)
            except PathwaysError as problem:
                entry.problems.append(problem.message)
            else:
                links.add((node(entry), node(first)))
