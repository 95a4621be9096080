"""What a team's rules would have found: last month's work, looked at anew."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from lti_app.coaching import team_rules
from lti_app.coaching.models import GapReason
from lti_app.coaching.team_rules import Looks, Wanted
from lti_app.db import now
from lti_app.learning.models import (
    Activity,
    ActivityDone,
    Attempt,
    Checkpoint,
    Level,
    MasteryChange,
    Pathway,
    PathwayChoice,
    Score,
    Target,
)
from lti_app.learning.voice.weeks import local_day
from lti_app.people import roster
from lti_app.people.models import Person

MONTH = timedelta(days=30)
MET = (Level.MET, Level.BEYOND)
Pair = tuple[int, int]
"""A student and a target."""


@dataclass(frozen=True)
class Found:
    """A gap that rules would have found."""

    person_id: int
    target_id: int
    reason: GapReason


@dataclass(frozen=True)
class Preview:
    """What the rules that are tried out would have found, beside those that hold."""

    wanted: Counter[GapReason]
    now: Counter[GapReason]
    new: list[tuple[Person, Target, GapReason]]
    """The first that would come on top."""
    new_total: int


SHOWN = 40


def preview(session: Session, team_id: int, wanted: Wanted) -> Preview:
    """Compare rules on the last 30 days, in a number of queries that does not grow."""
    looks = team_rules.looks(session, team_id)
    month = _Month(session, team_id)
    would = set(month.found(replace(looks, rules=wanted)))
    do = set(month.found(looks))
    new = sorted(would - do, key=lambda one: (one.reason, one.target_id, one.person_id))
    people = {
        person.id: person
        for person in session.scalars(
            select(Person).where(Person.id.in_({one.person_id for one in new[:SHOWN]}))
        )
    }
    found = {
        target.id: target
        for target in session.scalars(
            select(Target).where(Target.id.in_({one.target_id for one in new[:SHOWN]}))
        )
    }
    return Preview(
        Counter(one.reason for one in would),
        Counter(one.reason for one in do),
        [(people[one.person_id], found[one.target_id], one.reason) for one in new[:SHOWN]],
        len(new),
    )


class _Month:
    """A team's last 30 days: scores, signs of work, and when targets were met."""

    def __init__(self, session: Session, team_id: int) -> None:
        self.since = now() - MONTH
        self.scores = session.execute(
            select(
                Attempt.person_id,
                Checkpoint.target_id,
                Attempt.submitted_at,
                (100 * Score.points / Score.max_points).label("percent"),
            )
            .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
            .join(Target, Checkpoint.target_id == Target.id)
            .join(Score, Score.attempt_id == Attempt.id)
            .where(
                Target.team_id == team_id,
                Target.archived_at.is_(None),
                Score.scored_at >= self.since,
                Attempt.person_id.in_(roster.present_in_team(team_id)),
            )
        ).all()
        self.signs: dict[Pair, list[datetime]] = {}
        for person_id, target_id, at in session.execute(_signs(team_id)):
            self.signs.setdefault((person_id, target_id), []).append(at)
        self.met: dict[Pair, list[tuple[datetime, bool]]] = {}
        for person_id, target_id, at, level in session.execute(
            select(
                MasteryChange.person_id,
                MasteryChange.target_id,
                MasteryChange.at,
                MasteryChange.level,
            )
            .join(Target, MasteryChange.target_id == Target.id)
            .where(Target.team_id == team_id)
            .order_by(MasteryChange.at, MasteryChange.id)
        ):
            self.met.setdefault((person_id, target_id), []).append((at, level in MET))

    def is_met(self, pair: Pair, at: datetime) -> bool:
        """Whether the student had met the target at a moment."""
        known = False
        for changed_at, met in self.met.get(pair, ()):
            if changed_at > at:
                break
            known = met
        return known

    def found(self, looks: Looks) -> Iterable[Found]:
        """What rules would have found in the month."""
        yield from self._below(looks.rules)
        yield from self._needs(looks)
        yield from self._stuck(looks)

    def _below(self, rules: Wanted) -> Iterable[Found]:
        if not rules.finds_below_line:
            return
        for person_id, target_id, at, percent in self.scores:
            if percent < rules.line_percent and not self.is_met((person_id, target_id), at):
                yield Found(person_id, target_id, GapReason.BELOW_THE_LINE)

    def _needs(self, looks: Looks) -> Iterable[Found]:
        if not looks.rules.finds_needs_first:
            return
        for (person_id, target_id), times in self.signs.items():
            last = max(times)
            if last < self.since or self.is_met((person_id, target_id), last):
                continue
            for needs_id in looks.needs.get(target_id, ()):
                if not self.is_met((person_id, needs_id), last):
                    yield Found(person_id, needs_id, GapReason.NEEDS_FIRST)

    def _stuck(self, looks: Looks) -> Iterable[Found]:
        if not looks.rules.finds_stuck:
            return
        today = local_day(now(), looks.timezone)
        first = local_day(self.since, looks.timezone)
        for pair, times in self.signs.items():
            days = sorted({local_day(at, looks.timezone) for at in times})
            for day, following in zip(days, [*days[1:], today], strict=True):
                due = looks.school_days.after(day, looks.rules.stuck_days)
                if first <= due <= following and not self._met_on(pair, due, looks.timezone):
                    yield Found(*pair, GapReason.STUCK)
                    break

    def _met_on(self, pair: Pair, day: date, timezone: str) -> bool:
        return any(met and local_day(at, timezone) <= day for at, met in self.met.get(pair, ()))


def _signs(team_id: int) -> Select[int, int, datetime]:
    """Student, target and moment of all that counts as movement."""
    ours = (Target.team_id == team_id, Target.archived_at.is_(None))
    present = roster.present_in_team(team_id)
    attempts = (
        select(Attempt.person_id, Checkpoint.target_id, Attempt.submitted_at.label("at"))
        .join(Checkpoint, Attempt.checkpoint_id == Checkpoint.id)
        .join(Target, Checkpoint.target_id == Target.id)
        .where(*ours, Attempt.person_id.in_(present))
    )
    done = (
        select(ActivityDone.person_id, Pathway.target_id, ActivityDone.done_at.label("at"))
        .join(Activity, ActivityDone.activity_id == Activity.id)
        .join(Pathway, Activity.pathway_id == Pathway.id)
        .join(Target, Pathway.target_id == Target.id)
        .where(*ours, ActivityDone.person_id.in_(present))
    )
    chosen = (
        select(
            PathwayChoice.person_id, PathwayChoice.target_id, PathwayChoice.chosen_at.label("at")
        )
        .join(Target, PathwayChoice.target_id == Target.id)
        .where(*ours, PathwayChoice.person_id.in_(present))
    )
    every = union_all(attempts, done, chosen).subquery()
    return select(every.c.person_id, every.c.target_id, every.c.at)
