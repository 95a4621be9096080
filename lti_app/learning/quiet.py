"""Students who have gone quiet: no sign of work or word for some days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from lti_app.db import UtcDateTime, now
from lti_app.learning.models import (
    ActivityDone,
    Attempt,
    Goal,
    PathwayChoice,
    Reflection,
    VoiceNote,
)
from lti_app.people.models import Enrolment, Person, Role, Section


@dataclass(frozen=True)
class Quiet:
    """A student without a sign."""

    person_id: int
    name: str
    since: datetime
    """Of the last sign; where there never was one, since they came into the section."""

    @property
    def days(self) -> int:
        """Whole days without a sign."""
        return (now() - self.since).days


def of_team(
    session: Session, team_id: int, quiet_days: int, section_id: int | None = None
) -> list[Quiet]:
    """Present students (of one section, or of all the team's) without a sign for at least
    `quiet_days` days, the longest quiet first; in one query.

    A sign is an attempt, an activity done, a pathway picked by the student, a goal, a
    reflection, or a word in the voice box.
    """
    present = (
        select(Person.id, Person.name, func.min(Enrolment.created_at).label("came"))
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Section, Enrolment.section_id == Section.id)
        .where(Section.team_id == team_id, Enrolment.active, Enrolment.role == Role.STUDENT)
        .group_by(Person.id, Person.name)
    )
    if section_id is not None:
        present = present.where(Section.id == section_id)
    student = present.subquery()
    # Each is limited by itself: a database may read all signs of a district otherwise.
    ours = select(student.c.id)
    signs = union_all(*(sign.where(column.in_(ours)) for sign, column in _signs())).subquery()
    last = (
        select(signs.c.person_id, func.max(signs.c.at).label("at"))
        .group_by(signs.c.person_id)
        .subquery()
    )
    since = func.coalesce(last.c.at, student.c.came, type_=UtcDateTime())
    rows = session.execute(
        select(student.c.id, student.c.name, since)
        .outerjoin(last, last.c.person_id == student.c.id)
        .where(since <= now() - timedelta(days=quiet_days))
        .order_by(since, student.c.name)
    )
    return [Quiet(*row) for row in rows]


def _signs() -> Iterator[tuple[Select[int, datetime], InstrumentedAttribute[int]]]:
    """Person and moment of each kind of sign, and the column that names the person."""
    for model, at in (
        (Attempt, Attempt.submitted_at),
        (ActivityDone, ActivityDone.done_at),
        (Goal, Goal.set_at),
        (Reflection, Reflection.at),
        (VoiceNote, VoiceNote.at),
    ):
        yield select(model.person_id, at.label("at")), model.person_id
    own = PathwayChoice.assigned_by_id.is_(None)
    yield (
        select(PathwayChoice.person_id, PathwayChoice.chosen_at.label("at")).where(own),
        PathwayChoice.person_id,
    )
