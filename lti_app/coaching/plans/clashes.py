"""What does not fit on a board: said at once, and before anything is published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import bookings
from lti_app.coaching.models import PlannedSession
from lti_app.coaching.plans.slots import Day
from lti_app.db import now
from lti_app.errors import Words
from lti_app.people.models import Enrolment, Role


@dataclass(frozen=True)
class Misfit:
    """Something about a proposed session that does not fit."""

    planned_id: int
    words: Words
    stops: bool
    """It can't be published like this; otherwise a teacher may have reasons."""


def of_board(session: Session, day: Day, planned: Sequence[PlannedSession]) -> list[Misfit]:
    """What does not fit, in a number of queries that does not grow with the board."""
    if not planned:
        return []
    people = {gap.person_id for one in planned for gap in one.gaps}
    people |= {one.teacher_id for one in planned}
    taken = bookings.taken(
        session,
        people,
        min(one.starts_at for one in planned),
        max(one.ends_at for one in planned),
    )
    sections = _sections(session, people)
    return [
        misfit
        for one in planned
        for misfit in (
            *_teacher(day, one, planned, taken),
            *_students(day, one, planned, taken, sections),
            *_room(one, planned),
        )
    ]


def _span(one: PlannedSession) -> set[int]:
    return set(bookings.ticks(one.starts_at, one.ends_at))


def _at_once(one: PlannedSession, planned: Iterable[PlannedSession]) -> list[PlannedSession]:
    return [
        other
        for other in planned
        if other is not one and other.starts_at < one.ends_at and one.starts_at < other.ends_at
    ]


def _teacher(
    day: Day,
    one: PlannedSession,
    planned: Sequence[PlannedSession],
    taken: dict[int, dict[int, int]],
) -> Iterable[Misfit]:
    name = one.teacher.name
    if one.ends_at <= now():
        yield Misfit(one.id, _l("This time is over."), stops=True)
    if one.teacher_id in day.away:
        yield Misfit(one.id, _l("%(name)s is not there.", name=name), stops=True)
    busy = not _span(one).isdisjoint(taken.get(one.teacher_id, ()))
    if busy or any(other.teacher_id == one.teacher_id for other in _at_once(one, planned)):
        yield Misfit(
            one.id, _l("%(name)s has another session at this time.", name=name), stops=True
        )
    if not any(
        slot.starts_at <= one.starts_at and one.ends_at <= slot.ends_at for slot in day.slots
    ):
        yield Misfit(one.id, _l("No block takes place at this time."), stops=False)


def _students(
    day: Day,
    one: PlannedSession,
    planned: Sequence[PlannedSession],
    taken: dict[int, dict[int, int]],
    sections: dict[int, set[int]],
) -> Iterable[Misfit]:
    elsewhere = {gap.person_id for other in _at_once(one, planned) for gap in other.gaps}
    open_to = {
        section_id
        for slot in day.slots
        if slot.starts_at <= one.starts_at and one.ends_at <= slot.ends_at
        for section_id in slot.section_ids
    }
    span = _span(one)
    for gap in one.gaps:
        name = gap.person.name
        if gap.person_id in elsewhere or not span.isdisjoint(taken.get(gap.person_id, ())):
            yield Misfit(
                one.id, _l("%(name)s has another session at this time.", name=name), stops=True
            )
        elif gap.person_id not in sections:
            yield Misfit(one.id, _l("%(name)s has left the class.", name=name), stops=False)
        elif open_to and sections[gap.person_id].isdisjoint(open_to):
            yield Misfit(
                one.id,
                _l("%(name)s has no personalization time then.", name=name),
                stops=False,
            )


def _room(one: PlannedSession, planned: Sequence[PlannedSession]) -> Iterable[Misfit]:
    if one.room and any(
        other.room.casefold() == one.room.casefold() for other in _at_once(one, planned)
    ):
        yield Misfit(
            one.id, _l("%(room)s has two sessions at this time.", room=one.room), stops=False
        )


def _sections(session: Session, people: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for person_id, section_id in session.execute(
        select(Enrolment.person_id, Enrolment.section_id).where(
            Enrolment.person_id.in_(people), Enrolment.active, Enrolment.role == Role.STUDENT
        )
    ):
        found.setdefault(person_id, set()).add(section_id)
    return found
