"""The building view for principals and learning coaches: how grades, teams and standards stand,
without names and without small groups.

A team with fewer than `FEWEST` students is left out of every row and every total: then each
number anywhere stands for whole teams of at least so many, and no subtraction of one page from
another comes down to fewer. Shares are rounded to whole percent and said as "under 5" or "over
95" at the ends, so that a row never says of each child of a class that they did, or did not.
"""

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_app.errors import NotHere
from lti_app.learning.models import Framework, Level, Mastery, Standard, Target, target_standards
from lti_app.people.models import Building, Enrolment, Role, Section, Team

FEWEST = 10
LOWEST, HIGHEST = 5, 95
"""Shares below or above are said so (percent)."""


class By(enum.StrEnum):
    """What the rows are."""

    TEAM = "team"
    GRADE = "grade"
    STANDARD = "standard"


@dataclass(frozen=True)
class Filters:
    """What the view is narrowed to."""

    building_id: int | None = None
    grade: str = ""
    team_id: int | None = None
    framework_id: int | None = None
    at: int | None = None
    """A standard whose branches are the rows, when these are standards."""


@dataclass(frozen=True)
class Row:
    """A grade, team or standard."""

    title: str
    link: int | None
    """A standard's id, to open its branches."""
    students: int
    standings: dict[Level, int]
    """Students × targets by level."""

    def share(self, *levels: Level) -> int | None:
        """Percent of all standings on these levels; None where there are no targets."""
        total = sum(self.standings.values())
        if not total:
            return None
        return round(100 * sum(self.standings.get(level, 0) for level in levels) / total)


@dataclass(frozen=True)
class View:
    """What a looker-on sees."""

    rows: list[Row]
    total: Row | None
    left_out: int
    """Teams with too few students."""
    above: list[Standard]
    """The way from the framework's top to `at`."""


@dataclass(frozen=True)
class _Team:
    id: int
    name: str
    grade: str
    students: int


def read(session: Session, building_ids: frozenset[int] | None, by: By, filters: Filters) -> View:
    """The view over some buildings (None: the whole district), in a fixed number of queries.

    Raises `NotHere` for a standard that is not there.
    """
    teams = _teams(session, building_ids, filters)
    seen = {team.id: team for team in teams if team.students >= FEWEST}
    targets = dict(session.execute(_targets(seen)).all())
    standings = _standings(session, seen, targets)
    above: list[Standard] = []
    if by == By.STANDARD:
        groups, above = _by_standard(session, targets, filters)
    else:
        groups = _by_team(seen, targets, by)
    rows = [
        _row(title, link, target_ids, targets, seen, standings)
        for title, link, target_ids in groups
    ]
    total = _row("", None, targets, targets, seen, standings) if rows else None
    # A team without students is no group that could be recognized.
    left_out = sum(0 < team.students < FEWEST for team in teams)
    return View(rows, total, left_out, above)


def _teams(session: Session, building_ids: frozenset[int] | None, filters: Filters) -> list[_Team]:
    query = (
        select(Team.id, Team.name, Team.grade, func.count(Enrolment.person_id.distinct()))
        .outerjoin(Section, Section.team_id == Team.id)
        .outerjoin(
            Enrolment,
            (Enrolment.section_id == Section.id)
            & Enrolment.active
            & (Enrolment.role == Role.STUDENT),
        )
        .group_by(Team.id, Team.name, Team.grade)
        .order_by(Team.grade, Team.name, Team.id)
    )
    if building_ids is not None:
        query = query.where(Team.building_id.in_(building_ids))
    if filters.building_id is not None:
        query = query.where(Team.building_id == filters.building_id)
    if filters.grade:
        query = query.where(Team.grade == filters.grade)
    if filters.team_id is not None:
        query = query.where(Team.id == filters.team_id)
    return [_Team(*row) for row in session.execute(query)]


def _targets(team_ids: Iterable[int]) -> Select[int, int]:
    """Targets in use with their teams."""
    return select(Target.id, Target.team_id).where(
        Target.team_id.in_(list(team_ids)), Target.archived_at.is_(None)
    )


def _standings(
    session: Session, teams: dict[int, _Team], targets: dict[int, int]
) -> dict[int, Counter[Level]]:
    """Present students by level, for each target; those not started are the rest."""
    rows = session.execute(
        select(Mastery.target_id, Mastery.level, func.count(Mastery.person_id.distinct()))
        .join(Target, Mastery.target_id == Target.id)
        .join(Section, Section.team_id == Target.team_id)
        .join(
            Enrolment,
            (Enrolment.section_id == Section.id)
            & (Enrolment.person_id == Mastery.person_id)
            & Enrolment.active
            & (Enrolment.role == Role.STUDENT),
        )
        .where(Target.team_id.in_(teams), Target.archived_at.is_(None))
        .group_by(Mastery.target_id, Mastery.level)
    )
    found: dict[int, Counter[Level]] = defaultdict(Counter)
    for target_id, level, students in rows:
        if level != Level.NOT_STARTED:
            found[target_id][Level(level)] = students
    for target_id, team_id in targets.items():
        begun = sum(found[target_id].values())
        found[target_id][Level.NOT_STARTED] = teams[team_id].students - begun
    return found


Groups = list[tuple[str, int | None, set[int]]]
"""Title, link and targets of each row."""


def _by_team(teams: dict[int, _Team], targets: dict[int, int], by: By) -> Groups:
    of_team: dict[int, set[int]] = defaultdict(set)
    for target_id, team_id in targets.items():
        of_team[team_id].add(target_id)
    if by == By.TEAM:
        return [(team.name, None, of_team[team.id]) for team in teams.values()]
    of_grade: dict[str, set[int]] = defaultdict(set)
    for team in teams.values():
        of_grade[team.grade] |= of_team[team.id]
    return [(grade, None, ids) for grade, ids in sorted(of_grade.items())]


def _by_standard(
    session: Session, targets: dict[int, int], filters: Filters
) -> tuple[Groups, list[Standard]]:
    """The branches right below a standard, or a framework's top, with all targets under them."""
    query = select(Standard).order_by(Standard.position, Standard.id)
    if filters.framework_id is not None:
        query = query.where(Standard.framework_id == filters.framework_id)
    known = {standard.id: standard for standard in session.scalars(query)}
    if filters.at is not None and filters.at not in known:
        raise NotHere
    linked = session.execute(
        select(target_standards.c.target_id, target_standards.c.standard_id).where(
            target_standards.c.target_id.in_(list(targets))
        )
    )
    under: dict[int, set[int]] = defaultdict(set)
    for target_id, standard_id in linked:
        branch = _branch(known, standard_id, filters.at)
        if branch is not None:
            under[branch].add(target_id)
    groups: Groups = [
        (f"{standard.code} {standard.statement}", standard.id, under[standard.id])
        for standard in known.values()
        if standard.id in under
    ]
    above = _line(known, filters.at)
    return groups, above


def _branch(known: dict[int, Standard], standard_id: int, at: int | None) -> int | None:
    """The ancestor (or itself) of a standard that stands right below `at`."""
    line = [standard.id for standard in _line(known, standard_id)]
    if at is None:
        return line[0] if line else None
    if at not in line:
        return None
    place = line.index(at) + 1
    return line[place] if place < len(line) else at


def _line(known: dict[int, Standard], standard_id: int | None) -> list[Standard]:
    """From the topmost ancestor down to the standard itself."""
    line: list[Standard] = []
    here = known.get(standard_id or 0)
    while here is not None and here not in line:
        line.insert(0, here)
        here = known.get(here.parent_id or 0)
    return line


def _row(
    title: str,
    link: int | None,
    target_ids: Iterable[int],
    targets: dict[int, int],
    teams: dict[int, _Team],
    standings: dict[int, Counter[Level]],
) -> Row:
    total: Counter[Level] = Counter()
    in_teams: set[int] = set()
    for target_id in target_ids:
        total += standings[target_id]
        in_teams.add(targets[target_id])
    return Row(title, link, sum(teams[team].students for team in in_teams), dict(total))


@dataclass(frozen=True)
class Choices:
    """What the view can be narrowed to."""

    buildings: list[Building]
    teams: list[tuple[int, str]]
    grades: list[str]
    frameworks: list[Framework]


def choices(session: Session, building_ids: frozenset[int] | None) -> Choices:
    """Buildings, teams, grades and frameworks within reach, in three queries."""
    buildings = select(Building).order_by(Building.name)
    teams = select(Team.id, Team.name, Team.grade).order_by(Team.name, Team.id)
    if building_ids is not None:
        buildings = buildings.where(Building.id.in_(building_ids))
        teams = teams.where(Team.building_id.in_(building_ids))
    found = session.execute(teams).all()
    return Choices(
        list(session.scalars(buildings)),
        [(row.id, row.name) for row in found],
        sorted({row.grade for row in found if row.grade}),
        list(session.scalars(select(Framework).order_by(Framework.title))),
    )
