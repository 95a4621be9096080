"""Draining the outbox of reminders: at least once, the newest state of a session wins.

Leased, sent and settled as `leases.py` says; announcements and events are known by their ids, so
that they are changed when they are told again, and not doubled.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from integrations.lms import LmsRefused, LmsUnavailable
from lti_app.coaching.models import CoachingSession
from lti_app.db import Database, now
from lti_app.people.models import District, Identity, Person, Section
from lti_app.sync import leases
from lti_app.sync.message_models import Channel, Message

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tell:
    """Something to tell one system."""

    version: int
    channel: Channel
    district_id: int
    section: Section | None
    person_id: int | None
    user_id: str
    """What the section's platform calls the person; empty where it is not known."""
    external_id: str
    coaching_session_id: int
    teacher: str
    locale: str | None
    """Of the person who is told."""
    timezone: str
    room: str
    titles: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    is_off: bool
    """The session was called off."""


Teller = Callable[[Tell], str]
"""Tells it; returns what the other system calls it. Raises `LmsError`."""


def tell_due(database: Database, teller: Teller, *, most: int = 200) -> datetime | None:
    """Tell what is due, at most `most`. Returns when the next is due, None where nothing waits or
    nothing was told now."""
    told = 0
    while told < most and (one := _lease_next(database)) is not None:
        _tell(database, teller, *one)
        told += 1
    return leases.next_due(database, Message) if told else None


def _lease_next(database: Database) -> tuple[Message, Tell] | None:
    with database.transaction() as session:
        message = leases.lease_next(session, Message)
        return None if message is None else (message, _read(session, message))


def _read(session: Session, message: Message) -> Tell:
    coaching = session.scalars(
        select(CoachingSession)
        .where(CoachingSession.id == message.coaching_session_id)
        .options(selectinload(CoachingSession.targets), selectinload(CoachingSession.teacher))
    ).one()
    section = session.get(Section, message.section_id) if message.section_id else None
    user_id = None
    if section is not None and message.person_id is not None:
        user_id = session.scalar(
            select(Identity.subject).where(
                Identity.person_id == message.person_id, Identity.source == section.source
            )
        )
    person = session.get(Person, message.person_id) if message.person_id else None
    return Tell(
        version=message.version,
        channel=Channel(message.channel),
        district_id=message.district_id,
        section=section,
        person_id=message.person_id,
        user_id=user_id or "",
        external_id=message.external_id,
        coaching_session_id=coaching.id,
        teacher=coaching.teacher.name,
        locale=person.locale if person else None,
        timezone=session.get_one(District, message.district_id).timezone,
        room=coaching.room,
        titles=tuple(target.title for target in coaching.targets),
        starts_at=coaching.starts_at,
        ends_at=coaching.ends_at,
        is_off=coaching.cancelled_at is not None,
    )


def _tell(database: Database, teller: Teller, message: Message, one: Tell) -> None:
    settle = partial(leases.settle, database, message, district_id=one.district_id)
    if one.ends_at <= now() or (one.is_off and not one.external_id and _is_silent(one)):
        # It is over, or was called off before anyone was told: nobody needs to hear of it.
        settle(lambda _session, row: leases.done(row))
        return
    try:
        external_id = teller(one)
    except LmsUnavailable as error:
        code, wait = error.code, error.retry_after
        settle(lambda _session, row: leases.later(row, code, wait))
    except LmsRefused as error:
        refused = error.code
        settle(lambda _session, row: leases.park(row, refused))
    except Exception as error:
        # A bug of ours must not stop the others.
        log.error("telling message %s failed: %s", message.id, type(error).__name__)
        settle(lambda _session, row: leases.later(row, "crashed"))
    else:
        settle(lambda _session, row: _told(row, external_id))


def _is_silent(one: Tell) -> bool:
    return one.channel != Channel.CANVAS_CONVERSATION


def _told(message: Message, external_id: str) -> None:
    leases.done(message)
    message.external_id = external_id[:255]
