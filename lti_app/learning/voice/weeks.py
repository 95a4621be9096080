"""Weeks and school years by a district's clock."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SCHOOL_YEAR_BEGINS = 8
"""August: the month in which no school of the district still works on the year before."""


def local_day(moment: datetime, timezone: str) -> date:
    """The day of a moment where the school is."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_of(moment: datetime, timezone: str) -> date:
    """The Monday of a moment's week where the school is."""
    return monday_of(local_day(moment, timezone))


def school_year_of(day: date) -> date:
    """The first day of a day's school year: August 1."""
    year = day.year if day.month >= SCHOOL_YEAR_BEGINS else day.year - 1
    return date(year, SCHOOL_YEAR_BEGINS, 1)
