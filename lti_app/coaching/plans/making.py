"""A plan is wanted, a worker makes it. The row says what is to be done; the queue only wakes."""

import logging
from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.events import plan_wanted
from lti_app.coaching.models import Gap, Plan, PlannedSession, PlanState, planned_gaps
from lti_app.coaching.planner.problem import Problem, Solution
from lti_app.coaching.plans import asking, slots
from lti_app.db import Database, insert_if_missing, now

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than planning the largest team takes; a worker that was killed is forgotten after it."""
Planner = Callable[[Problem], Solution]


def want(session: Session, team_id: int, day: date) -> Plan:
    """Have the day planned (again). What is locked stays; what is being planned is begun anew."""
    plan = begun(session, team_id, day, PlanState.WANTED)
    plan.state = PlanState.WANTED
    plan.wanted_at = now()
    plan.leased_until = None
    plan.version += 1
    session.flush()
    plan_wanted.send(session, plan_id=plan.id)
    return plan


def begun(session: Session, team_id: int, day: date, state: PlanState) -> Plan:
    """The day's plan, locked for a change; a new one in `state` where there was none."""
    insert_if_missing(
        session,
        Plan,
        team_id=team_id,
        day=day,
        state=state,
        version=0,
        wanted_at=now(),
        urgency_met=0,
        urgency_bound=0,
        left_out=[],
    )
    plan = of_day(session, team_id, day, lock=True)
    assert plan is not None  # noqa: S101 - inserted above, or there before
    return plan


def of_day(session: Session, team_id: int, day: date, *, lock: bool = False) -> Plan | None:
    """The team's plan for a day with its proposed sessions, or None."""
    wanted = (
        select(Plan)
        .where(Plan.team_id == team_id, Plan.day == day)
        .options(
            selectinload(Plan.sessions).selectinload(PlannedSession.gaps).selectinload(Gap.person),
            selectinload(Plan.sessions).selectinload(PlannedSession.target),
            selectinload(Plan.sessions).selectinload(PlannedSession.teacher),
        )
    )
    if lock:
        wanted = wanted.with_for_update(of=Plan).execution_options(populate_existing=True)
    return session.scalars(wanted).first()


def due(session: Session) -> list[tuple[int, int]]:
    """District and id of plans that are wanted and that no worker makes."""
    return [
        (district_id, plan_id)
        for district_id, plan_id in session.execute(
            select(Plan.district_id, Plan.id)
            .where(
                Plan.state == PlanState.WANTED,
                or_(Plan.leased_until.is_(None), Plan.leased_until < now()),
            )
            .order_by(Plan.wanted_at)
        )
    ]


def make(database: Database, district_id: int, plan_id: int, planner: Planner) -> bool:
    """Make one plan; False where another worker makes it, or where it was changed meanwhile.

    Three short steps: take the lease and read, think without a transaction, write. A worker that
    is killed while it thinks leaves a lease that ends.
    """
    with database.transaction(district_id=district_id) as session:
        plan = _leased(session, plan_id)
        if plan is None:
            return False
        version, problem, by_slot = _ask(session, plan)
    solution = planner(problem)
    with database.transaction(district_id=district_id) as session:
        plan = session.scalars(select(Plan).where(Plan.id == plan_id).with_for_update()).first()
        if plan is None or plan.version != version or plan.state != PlanState.WANTED:
            return False
        _write(session, plan, solution, by_slot)
    return True


def _leased(session: Session, plan_id: int) -> Plan | None:
    plan = session.scalars(
        select(Plan)
        .where(
            Plan.id == plan_id,
            Plan.state == PlanState.WANTED,
            or_(Plan.leased_until.is_(None), Plan.leased_until < now()),
        )
        .with_for_update(skip_locked=True)
    ).first()
    if plan is not None:
        plan.leased_until = now() + LEASE
    return plan


def _ask(session: Session, plan: Plan) -> tuple[int, Problem, tuple[slots.DaySlot, ...]]:
    day = slots.of_day(session, plan.team_id, plan.day)
    locked = session.scalars(
        select(PlannedSession)
        .where(PlannedSession.plan_id == plan.id, PlannedSession.locked)
        .options(selectinload(PlannedSession.gaps))
    ).all()
    held = [
        asking.Held(
            one.starts_at,
            one.ends_at,
            one.teacher_id,
            tuple({gap.person_id for gap in one.gaps}),
            tuple(gap.id for gap in one.gaps),
        )
        for one in locked
    ]
    problem = asking.problem_of(
        session,
        plan.team_id,
        day,
        asking.waiting_gaps(session, plan.team_id, plan.day),
        held,
        not_before=now(),
    )
    return plan.version, problem, day.slots


def _write(
    session: Session, plan: Plan, solution: Solution, day_slots: tuple[slots.DaySlot, ...]
) -> None:
    session.execute(
        delete(PlannedSession).where(
            PlannedSession.plan_id == plan.id, PlannedSession.locked.is_(False)
        )
    )
    for one in solution.sessions:
        slot = day_slots[one.slot]
        planned = PlannedSession(
            plan_id=plan.id,
            teacher_id=one.teacher_id,
            target_id=one.target_id,
            kind=one.kind,
            room=slot.rooms.get(one.teacher_id, ""),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )
        session.add(planned)
        session.flush()
        session.execute(
            planned_gaps.insert(),
            [{"planned_session_id": planned.id, "gap_id": gap_id} for gap_id in one.gap_ids],
        )
    plan.state = PlanState.READY
    plan.version += 1
    plan.made_at = now()
    plan.leased_until = None
    plan.urgency_met = solution.urgency_met
    plan.urgency_bound = solution.urgency_bound
    plan.left_out = [
        {"gap_id": gap_id, "reason": reason.value}
        for gap_id, reason in sorted(solution.left_out.items())
    ]
    log.info(
        "plan %s: %s sessions, %s of at most %s urgency",
        plan.id,
        len(solution.sessions),
        solution.urgency_met,
        solution.urgency_bound,
    )
