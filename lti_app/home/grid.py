"""The mastery grid: a team's students × targets, with what it can be narrowed to."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_app.learning import standards
from lti_app.learning.models import (
    Level,
    Mastery,
    Standard,
    Target,
    Unit,
    target_standards,
)
from lti_app.people.models import (
    Enrolment,
    Person,
    Role,
    Section,
    StudentGroup,
    StudentGroupMember,
)


@dataclass(frozen=True)
class Filters:
    """What the grid is narrowed to; None and empty: not at all."""

    section_id: int | None = None
    group_id: int | None = None
    unit_id: int | None = None
    code: str = ""
    """A standard, with all below it."""
    name: str = ""
    """Part of a student's name."""


@dataclass(frozen=True)
class Student:
    """A row's head."""

    id: int
    name: str


@dataclass(frozen=True)
class Column:
    """A column's head."""

    id: int
    title: str
    unit_id: int | None
    unit_title: str | None


@dataclass(frozen=True)
class Grid:
    """Students × targets."""

    students: list[Student]
    targets: list[Column]
    levels: dict[tuple[int, int], Level]
    """By student and target; those never begun are left out."""

    def units(self) -> list[tuple[str | None, int]]:
        """Titles of the units over the columns, with how many columns each spans."""
        spans: list[tuple[str | None, int]] = []
        last: object = object()
        for column in self.targets:
            if column.unit_id == last:
                spans[-1] = (spans[-1][0], spans[-1][1] + 1)
            else:
                spans.append((column.unit_title, 1))
                last = column.unit_id
        return spans


def read(session: Session, team_id: int, filters: Filters) -> Grid:
    """The grid in three queries, whatever its size."""
    people = students(session, team_id, filters)
    columns = [Column(*row) for row in session.execute(_targets(team_id, filters))]
    standings = session.execute(
        select(Mastery.person_id, Mastery.target_id, Mastery.level).where(
            Mastery.target_id.in_([column.id for column in columns]),
            Mastery.person_id.in_([student.id for student in people]),
        )
    )
    levels = {(person_id, target_id): level for person_id, target_id, level in standings}
    return Grid(people, columns, levels)


def students(session: Session, team_id: int, filters: Filters) -> list[Student]:
    """Present students of the team's sections that fit, each once, by name."""
    return [Student(*row) for row in session.execute(_students(team_id, filters))]


def _students(team_id: int, filters: Filters) -> Select[int, str]:
    query = (
        select(Person.id, Person.name)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Section, Enrolment.section_id == Section.id)
        .where(Section.team_id == team_id, Enrolment.active, Enrolment.role == Role.STUDENT)
        .distinct()
        .order_by(Person.name, Person.id)
    )
    if filters.section_id is not None:
        query = query.where(Section.id == filters.section_id)
    if filters.group_id is not None:
        query = (
            query.join(StudentGroupMember, StudentGroupMember.person_id == Person.id)
            .join(StudentGroup, StudentGroupMember.group_id == StudentGroup.id)
            .where(StudentGroup.id == filters.group_id, StudentGroup.team_id == team_id)
        )
    if filters.name.strip():
        query = query.where(
            func.lower(Person.name).contains(filters.name.strip().lower(), autoescape=True)
        )
    return query


def _targets(team_id: int, filters: Filters) -> Select[int, str, int | None, str | None]:
    """The team's targets in use, in the order of the plan."""
    query = (
        select(Target.id, Target.title, Target.unit_id, Unit.title)
        .outerjoin(Unit, Target.unit_id == Unit.id)
        .where(Target.team_id == team_id, Target.archived_at.is_(None))
        .order_by(Unit.position.nulls_last(), Unit.id, Target.position, Target.id)
    )
    if filters.unit_id is not None:
        query = query.where(Target.unit_id == filters.unit_id)
    if filters.code.strip():
        query = query.where(
            Target.id.in_(
                select(target_standards.c.target_id).where(
                    target_standards.c.standard_id.in_(_branch(filters.code))
                )
            )
        )
    return query


def _branch(code: str) -> Select[int]:
    """Ids of the standards with this code, in any spelling, and of all below them."""
    top = (
        select(Standard.id)
        .where(Standard.code_key == standards.code_key(code.strip()))
        .cte("branch", recursive=True)
    )
    below = select(Standard.id).join(top, Standard.parent_id == top.c.id)
    return select(top.union(below).c.id)


def rows(grid: Grid, letter_of: dict[Level, str], student_address: str) -> Markup:
    """The table's body as markup.

    `letter_of` a level stands in its cell; `student_address` is an address with `/0` at its end
    for the student's id.

    Put together here and not in the template: 12,000 cells take a template 100 ms and this 5.
    End tags of rows and cells are left out, as HTML allows (§13.1.2.4).
    """
    blank = f"<td>{escape(letter_of[Level.NOT_STARTED])}"
    cell_of = {level: f'<td class="g-{level}">{escape(letter_of[level])}' for level in Level}
    cell_of[Level.NOT_STARTED] = blank
    start = escape(student_address.removesuffix("0"))
    target_ids = [column.id for column in grid.targets]
    parts: list[str] = []
    for student in grid.students:
        parts.append(
            f'<tr data-id="{student.id}"><th scope="row">'
            f'<a href="{start}{student.id}">{escape(student.name)}</a></th>'
        )
        parts.extend(
            cell_of[level] if (level := grid.levels.get((student.id, target_id))) else blank
            for target_id in target_ids
        )
    return Markup("".join(parts))  # noqa: S704 - names and letters are escaped above


@dataclass(frozen=True)
class Choices:
    """What the filters offer."""

    sections: Sequence[tuple[int, str]]
    groups: Sequence[tuple[int, str]]
    units: Sequence[tuple[int, str]]


def choices(session: Session, team_id: int) -> Choices:
    """A team's sections, groups and units by id and name, in three queries."""
    return Choices(
        [
            (row.id, row.title)
            for row in session.execute(
                select(Section.id, Section.title)
                .where(Section.team_id == team_id)
                .order_by(Section.title, Section.id)
            )
        ],
        [
            (row.id, row.name)
            for row in session.execute(
                select(StudentGroup.id, StudentGroup.name)
                .where(StudentGroup.team_id == team_id)
                .order_by(StudentGroup.name, StudentGroup.id)
            )
        ],
        [
            (row.id, row.title)
            for row in session.execute(
                select(Unit.id, Unit.title)
                .where(Unit.team_id == team_id, Unit.archived_at.is_(None))
                .order_by(Unit.position, Unit.id)
            )
        ],
    )
