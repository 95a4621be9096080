"""The district's calendar, from an iCalendar file (RFC 5545): which days are without school."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from flask_babel import lazy_gettext as _l
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.coaching.events import school_days_changed
from lti_app.coaching.models import CalendarEvent
from lti_app.coaching.school_days import LONGEST_BREAK_DAYS
from lti_app.errors import BadInput, Words

MOST_BYTES = 1024 * 1024
MOST_EVENTS = 2000
MOST_TIMES = 200
"""So often one event may recur."""
LONGEST_NAME = 300
ONE_DAY = timedelta(days=1)

OFF = re.compile(
    r"\b(no school|no classes|school closed|schools closed|holiday|break|recess|vacation|"
    r"teacher work ?day|teacher in-?service|professional development|staff only|staff development|"
    r"no hay clases|sin clases|feriado|festivo|vacaciones|receso)\b",
    re.IGNORECASE,
)
SCHOOL_ALL_THE_SAME = re.compile(
    r"\b(half[- ]day|early (dismissal|release)|late start|delayed|medio d[ií]a|salida temprana)\b",
    re.IGNORECASE,
)


@dataclass
class CalendarReport:
    """What an import has done."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    as_before: int = 0
    left_out: list[tuple[str, Words]] = field(default_factory=list)
    """Names of events that were not taken, and why."""


@dataclass(frozen=True)
class _Span:
    """An event's days."""

    uid: str
    first_day: date
    last_day: date
    name: str


def looks_off(name: str) -> bool:
    """Whether a name sounds like days without school; an administrator has the last word."""
    return bool(OFF.search(name)) and not SCHOOL_ALL_THE_SAME.search(name)


def import_ics(session: Session, data: bytes) -> CalendarReport:
    """Bring the district's calendar up to what a file says, in the caller's transaction.

    Only events of whole days are kept. What an administrator said about one stays. Importing the
    same file again changes nothing. Raises `BadInput` for what is no calendar; nothing is changed
    then.
    """
    report = CalendarReport()
    found = {(one.uid, one.first_day): one for one in _spans(_parsed(data), report)}
    if len(found) > MOST_EVENTS:
        raise BadInput(
            _l("This calendar has too many events."), _l("Export the school year's days only.")
        )
    known = {(one.uid, one.first_day): one for one in session.scalars(select(CalendarEvent))}
    for key, span in found.items():
        event = known.pop(key, None)
        if event is None:
            session.add(
                CalendarEvent(
                    uid=span.uid,
                    first_day=span.first_day,
                    last_day=span.last_day,
                    name=span.name,
                    is_day_off=looks_off(span.name),
                )
            )
            report.added += 1
        elif (event.last_day, event.name) == (span.last_day, span.name):
            report.as_before += 1
        else:
            event.last_day, event.name = span.last_day, span.name
            if not event.said_by_person:
                event.is_day_off = looks_off(span.name)
            report.changed += 1
    for event in known.values():
        session.delete(event)
        report.removed += 1
    session.flush()
    school_days_changed.send(session)
    return report


def _parsed(data: bytes) -> Calendar:
    if len(data) > MOST_BYTES:
        raise BadInput(_l("This file is too large."), _l("Export the school year's days only."))
    try:
        text = data.decode("utf-8-sig")
        made = Calendar.from_ical(text) if "BEGIN:VCALENDAR" in text else None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        made = None
    if made is None:
        raise BadInput(
            _l("This is not a calendar file."),
            _l("Export your calendar as an .ics file and send that."),
        )
    return made


def _spans(calendar: Calendar, report: CalendarReport) -> Iterator[_Span]:
    for event in calendar.walk("VEVENT"):
        name = " ".join(str(event.get("summary", "")).split())[:LONGEST_NAME] or "—"
        try:
            yield from _days(event, name, report)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            report.left_out.append((name, _l("its dates can't be read")))


def _days(event: Any, name: str, report: CalendarReport) -> Iterator[_Span]:
    first: Any = event.decoded("dtstart")
    if isinstance(first, datetime) or str(event.get("status", "")).upper() == "CANCELLED":
        return
    long = _length(event, first)
    if not ONE_DAY <= long <= LONGEST_BREAK_DAYS * ONE_DAY:
        report.left_out.append((name, _l("it is longer than a school break")))
        return
    uid = str(event.get("uid", "")) or f"{name}-{first}"
    for day in _times(event, first):
        yield _Span(uid[:255], day, day + long - ONE_DAY, name)


def _length(event: Any, first: date) -> timedelta:
    """Whole days; `DTEND` is not included (RFC 5545 §3.6.1)."""
    if "dtend" in event:
        last: Any = event.decoded("dtend")
        lasts: timedelta = last - first
        return max(lasts, ONE_DAY)
    if "duration" in event:
        lasts = event.decoded("duration")
        return max(timedelta(days=lasts.days), ONE_DAY)
    return ONE_DAY


def _times(event: Any, first: date) -> list[date]:
    rule = event.get("rrule")
    if rule is None:
        return [first]
    begins = datetime.combine(first, datetime.min.time())
    # A rule's end is a day here, as its begin is: dateutil wants both without a zone.
    text = re.sub(r"(UNTIL=\d{8})(T\d{6}Z?)?", r"\1T000000", rule.to_ical().decode())
    left_out = {one.dt for one in _excluded(event)}
    days: list[date] = []
    for at in rrulestr(text, dtstart=begins):
        if len(days) >= MOST_TIMES or at - begins > timedelta(days=730):
            break
        if at.date() not in left_out:
            days.append(at.date())
    return days


def _excluded(event: Any) -> list[Any]:
    found = event.get("exdate", [])
    return [one for some in (found if isinstance(found, list) else [found]) for one in some.dts]


def of_district(session: Session) -> list[CalendarEvent]:
    """The calendar's events, earliest first."""
    return list(
        session.scalars(
            select(CalendarEvent).order_by(
                CalendarEvent.first_day, CalendarEvent.last_day, CalendarEvent.id
            )
        )
    )


def say(session: Session, off_ids: set[int]) -> int:
    """An administrator says which events are days off: these, and no others. Returns how many
    are otherwise now."""
    changed = 0
    for event in of_district(session):
        if event.is_day_off != (event.id in off_ids):
            event.is_day_off = not event.is_day_off
            event.said_by_person = True
            changed += 1
    session.flush()
    if changed:
        school_days_changed.send(session)
    return changed
