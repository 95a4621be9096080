"""Coaching sessions and invitations: from a group of gaps to students in a room, door open."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapState,
    Invitation,
    InvitationState,
    SessionKind,
    WalkIn,
    invitation_gaps,
)
from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput, NotHere
from lti_app.people.events import team_joined
from lti_app.people.models import Person

LONGEST_MINUTES = 120
PLACES = {SessionKind.ONE_TO_ONE: 1, SessionKind.SMALL_GROUP: 6, SessionKind.SEMINAR: None}
"""How many a teacher plans for; a full session still takes everyone who comes."""

LIVE = (InvitationState.INVITED, InvitationState.ACCEPTED)
"""An invitation that still books its student."""


@team_joined.connect
def bring_sessions(session: Session, from_team_id: int, into_team_id: int) -> None:
    """A team's coaching sessions go along when it becomes part of another."""
    session.execute(
        update(CoachingSession)
        .where(CoachingSession.team_id == from_team_id)
        .values(team_id=into_team_id)
    )


def kind_for(students: int) -> SessionKind:
    """The kind that suits a group's size."""
    if students == 1:
        return SessionKind.ONE_TO_ONE
    largest = PLACES[SessionKind.SMALL_GROUP] or 0
    return SessionKind.SMALL_GROUP if students <= largest else SessionKind.SEMINAR


def moment(day: date, clock: time, timezone: str) -> datetime:
    """A wall-clock time of the district as a moment in UTC (daylight saving included)."""
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC)


def invite_group(
    session: Session,
    *,
    team_id: int,
    section_id: int,
    teacher_id: int,
    gap_ids: Collection[int],
    starts_at: datetime,
    minutes: int,
    room: str = "",
    kind: SessionKind | None = None,
) -> CoachingSession:
    """Turn gaps of a section into a coaching session with an invitation for each student.

    Those who have an invitation for the same gap already are left out. Raises `BadInput` for no
    students, a length outside 5-120 minutes, a time that is over, or a student or teacher who is
    booked at that time already; then nothing is changed.
    """
    if not 5 <= minutes <= LONGEST_MINUTES:
        raise BadInput(
            _l("A session takes 5 to %(most)s minutes.", most=LONGEST_MINUTES),
            _l("Correct the minutes and make it again."),
        )
    ends_at = starts_at + timedelta(minutes=minutes)
    if ends_at <= now():
        raise BadInput(_l("That time is over."), _l("Pick a later time."))
    found = session.scalars(
        select(Gap)
        .where(Gap.id.in_(gap_ids), Gap.section_id == section_id, Gap.state != GapState.CLOSED)
        .order_by(Gap.id)
        .with_for_update()
        .options(selectinload(Gap.target))
    ).all()
    if not found:
        raise BadInput(_l("Nobody is picked."), _l("Pick at least one student."))
    invited = invited_gap_ids(session, section_id)
    gaps = [gap for gap in found if gap.id not in invited]
    if not gaps:
        raise BadInput(
            _l("Everyone you picked is invited already."),
            _l("Look at the sessions below; nothing was changed."),
        )
    of_person: dict[int, list[Gap]] = {}
    for gap in gaps:
        of_person.setdefault(gap.person_id, []).append(gap)
    _refuse_clashes(session, of_person, teacher_id, starts_at, ends_at)
    kind = kind or kind_for(len(of_person))
    coaching = CoachingSession(
        team_id=team_id,
        teacher_id=teacher_id,
        kind=kind,
        room=room.strip()[:100],
        starts_at=starts_at,
        ends_at=ends_at,
        places=PLACES[kind],
        targets=list({gap.target_id: gap.target for gap in gaps}.values()),
    )
    session.add(coaching)
    session.flush()
    for person_id, needs in of_person.items():
        session.add(Invitation(coaching_session_id=coaching.id, person_id=person_id, gaps=needs))
        for gap in needs:
            gap.state = GapState.INVITED
    session.flush()
    return coaching


def _refuse_clashes(
    session: Session,
    person_ids: Collection[int],
    teacher_id: int,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    at_that_time = (
        CoachingSession.starts_at < ends_at,
        CoachingSession.ends_at > starts_at,
        CoachingSession.cancelled_at.is_(None),
    )
    busy_teacher = select(CoachingSession.id).where(
        CoachingSession.teacher_id == teacher_id, *at_that_time
    )
    if session.scalar(busy_teacher.limit(1)) is not None:
        raise BadInput(_l("You have another session at that time."), _l("Pick another time."))
    booked = session.scalars(
        select(Person.name)
        .join(Invitation, Invitation.person_id == Person.id)
        .join(CoachingSession)
        .where(
            Invitation.person_id.in_(person_ids),
            Invitation.state.in_(LIVE),
            *at_that_time,
        )
        .order_by(Person.name)
    ).all()
    if booked:
        raise BadInput(
            _l("%(names)s has another session at that time.", names=", ".join(booked[:3])),
            _l("Leave them out or pick another time."),
        )


def answer(
    session: Session, *, person_id: int, invitation_id: int, state: InvitationState, word: str = ""
) -> Invitation:
    """A student answers an invitation; a later answer replaces an earlier one.

    Asking for another time, or declining, opens the gaps again so that the teacher sees them.
    Raises `NotHere` for someone else's invitation and `BadInput` once the session is over.
    """
    invitation = session.scalars(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.person_id == person_id)
        .with_for_update()
        .options(selectinload(Invitation.gaps), selectinload(Invitation.coaching_session))
    ).first()
    if invitation is None:
        raise NotHere
    if state not in {
        InvitationState.ACCEPTED,
        InvitationState.OTHER_TIME,
        InvitationState.DECLINED,
    }:
        raise BadInput(_l("That is not an answer."), _l("Use one of the buttons."))
    if invitation.coaching_session.ends_at <= now():
        raise BadInput(_l("This session is over."), _l("Tell your teacher if you still need help."))
    invitation.state = state
    invitation.word = word.strip()[:500]
    invitation.answered_at = now()
    waiting = state != InvitationState.ACCEPTED
    for gap in invitation.gaps:
        if gap.state != GapState.CLOSED:
            gap.state = GapState.OPEN if waiting else GapState.INVITED
    session.flush()
    return invitation


def join(session: Session, *, person_id: int, team_id: int, coaching_session_id: int) -> None:
    """Anyone of the team may come, invited or not, full or not. Joining twice changes nothing.

    Raises `NotHere` for another team's session, or one that is over or cancelled.
    """
    coaching = session.scalars(
        select(CoachingSession).where(
            CoachingSession.id == coaching_session_id,
            CoachingSession.team_id == team_id,
            CoachingSession.cancelled_at.is_(None),
            CoachingSession.ends_at > now(),
        )
    ).first()
    if coaching is None:
        raise NotHere
    invitation = session.scalars(
        select(Invitation).where(
            Invitation.coaching_session_id == coaching.id, Invitation.person_id == person_id
        )
    ).first()
    if invitation is not None:
        answer(
            session,
            person_id=person_id,
            invitation_id=invitation.id,
            state=InvitationState.ACCEPTED,
        )
        return
    insert_if_missing(
        session,
        WalkIn,
        coaching_session_id=coaching.id,
        person_id=person_id,
        joined_at=now(),
    )


def upcoming(session: Session, team_id: int, days: int = 7) -> list[CoachingSession]:
    """The team's sessions that are not over, of the next `days` days, earliest first.

    Each has its teacher, targets, invitations and walk-ins loaded.
    """
    return list(
        session.scalars(
            select(CoachingSession)
            .where(
                CoachingSession.team_id == team_id,
                CoachingSession.ends_at > now(),
                CoachingSession.starts_at < now() + timedelta(days=days),
                CoachingSession.cancelled_at.is_(None),
            )
            .order_by(CoachingSession.starts_at, CoachingSession.id)
            .options(
                selectinload(CoachingSession.teacher),
                selectinload(CoachingSession.targets),
                selectinload(CoachingSession.invitations).selectinload(Invitation.person),
                selectinload(CoachingSession.walk_ins).selectinload(WalkIn.person),
            )
        )
    )


def coming(coaching: CoachingSession) -> list[str]:
    """Names of those who said they come, invited or not."""
    accepted = [
        invitation.person.name
        for invitation in coaching.invitations
        if invitation.state == InvitationState.ACCEPTED
    ]
    return sorted(accepted + [walk_in.person.name for walk_in in coaching.walk_ins])


def is_past_its_places(coaching: CoachingSession) -> bool:
    """True where more students come than were planned for: time to think of another time."""
    return coaching.places is not None and len(coming(coaching)) > coaching.places


def invited_gap_ids(session: Session, section_id: int) -> frozenset[int]:
    """Gaps of a section whose student has an invitation that is open or accepted, not yet over."""
    return frozenset(
        session.scalars(
            select(invitation_gaps.c.gap_id)
            .join(Invitation, Invitation.id == invitation_gaps.c.invitation_id)
            .join(CoachingSession, CoachingSession.id == Invitation.coaching_session_id)
            .join(Gap, Gap.id == invitation_gaps.c.gap_id)
            .where(
                Gap.section_id == section_id,
                Invitation.state.in_(LIVE),
                CoachingSession.ends_at > now(),
                CoachingSession.cancelled_at.is_(None),
            )
        )
    )
