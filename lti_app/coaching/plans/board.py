"""The board of a day's plan: what a teacher changes on it, and what does not fit."""

from collections.abc import Collection
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lti_app.coaching import gaps, sessions, team_rules
from lti_app.coaching.models import (
    Gap,
    Plan,
    PlannedSession,
    PlanState,
    SessionKind,
)
from lti_app.coaching.plans import asking, making
from lti_app.coaching.plans.slots import Day, DaySlot
from lti_app.db import now
from lti_app.errors import BadInput, NotHere


def opened(session: Session, team_id: int, day: Day) -> Plan:
    """The day's plan, locked for a change; an empty one where nobody has planned it yet."""
    plan = making.begun(session, team_id, day.day, PlanState.READY)
    if plan.state == PlanState.WANTED:
        raise BadInput(
            _l("This day is being planned right now."), _l("Wait a few seconds, then try again.")
        )
    if plan.state == PlanState.PUBLISHED:
        plan.state = PlanState.READY
    plan.version += 1
    return plan


def _one(plan: Plan, planned_id: int) -> PlannedSession:
    found = next((one for one in plan.sessions if one.id == planned_id), None)
    if found is None:
        raise NotHere
    return found


def slot_at(day: Day, starts_at: datetime, teacher_id: int) -> DaySlot:
    """The slot that begins at a moment and in which a teacher holds sessions. Raises `BadInput`."""
    for slot in day.slots:
        if slot.starts_at == starts_at and teacher_id in slot.rooms and slot.ends_at > now():
            return slot
    raise BadInput(
        _l("No session can be held there."), _l("Pick a free place of the board that is to come.")
    )


def move(plan: Plan, planned_id: int, slot: DaySlot, teacher_id: int) -> None:
    """Put a proposed session at another time, or with another teacher."""
    planned = _one(plan, planned_id)
    planned.starts_at, planned.ends_at = slot.starts_at, slot.ends_at
    planned.teacher_id = teacher_id
    planned.room = slot.rooms[teacher_id]


def lock(plan: Plan, planned_id: int, *, locked: bool) -> None:
    """Planning again leaves it as it is, or may change it after all."""
    _one(plan, planned_id).locked = locked


def remove(session: Session, plan: Plan, planned_id: int) -> None:
    """Take a proposed session off the board; its gaps have no place then."""
    session.delete(_one(plan, planned_id))


def add(
    session: Session, plan: Plan, target_id: int, slot: DaySlot, teacher_id: int
) -> PlannedSession:
    """Propose a session on a target that the team has."""
    planned = PlannedSession(
        plan_id=plan.id,
        teacher_id=teacher_id,
        target_id=target_id,
        kind=SessionKind.SEMINAR,
        room=slot.rooms[teacher_id],
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        locked=True,
    )
    session.add(planned)
    session.flush()
    return planned


def seat(session: Session, plan: Plan, gap_id: int, planned_id: int, *, team_id: int) -> None:
    """Give a gap a place in a proposed session; its place in another is free then.

    Raises `BadInput` where the session is on another target, `NotHere` for a gap that does not
    wait.
    """
    planned = _one(plan, planned_id)
    gap = _waiting(session, plan, gap_id, team_id)
    if gap.target_id != planned.target_id:
        raise BadInput(
            _l("This session is on another target."),
            _l("Put the student into a session on the same target, or on a free place."),
        )
    if gap_id in {one.id for one in planned.gaps}:
        return
    _put(session, plan, gap, planned)


def seat_in_new(
    session: Session,
    plan: Plan,
    gap_id: int,
    slot: DaySlot,
    teacher_id: int,
    *,
    team_id: int,
) -> None:
    """Propose a session for a gap alone."""
    gap = _waiting(session, plan, gap_id, team_id)
    _put(session, plan, gap, add(session, plan, gap.target_id, slot, teacher_id))


def _waiting(session: Session, plan: Plan, gap_id: int, team_id: int) -> Gap:
    for gap in asking.waiting_gaps(session, team_id, plan.day):
        if gap.id == gap_id:
            return gap
    raise NotHere


def _put(session: Session, plan: Plan, gap: Gap, planned: PlannedSession) -> None:
    unseat(session, plan, [gap.id])
    planned.gaps = [*planned.gaps, gap]
    _fit(session, plan)


def unseat(session: Session, plan: Plan, gap_ids: Collection[int]) -> None:
    """Gaps have no place in the plan any more; a session for these alone goes with them."""
    for planned in list(plan.sessions):
        stay = [gap for gap in planned.gaps if gap.id not in gap_ids]
        if len(stay) == len(planned.gaps):
            continue
        if stay:
            planned.gaps = stay
        else:
            session.delete(planned)
    session.flush()
    session.expire(plan, ["sessions"])
    _fit(session, plan)


def split(session: Session, plan: Plan, planned_id: int) -> PlannedSession:
    """Make two of a session: every second student, the most pressing first, goes into another at
    the same place, from where it can be moved. Raises `BadInput` for one with one student."""
    planned = _one(plan, planned_id)
    ranked = _by_urgency(session, plan, planned.gaps)
    if len(ranked) < 2:
        raise BadInput(_l("One student can't be split."), _l("Nothing was changed."))
    other = PlannedSession(
        plan_id=plan.id,
        teacher_id=planned.teacher_id,
        target_id=planned.target_id,
        kind=planned.kind,
        room=planned.room,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        locked=planned.locked,
        gaps=ranked[1::2],
    )
    planned.gaps = ranked[::2]
    session.add(other)
    session.flush()
    session.expire(plan, ["sessions"])
    _fit(session, plan)
    return other


def merge(session: Session, plan: Plan, planned_id: int, into_id: int) -> None:
    """Make one of two sessions on the same target. Raises `BadInput` for different targets."""
    planned, into = _one(plan, planned_id), _one(plan, into_id)
    if planned is into:
        return
    if planned.target_id != into.target_id:
        raise BadInput(
            _l("These sessions are on different targets."),
            _l("Only sessions on the same target can become one."),
        )
    into.gaps = sorted({*into.gaps, *planned.gaps}, key=lambda gap: gap.id)
    session.delete(planned)
    session.flush()
    session.expire(plan, ["sessions"])
    _fit(session, plan)


def _by_urgency(session: Session, plan: Plan, found: Collection[Gap]) -> list[Gap]:
    pressing = gaps.urgencies(found, team_rules.looks(session, plan.team_id))
    return sorted(found, key=lambda gap: (-pressing[gap.id], gap.id))


def _fit(session: Session, plan: Plan) -> None:
    """Each session's kind follows the number of its students; those without any stay seminars."""
    session.flush()
    most = team_rules.looks(session, plan.team_id).rules.group_most
    for planned in plan.sessions:
        students = len({gap.person_id for gap in planned.gaps})
        planned.kind = sessions.kind_for(students, most) if students else SessionKind.SEMINAR
    session.flush()
