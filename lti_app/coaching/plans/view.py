"""What the board of a day shows, read in a number of queries that does not grow with it."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import gaps, sessions, team_rules
from lti_app.coaching.changes import day_span
from lti_app.coaching.models import CoachingSession, Gap, Plan, PlannedSession, PlanState
from lti_app.coaching.plans import asking, clashes, making, slots
from lti_app.coaching.plans.clashes import Misfit
from lti_app.coaching.plans.slots import Day, DaySlot
from lti_app.db import now
from lti_app.learning.models import Target
from lti_app.people import teams
from lti_app.people.models import Person, TeamRole


@dataclass(frozen=True)
class Card:
    """A proposed session on the board."""

    planned: PlannedSession
    misfits: list[Misfit]

    @property
    def stops(self) -> bool:
        """It can't be published like this."""
        return any(one.stops for one in self.misfits)


@dataclass(frozen=True)
class Line:
    """A slot of the day: a row of the board."""

    slot: DaySlot
    proposed: dict[int, list[Card]]
    """By teacher."""
    published: dict[int, list[CoachingSession]]
    is_over: bool


@dataclass(frozen=True)
class Waiting:
    """A gap without a place."""

    gap: Gap
    urgency: int
    reason: str | None
    """Why the planner left it out; None where it was not asked about it."""


@dataclass(frozen=True)
class BoardView:
    """All that the page of a day's plan shows."""

    day: Day
    plan: Plan | None
    teachers: list[Person]
    lines: list[Line]
    loose: list[Card]
    """Proposed sessions outside of the day's slots."""
    waiting: list[Waiting]
    """The most pressing first."""
    targets: list[Target]

    @property
    def is_being_made(self) -> bool:
        """A worker plans it."""
        return self.plan is not None and self.plan.state == PlanState.WANTED

    @property
    def cards(self) -> list[Card]:
        """All proposed sessions."""
        on = [card for line in self.lines for some in line.proposed.values() for card in some]
        return on + self.loose

    @property
    def stops(self) -> bool:
        """Something has to be mended before it can be published."""
        return any(card.stops for card in self.cards)

    @property
    def places(self) -> list[tuple[DaySlot, Person]]:
        """Where a session may be held that is to come."""
        return [
            (line.slot, teacher)
            for line in self.lines
            if not line.is_over
            for teacher in self.teachers
            if teacher.id in line.slot.rooms
        ]

    @property
    def met_percent(self) -> int | None:
        """How much of what is possible the planner's proposal meets (percent)."""
        if self.plan is None or not self.plan.urgency_bound:
            return None
        return round(100 * self.plan.urgency_met / self.plan.urgency_bound)


def look(session: Session, team_id: int, day: date) -> BoardView:
    """The board of a team's day."""
    looks = team_rules.looks(session, team_id)
    on = slots.of_day(session, team_id, day)
    plan = making.of_day(session, team_id, day)
    planned = sorted(plan.sessions if plan else [], key=lambda one: (one.starts_at, one.id))
    wrong = clashes.of_board(session, on, planned)
    cards = [Card(one, [bad for bad in wrong if bad.planned_id == one.id]) for one in planned]
    begins, ends = day_span(day, looks.timezone)
    published = [
        one for one in sessions.within(session, team_id, begins, ends) if one.cancelled_at is None
    ]
    members = [one for one in teams.members(session, team_id) if one.role != TeamRole.ASSISTANT]
    used = {one.teacher_id for one in planned} | {one.teacher_id for one in published}
    used |= {teacher_id for slot in on.slots for teacher_id in slot.rooms}
    used |= {one.person_id for block in on.blocks for one in block.teachers}
    lines = _lines(on, cards, published)
    in_lines = {
        card.planned.id for line in lines for some in line.proposed.values() for card in some
    }
    waiting = asking.waiting_gaps(session, team_id, day)
    placed = {gap.id for one in planned for gap in one.gaps}
    pressing = gaps.urgencies(waiting, looks)
    reasons = {one["gap_id"]: one["reason"] for one in (plan.left_out if plan else [])}
    return BoardView(
        day=on,
        plan=plan,
        teachers=[one.person for one in members if one.person_id in used],
        lines=lines,
        loose=[card for card in cards if card.planned.id not in in_lines],
        waiting=sorted(
            (
                Waiting(gap, pressing[gap.id], reasons.get(gap.id))
                for gap in waiting
                if gap.id not in placed
            ),
            key=lambda one: (-one.urgency, one.gap.id),
        ),
        targets=_targets(session, team_id),
    )


def _lines(on: Day, cards: list[Card], published: list[CoachingSession]) -> list[Line]:
    """Slots of the day with what begins in each; slots at the same time are one row."""
    lines: dict[tuple[object, object], Line] = {}
    for slot in on.slots:
        key = slot.starts_at, slot.ends_at
        known = lines.get(key)
        if known is not None:
            both = replace(known.slot, rooms={**known.slot.rooms, **slot.rooms})
            lines[key] = replace(known, slot=both)
            continue
        lines[key] = Line(
            slot=slot,
            proposed=_by_teacher([card for card in cards if _begins(card.planned, slot)]),
            published=_published([one for one in published if _begins(one, slot)]),
            is_over=slot.ends_at <= now(),
        )
    return list(lines.values())


def _begins(one: PlannedSession | CoachingSession, slot: DaySlot) -> bool:
    return slot.starts_at <= one.starts_at < slot.ends_at


def _by_teacher(cards: list[Card]) -> dict[int, list[Card]]:
    found: dict[int, list[Card]] = {}
    for card in cards:
        found.setdefault(card.planned.teacher_id, []).append(card)
    return found


def _published(held: list[CoachingSession]) -> dict[int, list[CoachingSession]]:
    found: dict[int, list[CoachingSession]] = {}
    for one in held:
        found.setdefault(one.teacher_id, []).append(one)
    return found


def _targets(session: Session, team_id: int) -> list[Target]:
    return list(
        session.scalars(
            select(Target)
            .where(Target.team_id == team_id, Target.archived_at.is_(None))
            .order_by(Target.position, Target.id)
        )
    )
