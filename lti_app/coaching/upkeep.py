"""What the clock brings, without anyone pressing a button: a worker looks every minute."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching import attendance, helps, stuck
from lti_app.coaching.models import CoachingSession, GapHelp
from lti_app.db import Database, now


def once(database: Database) -> bool:
    """Find who is stuck, settle sessions that are over, let silent gaps wait again.

    Some of each, district by district. True where there may be more.
    """
    more = stuck.open_due(database)
    with database.session(writes=False) as session:
        districts = _with_something_over(session)
    for district_id in districts:
        with database.transaction(district_id=district_id) as session:
            more |= attendance.settle(session) == attendance.AT_ONCE
        with database.transaction(district_id=district_id) as session:
            more |= helps.end_silence(session) == helps.AT_ONCE
    return more


def _with_something_over(session: Session) -> list[int]:
    over = select(CoachingSession.district_id).where(
        CoachingSession.settled_at.is_(None),
        CoachingSession.cancelled_at.is_(None),
        CoachingSession.ends_at <= now(),
    )
    silent = select(GapHelp.district_id).where(GapHelp.decided_at.is_(None))
    return sorted({*session.scalars(over.distinct()), *session.scalars(silent.distinct())})
