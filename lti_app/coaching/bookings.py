"""Bookings: who is taken when. The table's primary key keeps everyone from being booked twice."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.coaching.models import Booking, CoachingSession
from lti_app.db import insert_into
from lti_app.errors import BadInput

TICK_S = 300
"""Five minutes: coaching sessions begin and end on these."""
ROWS_AT_ONCE = 2000
"""Four values a row: SQLite takes at most 32,766 values in a statement."""


def ticks(starts_at: datetime, ends_at: datetime) -> range:
    """Numbers of the five minutes from `starts_at` up to `ends_at`."""
    return range(int(starts_at.timestamp()) // TICK_S, -(-int(ends_at.timestamp()) // TICK_S))


def refuse_odd_times(*moments: datetime) -> None:
    """Raise `BadInput` for a moment that is not at a full five minutes."""
    if any(moment.timestamp() % TICK_S for moment in moments):
        raise BadInput(
            _l("Sessions begin and end at a full five minutes."),
            _l("Pick a time such as 10:20 or 10:25."),
        )


def book(session: Session, wanted: Mapping[CoachingSession, Collection[int]]) -> dict[int, int]:
    """Book people for coaching sessions, all in one go.

    Returns those who are taken already at the time of one of them, by person: the id of that
    session. These are not booked for it; everyone else is. Two who book the same person at once
    wait for each other, and the second is told.
    """
    rows = [
        {
            "person_id": person_id,
            "tick": tick,
            "coaching_session_id": coaching.id,
            "district_id": coaching.district_id,
        }
        for coaching, person_ids in wanted.items()
        for person_id in sorted(set(person_ids))
        for tick in ticks(coaching.starts_at, coaching.ends_at)
    ]
    # In one order everywhere: two transactions that book the same people can't block each other.
    rows.sort(key=lambda row: (row["person_id"], row["tick"]))
    got: Counter[tuple[int, int]] = Counter()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        got.update(_insert(session, rows[start : start + ROWS_AT_ONCE]))
    missing = Counter((row["person_id"], row["coaching_session_id"]) for row in rows)
    missing.subtract(got)
    taken = {person_id: one for (person_id, one), short in missing.items() if short}
    for person_id, coaching_session_id in taken.items():
        # Where they were booked for it before, they are not any more: the caller decides.
        release(session, [coaching_session_id], [person_id])
    return taken


def _insert(session: Session, rows: list[dict[str, int]]) -> Iterable[tuple[int, int]]:
    statement = insert_into(session, Booking).values(rows).on_conflict_do_nothing()
    returned = session.execute(statement.returning(Booking.person_id, Booking.coaching_session_id))
    return [(person_id, one) for person_id, one in returned]


def release(
    session: Session,
    coaching_session_ids: Collection[int],
    person_ids: Collection[int] | None = None,
) -> None:
    """People (all, where none are given) are free again at the time of these sessions."""
    gone = delete(Booking).where(Booking.coaching_session_id.in_(coaching_session_ids))
    if person_ids is not None:
        gone = gone.where(Booking.person_id.in_(person_ids))
    session.execute(gone)


def taken(
    session: Session, person_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> dict[int, dict[int, int]]:
    """When people are booked within a time: person → tick → coaching session, in one query."""
    span = ticks(starts_at, ends_at)
    rows = session.execute(
        select(Booking.person_id, Booking.tick, Booking.coaching_session_id).where(
            Booking.person_id.in_(person_ids),
            Booking.tick >= span.start,
            Booking.tick < span.stop,
        )
    )
    found: dict[int, dict[int, int]] = {}
    for person_id, tick, coaching_session_id in rows:
        found.setdefault(person_id, {})[tick] = coaching_session_id
    return found
