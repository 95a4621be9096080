"""What the planner is asked about a team's day, read from the tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching import bookings, gaps, invitations, team_rules
from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapHelp,
    GapState,
    Plan,
    PlannedSession,
    SessionKind,
    planned_gaps,
)
from lti_app.coaching.planner.problem import Need, Place, Problem, Sizes
from lti_app.coaching.plans.slots import Day
from lti_app.db import now
from lti_app.learning.models import Target
from lti_app.people.models import Enrolment, Role, Section


@dataclass(frozen=True)
class Held:
    """A proposed session that stands whatever is planned: it was locked."""

    starts_at: datetime
    ends_at: datetime
    teacher_id: int
    person_ids: tuple[int, ...]
    gap_ids: tuple[int, ...]


def waiting_gaps(session: Session, team_id: int, day: date) -> list[Gap]:
    """The team's gaps that wait for an invitation, of students who are there.

    Those that another day's plan has a place for, from today on, are left to it.
    """
    placed = (
        select(planned_gaps.c.gap_id)
        .join(PlannedSession, PlannedSession.id == planned_gaps.c.planned_session_id)
        .join(Plan, PlannedSession.plan_id == Plan.id)
        .where(Plan.team_id == team_id, Plan.day != day, PlannedSession.ends_at > now())
    )
    return list(
        session.scalars(
            select(Gap)
            .join(Section, Gap.section_id == Section.id)
            .join(Target, Gap.target_id == Target.id)
            .join(
                Enrolment,
                (Enrolment.person_id == Gap.person_id) & (Enrolment.section_id == Gap.section_id),
            )
            .where(
                Section.team_id == team_id,
                Gap.state.in_((GapState.OPEN, GapState.INVITED)),
                Gap.id.not_in(invitations.live_gap_ids()),
                Gap.id.not_in(placed),
                Target.archived_at.is_(None),
                Enrolment.active,
                Enrolment.role == Role.STUDENT,
            )
            .order_by(Gap.id)
            .options(selectinload(Gap.person), selectinload(Gap.target))
        )
    )


def problem_of(
    session: Session,
    team_id: int,
    day: Day,
    found: Sequence[Gap],
    held: Iterable[Held],
    *,
    not_before: datetime,
) -> Problem:
    """The problem of a team's day: its gaps `found`, its slots from `not_before` on, around what
    is booked and what is `held`; in a number of queries that does not grow."""
    held = list(held)
    looks = team_rules.looks(session, team_id)
    urgency = gaps.urgencies(found, looks)
    placed = {gap_id for one in held for gap_id in one.gap_ids}
    wanted = [gap for gap in found if gap.id not in placed]
    staff = sorted({one for slot in day.slots for one in slot.rooms})
    people = sorted({gap.person_id for gap in wanted})
    taken = _taken(session, [*people, *staff], day)
    busy, standing = _busy(taken, held), _standing(taken, held)
    sections = _sections(session, team_id, people)
    tried = _tried(session, [gap.id for gap in wanted])
    slots = tuple(slot.as_slot for slot in day.slots)
    open_slots = [n for n, slot in enumerate(day.slots) if slot.starts_at >= not_before]

    def free(person_id: int, which: int) -> bool:
        slot = slots[which]
        return busy.get(person_id, set()).isdisjoint(range(slot.first, slot.last))

    return Problem(
        slots=slots,
        needs=tuple(
            Need(
                gap_id=gap.id,
                person_id=gap.person_id,
                team_id=team_id,
                target_id=gap.target_id,
                urgency=urgency[gap.id],
                slots=frozenset(
                    n
                    for n in open_slots
                    if not day.slots[n].section_ids.isdisjoint(sections.get(gap.person_id, ()))
                    and free(gap.person_id, n)
                ),
                tried=frozenset(tried.get(gap.id, ())),
            )
            for gap in wanted
        ),
        places=tuple(
            Place(n, teacher_id, team_id)
            for n in open_slots
            for teacher_id in sorted(day.slots[n].rooms)
            if free(teacher_id, n)
        ),
        sizes=Sizes(looks.rules.group_most, looks.rules.seminar_from),
        most_a_day=looks.rules.most_a_day,
        held={person_id: standing[person_id] for person_id in people},
        load={person_id: standing[person_id] for person_id in staff},
    )


def _taken(session: Session, person_ids: list[int], day: Day) -> dict[int, dict[int, int]]:
    """What people have on that day from its first slot to its last, as in `bookings.taken`."""
    if not day.slots:
        return {}
    begins = min(slot.starts_at for slot in day.slots)
    ends = max(slot.ends_at for slot in day.slots)
    return bookings.taken(session, person_ids, begins, ends)


def _busy(taken: dict[int, dict[int, int]], held: Iterable[Held]) -> dict[int, set[int]]:
    """Five minutes in which each person has something, booked or held."""
    busy = {person_id: set(ticks) for person_id, ticks in taken.items()}
    for one in held:
        span = bookings.ticks(one.starts_at, one.ends_at)
        for person_id in (one.teacher_id, *one.person_ids):
            busy.setdefault(person_id, set()).update(span)
    return busy


def _standing(taken: dict[int, dict[int, int]], held: Iterable[Held]) -> Counter[int]:
    """Sessions that stand already on that day, by person."""
    standing = Counter({person_id: len(set(ticks.values())) for person_id, ticks in taken.items()})
    for one in held:
        standing.update((one.teacher_id, *one.person_ids))
    return standing


def _sections(session: Session, team_id: int, people: list[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for person_id, section_id in session.execute(
        select(Enrolment.person_id, Enrolment.section_id)
        .join(Section, Enrolment.section_id == Section.id)
        .where(
            Section.team_id == team_id,
            Enrolment.person_id.in_(people),
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
        )
    ):
        found.setdefault(person_id, set()).add(section_id)
    return found


def _tried(session: Session, gap_ids: list[int]) -> dict[int, set[tuple[int, SessionKind]]]:
    """Teachers and kinds that did not help: the gap was worked on, and is still there."""
    found: dict[int, set[tuple[int, SessionKind]]] = {}
    for gap_id, teacher_id, kind in session.execute(
        select(GapHelp.gap_id, CoachingSession.teacher_id, CoachingSession.kind)
        .join(CoachingSession, GapHelp.coaching_session_id == CoachingSession.id)
        .where(GapHelp.gap_id.in_(gap_ids), GapHelp.decided_at.is_not(None))
    ):
        found.setdefault(gap_id, set()).add((teacher_id, SessionKind(kind)))
    return found
