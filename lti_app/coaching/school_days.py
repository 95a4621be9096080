"""School days: Monday to Friday without the days off of the district's calendar."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching.models import CalendarEvent

SATURDAY = 5
FARTHEST_DAYS = 400
"""So far ahead a school day is looked for; a calendar with a longer break is taken as it stands."""
LONGEST_BREAK_DAYS = 120
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class SchoolDays:
    """When there is school."""

    days_off: frozenset[date] = frozenset()

    def is_school_day(self, day: date) -> bool:
        """Whether there is school on a day."""
        return day.weekday() < SATURDAY and day not in self.days_off

    def next_from(self, day: date) -> date:
        """This day if it is a school day, else the next that is one."""
        for ahead in range(FARTHEST_DAYS):
            found = day + timedelta(days=ahead)
            if self.is_school_day(found):
                return found
        return day

    def after(self, day: date, days: int) -> date:
        """The school day that comes `days` (1 or more) school days after `day`."""
        found = day
        for _ in range(days):
            found = self.next_from(found + ONE_DAY)
        return found

    def between(self, first: date, last: date) -> int:
        """School days after `first`, up to and with `last`; 0 where `last` is not after it."""
        ahead = max(0, (last - first).days)
        return sum(self.is_school_day(first + timedelta(days=n + 1)) for n in range(ahead))


def load(session: Session) -> SchoolDays:
    """The district's school days, in one query."""
    off: set[date] = set()
    for first, last in session.execute(
        select(CalendarEvent.first_day, CalendarEvent.last_day).where(CalendarEvent.is_day_off)
    ):
        long = min((last - first).days, LONGEST_BREAK_DAYS)
        off.update(first + timedelta(days=n) for n in range(long + 1))
    return SchoolDays(frozenset(off))
