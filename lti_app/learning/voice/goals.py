"""Goals for the week: set by the student, settled by the student or by the work itself.

A goal bound to a target is marked as reached in the transaction that scores the attempt: what is
read later (by teachers, by the suggestion of a choice level) is a column and not worked out anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, joinedload

from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.learning import attempts, mastery
from lti_app.learning.attempts import Scored
from lti_app.learning.events import attempts_scored
from lti_app.learning.models import Goal, GoalState, Level, Target
from lti_app.learning.voice.turns import take_turn
from lti_app.learning.voice.weeks import week_of
from lti_app.learning.voice.words import cleaned
from lti_app.people.models import District, Enrolment, Role, Section

MOST_OPEN = 3
LONGEST_GOAL = 200
"""Characters of a goal in own words."""


def set_goal(
    session: Session,
    *,
    person_id: int,
    section_id: int,
    week: date,
    target: Target | None = None,
    text: str = "",
) -> Goal:
    """Set a goal for the week that begins on `week`: a target to meet, or own words.

    The same goal set twice stays one. Raises `BadInput` for a goal that says nothing, an
    over-long one, a target that is met already, and a fourth open goal.
    """
    text = "" if target is not None else cleaned(text, LONGEST_GOAL)
    if target is None and not text:
        raise BadInput(
            _l("Your goal is empty."), _l("Pick a target, or write what you want to do.")
        )
    take_turn(session, person_id, section_id)
    those = of_week(session, person_id, section_id, week)
    for goal in those:
        if _same(goal, target, text):
            return goal
    if target is not None:
        levels = attempts.standings(session, [person_id], [target.id])
        if mastery.is_met(levels.get((person_id, target.id), Level.NOT_STARTED)):
            raise BadInput(_l("You have met this target already."), _l("Pick another one."))
    if sum(goal.state == GoalState.OPEN for goal in those) >= MOST_OPEN:
        raise BadInput(
            _l("You have %(n)s goals this week.", n=MOST_OPEN),
            _l("Reach one or take one away. Then set a new one."),
        )
    goal = Goal(
        person_id=person_id,
        section_id=section_id,
        week=week,
        target=target,
        text=text,
        state=GoalState.OPEN,
    )
    session.add(goal)
    session.flush()
    return goal


def _same(goal: Goal, target: Target | None, text: str) -> bool:
    if target is not None:
        return goal.target_id == target.id
    return goal.target_id is None and goal.text.casefold() == text.casefold()


def settle(
    session: Session,
    *,
    person_id: int,
    section_id: int,
    goal_id: int,
    state: GoalState,
    this_week: date,
) -> Goal:
    """The student says what became of a goal; saying it twice changes nothing.

    Raises `NotHere` for someone else's goal, and `BadInput` where a goal of a week that is over
    would be opened again.
    """
    goal = _own(session, person_id, section_id, goal_id)
    if goal.state == state:
        return goal
    if state == GoalState.OPEN and goal.week != this_week:
        raise BadInput(_l("That week is over."), _l("Set it as a goal for this week."))
    goal.state = state
    goal.settled_at = None if state == GoalState.OPEN else now()
    session.flush()
    return goal


def take_away(
    session: Session, *, person_id: int, section_id: int, goal_id: int, this_week: date
) -> None:
    """The student does not want an open goal of this week any more; it is deleted.

    Raises `NotHere` for someone else's goal, and `BadInput` for one that was settled or whose
    week is over.
    """
    goal = _own(session, person_id, section_id, goal_id)
    if goal.state != GoalState.OPEN or goal.week != this_week:
        raise BadInput(_l("This goal stays."), _l("You can take away open goals of this week."))
    session.delete(goal)
    session.flush()


def _own(session: Session, person_id: int, section_id: int, goal_id: int) -> Goal:
    goal = session.scalars(
        select(Goal)
        .where(Goal.id == goal_id, Goal.person_id == person_id, Goal.section_id == section_id)
        .with_for_update()
    ).first()
    if goal is None:
        raise NotHere
    return goal


@attempts_scored.connect
def keep_when_met(session: Session, scored: Sequence[Scored]) -> None:
    """A target was met: the student's goal on it is reached.

    It counts for the week in which the work was sent as well as for the week in which it was
    scored, so that nobody loses a goal to a teacher's weekend; a *not yet* that the student said
    while the work still waited becomes *reached* too.
    """
    met = [one for one in scored if mastery.is_met(one.standing.level)]
    if not met:
        return
    found = session.scalars(
        select(Goal)
        .where(
            tuple_(Goal.person_id, Goal.target_id).in_({one.pair for one in met}),
            Goal.state != GoalState.KEPT,
        )
        .order_by(Goal.id)
        .with_for_update()
    ).all()
    if not found:
        return
    timezone = session.scalars(
        select(District.timezone)
        .join(Section, Section.district_id == District.id)
        .where(Section.id == met[0].attempt.section_id)
    ).one()
    weeks: dict[tuple[int, int], set[date]] = {}
    for one in met:
        moments = (one.attempt.submitted_at, one.score.scored_at)
        weeks.setdefault(one.pair, set()).update(week_of(at, timezone) for at in moments)
    for goal in found:
        if goal.target_id is not None and goal.week in weeks[(goal.person_id, goal.target_id)]:
            goal.state = GoalState.KEPT
            goal.settled_at = now()
    session.flush()


@dataclass(frozen=True)
class Current:
    """A student's goals that matter now."""

    this_week: list[Goal]
    unsettled: list[Goal]
    """Of earlier weeks, which the student has not settled; the newest week first."""

    @property
    def has_room(self) -> bool:
        """Whether another goal can be set this week."""
        return sum(goal.state == GoalState.OPEN for goal in self.this_week) < MOST_OPEN


def current(session: Session, person_id: int, section_id: int, this_week: date) -> Current:
    """This week's goals, and what is left to settle, in one query."""
    found = session.scalars(
        select(Goal)
        .where(
            Goal.person_id == person_id,
            Goal.section_id == section_id,
            (Goal.week == this_week) | ((Goal.week < this_week) & (Goal.state == GoalState.OPEN)),
        )
        .order_by(Goal.week.desc(), Goal.id)
        .options(joinedload(Goal.target))
    ).all()
    return Current(
        this_week=[goal for goal in found if goal.week == this_week],
        unsettled=[goal for goal in found if goal.week != this_week],
    )


def of_week(session: Session, person_id: int, section_id: int, week: date) -> Sequence[Goal]:
    """A student's goals of one week, in the order they were set."""
    return session.scalars(
        select(Goal)
        .where(Goal.person_id == person_id, Goal.section_id == section_id, Goal.week == week)
        .order_by(Goal.id)
        .options(joinedload(Goal.target))
    ).all()


def of_student(session: Session, person_id: int, section_id: int, weeks: int = 8) -> Sequence[Goal]:
    """A student's goals of about the last `weeks` weeks, the newest week first; with targets."""
    since = now().date() - timedelta(weeks=weeks)
    return session.scalars(
        select(Goal)
        .where(Goal.person_id == person_id, Goal.section_id == section_id, Goal.week > since)
        .order_by(Goal.week.desc(), Goal.id)
        .options(joinedload(Goal.target))
    ).all()


def of_section_week(session: Session, section_id: int, week: date) -> dict[int, list[Goal]]:
    """Goals of the section's present students in the week that begins on `week`, by person id;
    who has none is left out."""
    found = session.scalars(
        select(Goal)
        .join(
            Enrolment,
            (Enrolment.person_id == Goal.person_id) & (Enrolment.section_id == Goal.section_id),
        )
        .where(
            Goal.section_id == section_id,
            Goal.week == week,
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
        )
        .order_by(Goal.id)
        .options(joinedload(Goal.target))
    )
    by_person: dict[int, list[Goal]] = {}
    for goal in found:
        by_person.setdefault(goal.person_id, []).append(goal)
    return by_person
