"""Publishing a plan in one step, and taking a week over into the next."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from lti_app.coaching import sessions, team_rules
from lti_app.coaching.changes import day_span
from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    Plan,
    PlannedSession,
    PlanState,
    SessionKind,
)
from lti_app.coaching.plans import asking, board, clashes, making, slots
from lti_app.db import now
from lti_app.errors import BadInput, Words
from lti_app.learning.voice.weeks import local_day, monday_of
from lti_app.people.models import Person

SCHOOL_WEEK = 5


def publish(
    session: Session, team_id: int, day: date, *, version: int, by: int
) -> list[CoachingSession]:
    """Make coaching sessions of all that is proposed, with invitations; all of it or nothing.

    `version` is the plan's as it was looked at. Raises `BadInput` where somebody changed or
    published it meanwhile, where something clashes, and where there is nothing to publish.
    Gaps that closed or were invited meanwhile are left out.
    """
    plan = making.of_day(session, team_id, day, lock=True)
    if plan is None or not plan.sessions:
        raise BadInput(*_nothing(session, plan))
    if plan.version != version or plan.state == PlanState.WANTED:
        raise BadInput(
            _l("Somebody changed this plan meanwhile."),
            _l("Look at it once more, then publish."),
        )
    on = slots.of_day(session, team_id, day)
    stopping = [one for one in clashes.of_board(session, on, plan.sessions) if one.stops]
    if stopping:
        raise BadInput(stopping[0].words, _l("Mend what is marked on the board, then publish."))
    waiting = {gap.id: gap for gap in asking.waiting_gaps(session, team_id, day)}
    most = team_rules.looks(session, team_id).rules.group_most
    drafts: list[tuple[CoachingSession, list[Gap]]] = []
    for planned in sorted(plan.sessions, key=lambda one: (one.starts_at, one.id)):
        gaps = [waiting[gap.id] for gap in planned.gaps if gap.id in waiting]
        if planned.gaps and not gaps:
            continue
        kind = sessions.kind_for(len(gaps), most) if gaps else SessionKind.SEMINAR
        drafts.append(
            (
                CoachingSession(
                    team_id=team_id,
                    teacher_id=planned.teacher_id,
                    kind=kind,
                    room=planned.room,
                    starts_at=planned.starts_at,
                    ends_at=planned.ends_at,
                    places=sessions.places(kind, most),
                    targets=[planned.target],
                ),
                gaps,
            )
        )
    made = sessions.make(session, drafts)
    for planned in list(plan.sessions):
        session.delete(planned)
    plan.state = PlanState.PUBLISHED
    plan.version += 1
    plan.published_at = now()
    plan.published_by_id = by
    session.flush()
    return made


def _nothing(session: Session, plan: Plan | None) -> tuple[Words, Words]:
    if plan is not None and plan.published_by_id is not None:
        name = session.get_one(Person, plan.published_by_id).name
        return (
            _l("%(name)s has published this day already.", name=name),
            _l("The students see it. You can plan more around it."),
        )
    return _l("There is nothing to publish yet."), _l("Plan the day first.")


@dataclass(frozen=True)
class Copied:
    """What became of a week's sessions in the next."""

    proposed: int
    not_needed: int
    """Nobody of them needs help on it any more."""
    no_place: int
    """No school, no block, or no teacher at that time."""


def copy_week(session: Session, team_id: int, day: date) -> Copied:
    """Propose the sessions of a day's week for the next week: same weekday and time, same teacher
    and target, for those who still need it; seminars in any case. Done twice, it stands once."""
    timezone = team_rules.looks(session, team_id).timezone
    monday = monday_of(day)
    begins, _ = day_span(monday, timezone)
    _, ends = day_span(monday + timedelta(days=SCHOOL_WEEK - 1), timezone)
    by_day: dict[date, list[CoachingSession]] = {}
    for one in sessions.within(session, team_id, begins, ends):
        if one.cancelled_at is None and one.targets:
            by_day.setdefault(local_day(one.starts_at, timezone), []).append(one)
    proposed = not_needed = no_place = 0
    for held_on, held in sorted(by_day.items()):
        on = slots.of_day(session, team_id, held_on + timedelta(days=7))
        plan = board.opened(session, team_id, on)
        waiting = asking.waiting_gaps(session, team_id, on.day)
        for one in held:
            planned = _again(one, on, plan, waiting, timezone)
            if planned is None:
                no_place += 1
            elif not planned.gaps and planned.kind != SessionKind.SEMINAR:
                not_needed += 1
            else:
                session.add(planned)
                session.flush()
                session.expire(plan, ["sessions"])
                proposed += 1
    return Copied(proposed, not_needed, no_place)


def _again(
    one: CoachingSession, on: slots.Day, plan: Plan, waiting: list[Gap], timezone: str
) -> PlannedSession | None:
    """The session a week later; None where it has no place, or stands there already."""
    zone = ZoneInfo(timezone)
    clock = one.starts_at.astimezone(zone).time()
    slot = next(
        (
            slot
            for slot in on.slots
            if one.teacher_id in slot.rooms and slot.starts_at.astimezone(zone).time() == clock
        ),
        None,
    )
    if slot is None or any(
        other.teacher_id == one.teacher_id and other.starts_at == slot.starts_at
        for other in plan.sessions
    ):
        return None
    target = one.targets[0]
    people = {other.person_id for other in one.invitations} | {
        other.person_id for other in one.walk_ins
    }
    placed = {gap.id for other in plan.sessions for gap in other.gaps}
    return PlannedSession(
        plan_id=plan.id,
        teacher_id=one.teacher_id,
        target_id=target.id,
        kind=one.kind,
        room=one.room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        gaps=[
            gap
            for gap in waiting
            if gap.target_id == target.id and gap.person_id in people and gap.id not in placed
        ],
    )
