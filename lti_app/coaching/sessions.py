"""Coaching sessions: made, moved, given to another teacher, called off; nobody booked twice."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching import bookings, notices
from lti_app.coaching.events import sessions_changed
from lti_app.coaching.models import (
    CancelReason,
    CoachingSession,
    Gap,
    GapState,
    Invitation,
    InvitationState,
    NoticeKind,
    SessionKind,
    WalkIn,
    invitation_gaps,
)
from lti_app.db import now
from lti_app.errors import BadInput, NotHere
from lti_app.people.models import Person

LONGEST_MINUTES = 120
PLACES = {SessionKind.ONE_TO_ONE: 1, SessionKind.SMALL_GROUP: 6, SessionKind.SEMINAR: None}
"""How many a teacher plans for, unless the team says otherwise; a full session still takes
everyone who comes."""

LIVE = (InvitationState.INVITED, InvitationState.ACCEPTED)
"""An invitation that still books its student."""


def kind_for(students: int, group_most: int = 6) -> SessionKind:
    """The kind that suits a group's size."""
    if students == 1:
        return SessionKind.ONE_TO_ONE
    return SessionKind.SMALL_GROUP if students <= group_most else SessionKind.SEMINAR


def places(kind: SessionKind, group_most: int) -> int | None:
    """How many a session of a kind is planned for; None: no limit."""
    return group_most if kind == SessionKind.SMALL_GROUP else PLACES[kind]


def moment(day: date, clock: time, timezone: str) -> datetime:
    """A wall-clock time of the district as a moment in UTC (daylight saving included)."""
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC)


def ends(starts_at: datetime, minutes: int) -> datetime:
    """The end of a session. Raises `BadInput` for times that no session can have."""
    if not 5 <= minutes <= LONGEST_MINUTES:
        raise BadInput(
            _l("A session takes 5 to %(most)s minutes.", most=LONGEST_MINUTES),
            _l("Correct the minutes and make it again."),
        )
    ends_at = starts_at + timedelta(minutes=minutes)
    bookings.refuse_odd_times(starts_at, ends_at)
    if ends_at <= now():
        raise BadInput(_l("That time is over."), _l("Pick a later time."))
    return ends_at


def make(
    session: Session,
    drafts: Sequence[tuple[CoachingSession, Collection[Gap]]],
) -> list[CoachingSession]:
    """Write new coaching sessions with an invitation for each student of their gaps, and book all.

    Raises `BadInput` that names who is booked already; the caller's transaction is then undone.
    """
    made = [coaching for coaching, _ in drafts]
    session.add_all(made)
    session.flush()
    wanted: dict[CoachingSession, list[int]] = {}
    for coaching, gaps in drafts:
        of_person: dict[int, list[Gap]] = {}
        for gap in gaps:
            of_person.setdefault(gap.person_id, []).append(gap)
            gap.state = GapState.INVITED
        coaching.invitations = [
            Invitation(person_id=person_id, gaps=needs) for person_id, needs in of_person.items()
        ]
        wanted[coaching] = [coaching.teacher_id, *of_person]
    session.flush()
    book(session, wanted)
    sessions_changed.send(session, coaching_session_ids=[coaching.id for coaching in made])
    return made


def book(session: Session, wanted: Mapping[CoachingSession, Collection[int]]) -> None:
    """Book people, or raise `BadInput` that names who is taken."""
    taken = bookings.book(session, wanted)
    if not taken:
        return
    names = session.scalars(
        select(Person.name).where(Person.id.in_(taken)).order_by(Person.name)
    ).all()
    raise BadInput(
        _l("%(names)s has another session at that time.", names=", ".join(names[:3])),
        _l("Leave them out or pick another time."),
    )


def get(session: Session, team_id: int, coaching_session_id: int) -> CoachingSession:
    """One session of the team with all who count on it, locked. Raises `NotHere`."""
    coaching = session.scalars(
        select(CoachingSession)
        .where(CoachingSession.id == coaching_session_id, CoachingSession.team_id == team_id)
        .with_for_update()
        .execution_options(populate_existing=True)
        .options(*loaded())
    ).first()
    if coaching is None:
        raise NotHere
    return coaching


def loaded() -> tuple[Any, ...]:
    """What pages and rules want loaded with a session."""
    return (
        selectinload(CoachingSession.teacher),
        selectinload(CoachingSession.targets),
        selectinload(CoachingSession.invitations).selectinload(Invitation.person),
        selectinload(CoachingSession.invitations).selectinload(Invitation.gaps),
        selectinload(CoachingSession.walk_ins).selectinload(WalkIn.person),
    )


def change(
    session: Session,
    coaching: CoachingSession,
    *,
    starts_at: datetime,
    minutes: int,
    room: str,
    teacher_id: int,
    by: int,
) -> None:
    """Give a session another time, room or teacher, and tell everyone who counts on it.

    Raises `BadInput` for one that is over or called off, a time it can't have, and where somebody
    is booked then; nothing is changed then.
    """
    refuse_past(coaching)
    ends_at = ends(starts_at, minutes)
    room = room.strip()[:100]
    before = (coaching.starts_at, coaching.ends_at, coaching.room, coaching.teacher_id)
    if before == (starts_at, ends_at, room, teacher_id):
        return
    counted = notices.counting_on(coaching)
    booked = [one.person_id for one in coaching.invitations if one.state in LIVE]
    booked += [one.person_id for one in coaching.walk_ins]
    other_teacher = teacher_id != coaching.teacher_id
    bookings.release(session, [coaching.id])
    coaching.starts_at, coaching.ends_at, coaching.room = starts_at, ends_at, room
    coaching.teacher_id = teacher_id
    coaching.sequence += 1
    coaching.changed_at = now()
    session.flush()
    if other_teacher:
        session.refresh(coaching, ["teacher"])
    book(session, {coaching: [teacher_id, *booked]})
    kind = (
        NoticeKind.OTHER_TEACHER if before[:3] == (starts_at, ends_at, room) else NoticeKind.MOVED
    )
    notices.tell(session, coaching, kind, counted | {teacher_id}, but=by)
    sessions_changed.send(session, coaching_session_ids=[coaching.id])


def refuse_past(coaching: CoachingSession) -> None:
    """Raise `BadInput` for a session that is over or called off."""
    if coaching.cancelled_at is not None:
        raise BadInput(_l("This session was called off."), _l("Make a new one instead."))
    if coaching.ends_at <= now():
        raise BadInput(_l("This session is over."), _l("Make a new one instead."))


def cancel(
    session: Session, found: Collection[CoachingSession], reason: CancelReason, *, by: int | None
) -> int:
    """Call sessions off and tell everyone; their gaps wait again. Returns how many there were.

    Those called off already, and those that are over, stay as they are.
    """
    live = [one for one in found if one.cancelled_at is None and one.ends_at > now()]
    for coaching in live:
        coaching.cancelled_at = coaching.changed_at = coaching.settled_at = now()
        coaching.cancel_reason = reason
        coaching.sequence += 1
        notices.tell(session, coaching, NoticeKind.CANCELLED, notices.counting_on(coaching), but=by)
    ids = [coaching.id for coaching in live]
    bookings.release(session, ids)
    wait_again(session, Invitation.coaching_session_id.in_(ids))
    session.flush()
    if ids:
        sessions_changed.send(session, coaching_session_ids=ids)
    return len(ids)


def wait_again(session: Session, *which: ColumnElement[bool]) -> None:
    """The gaps behind these invitations wait for another, unless they are closed or attended."""
    behind = (
        select(invitation_gaps.c.gap_id)
        .join(Invitation, Invitation.id == invitation_gaps.c.invitation_id)
        .where(*which)
    )
    session.execute(
        update(Gap)
        .where(Gap.state == GapState.INVITED, Gap.id.in_(behind))
        .values(state=GapState.OPEN)
        .execution_options(synchronize_session=False)
    )


def within(
    session: Session, team_id: int, starts_at: datetime, ends_at: datetime
) -> list[CoachingSession]:
    """The team's sessions that touch a time, also called off ones, earliest first; all loaded."""
    return list(
        session.scalars(
            select(CoachingSession)
            .where(
                CoachingSession.team_id == team_id,
                CoachingSession.ends_at > starts_at,
                CoachingSession.starts_at < ends_at,
            )
            .order_by(CoachingSession.starts_at, CoachingSession.id)
            .options(*loaded())
        )
    )


def upcoming(session: Session, team_id: int, days: int = 7) -> list[CoachingSession]:
    """The team's sessions that are not over or called off, of the next `days` days; all loaded."""
    found = within(session, team_id, now(), now() + timedelta(days=days))
    return [one for one in found if one.cancelled_at is None]


def coming(coaching: CoachingSession) -> list[str]:
    """Names of those who said they come or were there, invited or not."""
    accepted = [
        invitation.person.name
        for invitation in coaching.invitations
        if invitation.state in (InvitationState.ACCEPTED, InvitationState.ATTENDED)
    ]
    return sorted(
        accepted + [one.person.name for one in coaching.walk_ins if one.here is not False]
    )


def is_past_its_places(coaching: CoachingSession) -> bool:
    """True where more students come than were planned for: time to think of another time."""
    return coaching.places is not None and len(coming(coaching)) > coaching.places
