"""Draining the outbox of reminders: at least once, the newest state of a session wins.

As grades are sent (`delivery.py`): leased in one short transaction, sent with none open, settled in
another. A worker that dies in between loses its lease and another tells it again; announcements
and events are known by their ids, so that they are changed then and not doubled.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from integrations.lms import LmsRefused, LmsUnavailable
from lti_app.coaching.models import CoachingSession
from lti_app.db import Database, now
from lti_app.people.models import District, Identity, Person, Section
from lti_app.sync.delivery import LEASE_S, MOST_TRIES, wait_s
from lti_app.sync.message_models import Channel, Message
from lti_app.sync.models import DeliveryState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tell:
    """Something to tell one system."""

    message_id: int
    version: int
    tries: int
    token: str
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
        _tell(database, teller, one)
        told += 1
    if not told:
        return None
    with database.session(writes=False) as session:
        return session.scalar(
            select(Message.due_at)
            .where(Message.state == DeliveryState.WAITING)
            .order_by(Message.due_at)
            .limit(1)
        )


def _lease_next(database: Database) -> Tell | None:
    at = now()
    with database.transaction() as session:
        message = session.scalars(
            select(Message)
            .where(
                Message.state == DeliveryState.WAITING,
                Message.due_at <= at,
                or_(Message.leased_until.is_(None), Message.leased_until < at),
            )
            .order_by(Message.tries, Message.due_at, Message.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if message is None:
            return None
        message.leased_until = at + timedelta(seconds=LEASE_S)
        message.leased_by = str(uuid.uuid4())
        return _read(session, message)


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
        message_id=message.id,
        version=message.version,
        tries=message.tries,
        token=message.leased_by or "",
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


def _tell(database: Database, teller: Teller, one: Tell) -> None:
    if one.ends_at <= now() or (one.is_off and not one.external_id and _is_silent(one)):
        # It is over, or was called off before anyone was told: nobody needs to hear of it.
        _settle(database, one, lambda message: _done(message, message.external_id))
        return
    try:
        external_id = teller(one)
    except LmsUnavailable as error:
        code, wait = error.code, wait_s(one.tries + 1, error.retry_after)
        _settle(database, one, lambda message: _later(message, code, wait))
    except LmsRefused as error:
        refused = error.code
        _settle(database, one, lambda message: _park(message, refused))
    except Exception as error:
        # A bug of ours must not stop the others.
        log.error("telling message %s failed: %s", one.message_id, type(error).__name__)
        pause = wait_s(one.tries + 1)
        _settle(database, one, lambda message: _later(message, "crashed", pause))
    else:
        _settle(database, one, lambda message: _done(message, external_id))


def _is_silent(one: Tell) -> bool:
    return one.channel != Channel.CANVAS_CONVERSATION


def _settle(database: Database, one: Tell, outcome: Callable[[Message], None]) -> None:
    with database.transaction() as session:
        message = session.scalars(
            select(Message)
            .where(Message.id == one.message_id, Message.leased_by == one.token)
            .with_for_update()
        ).first()
        if message is None:
            return
        message.leased_until = message.leased_by = None
        if message.version == one.version:
            outcome(message)


def _done(message: Message, external_id: str) -> None:
    message.state = DeliveryState.DELIVERED
    message.external_id = external_id[:255]
    message.delivered_at = now()
    message.reason = ""


def _park(message: Message, code: str) -> None:
    message.state = DeliveryState.PARKED
    message.reason = code


def _later(message: Message, code: str, wait: float) -> None:
    message.tries += 1
    message.reason = code
    if message.tries >= MOST_TRIES:
        message.state = DeliveryState.PARKED
        return
    message.due_at = now() + timedelta(seconds=wait)
