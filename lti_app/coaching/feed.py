"""A person's private calendar: their coaching sessions as iCalendar (RFC 5545)."""

import hashlib
import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _
from icalendar import Alarm, Calendar, Event
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.models import (
    CalendarFeed,
    CoachingSession,
    Invitation,
    InvitationState,
    WalkIn,
)
from lti_app.db import now
from lti_app.people.models import District, Enrolment, Person
from lti_app.ui import language_of

BACK, AHEAD = timedelta(days=30), timedelta(days=60)
REFRESH = timedelta(minutes=30)
COMES = (InvitationState.INVITED, InvitationState.ACCEPTED, InvitationState.ATTENDED)
WARN_BEFORE_MINUTES = (15, 5)


def of_person(session: Session, person_id: int) -> CalendarFeed | None:
    """The person's calendar address, or None."""
    return session.get(CalendarFeed, person_id)


def make(session: Session, person_id: int) -> CalendarFeed:
    """A new secret address; an older one stops at once."""
    token = secrets.token_urlsafe(32)
    feed = session.get(CalendarFeed, person_id, with_for_update=True)
    if feed is None:
        feed = CalendarFeed(person_id=person_id)
        session.add(feed)
    feed.token, feed.token_digest, feed.created_at = token, _digest(token), now()
    session.flush()
    return feed


def revoke(session: Session, person_id: int) -> None:
    """The address stops at once."""
    feed = session.get(CalendarFeed, person_id, with_for_update=True)
    if feed is not None:
        session.delete(feed)
        session.flush()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def owner(session: Session, token: str) -> tuple[Person, str] | None:
    """Whose address it is, and the district's time zone; None where it opens nothing."""
    row = session.execute(
        select(Person, District.timezone)
        .join(CalendarFeed, CalendarFeed.person_id == Person.id)
        .join(District, Person.district_id == District.id)
        .where(CalendarFeed.token_digest == _digest(token))
    ).first()
    return (row[0], row[1]) if row else None


def events(session: Session, person_id: int) -> list[CoachingSession]:
    """The sessions of a person's calendar: those they hold, or come to. Nothing for those who
    have left every section. One query, and one for each of what is loaded with it."""
    comes = or_(
        CoachingSession.teacher_id == person_id,
        CoachingSession.id.in_(
            select(Invitation.coaching_session_id).where(
                Invitation.person_id == person_id, Invitation.state.in_(COMES)
            )
        ),
        CoachingSession.id.in_(
            select(WalkIn.coaching_session_id).where(WalkIn.person_id == person_id)
        ),
    )
    still = select(Enrolment.id).where(Enrolment.person_id == person_id, Enrolment.active).exists()
    return list(
        session.scalars(
            select(CoachingSession)
            .where(
                comes,
                still,
                CoachingSession.starts_at > now() - BACK,
                CoachingSession.starts_at < now() + AHEAD,
            )
            .order_by(CoachingSession.starts_at, CoachingSession.id)
            .options(selectinload(CoachingSession.teacher), selectinload(CoachingSession.targets))
        )
    )


def calendar(found: list[CoachingSession], person: Person, timezone: str, host: str) -> bytes:
    """The sessions as an iCalendar stream, in the person's language and the district's zone.

    `host` makes the identifiers the installation's own (RFC 5545 §3.8.4.7).
    """
    zone = ZoneInfo(timezone)
    made = Calendar()
    made.add("prodid", "-//Pathways//Coaching sessions//EN")
    made.add("version", "2.0")
    made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    with force_locale(language_of(person.locale) or "en"):
        made.add("x-wr-calname", _("Coaching sessions"))
        for one in found:
            made.add_component(_event(one, person, zone, host))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def _event(one: CoachingSession, person: Person, zone: ZoneInfo, host: str) -> Event:
    titles = "; ".join(target.title for target in one.targets)
    event = Event()
    event.add("uid", f"coaching-{one.id}@{host}")
    event.add("dtstamp", one.changed_at)
    event.add("last-modified", one.changed_at)
    event.add("sequence", one.sequence)
    event.add("dtstart", one.starts_at.astimezone(zone))
    event.add("dtend", one.ends_at.astimezone(zone))
    if one.teacher_id == person.id:
        event.add("summary", _("Coaching: %(target)s", target=titles))
    else:
        event.add(
            "summary",
            _("%(teacher)s can help: %(target)s", teacher=one.teacher.name, target=titles),
        )
    if one.room:
        event.add("location", one.room)
    if one.cancelled_at is not None:
        event.add("status", "CANCELLED")
        return event
    event.add("status", "CONFIRMED")
    for minutes in WARN_BEFORE_MINUTES:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", titles)
        alarm.add("trigger", timedelta(minutes=-minutes))
        event.add_component(alarm)
    return event
