"""A student's own progress over a school year: how many targets are met, week by week.

Only ever of one student; nothing here knows of others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.learning import mastery
from lti_app.learning.models import Level, Mastery, MasteryChange, Target
from lti_app.learning.voice.weeks import local_day, monday_of, school_year_of

FEWEST_WEEKS = 6
"""A picture of less would be a wall and no way."""


@dataclass(frozen=True)
class Change:
    """A student came to another level on a target."""

    target_id: int
    level: Level
    at: datetime


@dataclass(frozen=True)
class Met:
    """A target that is met now, and since when."""

    target_id: int
    title: str
    level: Level
    at: datetime


@dataclass(frozen=True)
class Week:
    """How many targets were met when the week ended (or now, for this week)."""

    monday: date
    met: int


@dataclass(frozen=True)
class Month:
    """How many of the targets that are met now were met in a month."""

    first: date
    met: int


@dataclass(frozen=True)
class Progress:
    """A student's progress in the school year."""

    met: list[Met]
    """All that are met now, newest first, also those of earlier school years."""
    weeks: list[Week]
    """From the first week in which something was met (at least the last six) to this one."""
    months: list[Month]
    """Of this school year, newest first; those without any are left out."""


def of_student(
    session: Session, person_id: int, team_id: int, timezone: str, at: datetime
) -> Progress:
    """A student's progress on the team's targets as of the moment `at`, in two queries."""
    in_use = Target.team_id == team_id, Target.archived_at.is_(None)
    changes = [
        Change(target_id, Level(level), moment)
        for target_id, level, moment in session.execute(
            select(MasteryChange.target_id, MasteryChange.level, MasteryChange.at)
            .join(Target, MasteryChange.target_id == Target.id)
            .where(MasteryChange.person_id == person_id, *in_use)
            .order_by(MasteryChange.at, MasteryChange.id)
        )
    ]
    standing = session.execute(
        select(Mastery.target_id, Mastery.level, Mastery.changed_at, Target.title)
        .join(Target, Mastery.target_id == Target.id)
        .where(Mastery.person_id == person_id, *in_use)
    ).all()
    changes = with_standings(
        changes, [Change(target_id, Level(level), at) for target_id, level, at, _ in standing]
    )
    since = met_since(changes)
    title_of = {target_id: title for target_id, _, _, title in standing}
    level_of = {target_id: Level(level) for target_id, level, _, _ in standing}
    met = [
        Met(target_id, title_of[target_id], level_of[target_id], moment)
        for target_id, moment in since.items()
        if target_id in title_of
    ]
    met.sort(key=lambda one: (one.at, one.target_id), reverse=True)
    today = local_day(at, timezone)
    return Progress(
        met=met,
        weeks=by_week(changes, timezone, today),
        months=by_month([local_day(one.at, timezone) for one in met], today),
    )


def with_standings(changes: list[Change], standings: Iterable[Change]) -> list[Change]:
    """The changes in order of time, ending where the student stands.

    A standing that no change led to (of work from before changes were kept) counts from its own
    moment.
    """
    last = {change.target_id: change.level for change in changes}
    missing = [
        standing
        for standing in standings
        if mastery.is_met(last.get(standing.target_id, Level.NOT_STARTED))
        != mastery.is_met(standing.level)
    ]
    return sorted([*changes, *missing], key=lambda change: change.at)


def met_since(changes: Iterable[Change]) -> dict[int, datetime]:
    """Targets that are met after all `changes` (oldest first), and since when without a break."""
    since: dict[int, datetime] = {}
    for change in changes:
        if not mastery.is_met(change.level):
            since.pop(change.target_id, None)
        else:
            since.setdefault(change.target_id, change.at)
    return since


def by_week(changes: list[Change], timezone: str, today: date) -> list[Week]:
    """How many targets were met at the end of each week, up to this one."""
    this_week = monday_of(today)
    days = [(local_day(change.at, timezone), change) for change in changes]
    met_on = [day for day, change in days if mastery.is_met(change.level)]
    first = max(monday_of(min([*met_on, today])), monday_of(school_year_of(today)))
    first = min(first - timedelta(weeks=1), this_week - timedelta(weeks=FEWEST_WEEKS - 1))
    weeks: list[Week] = []
    for number in range((this_week - first).days // 7 + 1):
        monday = first + timedelta(weeks=number)
        until = [change for day, change in days if monday_of(day) <= monday]
        weeks.append(Week(monday, len(met_since(until))))
    return weeks


def by_month(met_on: Iterable[date], today: date) -> list[Month]:
    """How many of `met_on` fall into each month of the school year, newest month first."""
    begins = school_year_of(today)
    firsts = [day.replace(day=1) for day in met_on if day >= begins]
    return [Month(first, firsts.count(first)) for first in sorted(set(firsts), reverse=True)]
