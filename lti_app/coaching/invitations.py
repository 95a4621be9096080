"""Invitations: from gaps to students in a room, their answers, and the door that stays open."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching import bookings, sessions, team_rules
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
from lti_app.coaching.sessions import LIVE
from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput, NotHere

LONGEST_WORD = 500
ANSWERS = (InvitationState.ACCEPTED, InvitationState.OTHER_TIME, InvitationState.DECLINED)


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
    repeats_id: int | None = None,
) -> CoachingSession:
    """Turn gaps of a section into a coaching session with an invitation for each student.

    Those who have an invitation for the same gap already are left out. Raises `BadInput` for no
    students, a length outside 5-120 minutes, a time that is over, or a student or teacher who is
    booked at that time already; then nothing is changed.
    """
    ends_at = sessions.ends(starts_at, minutes)
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
    most = team_rules.looks(session, team_id).rules.group_most
    kind = kind or sessions.kind_for(len({gap.person_id for gap in gaps}), most)
    coaching = CoachingSession(
        team_id=team_id,
        teacher_id=teacher_id,
        kind=kind,
        room=room.strip()[:100],
        starts_at=starts_at,
        ends_at=ends_at,
        places=sessions.places(kind, most),
        repeats_id=repeats_id,
        targets=list({gap.target_id: gap.target for gap in gaps}.values()),
    )
    sessions.make(session, [(coaching, gaps)])
    return coaching


def answer(
    session: Session, *, person_id: int, invitation_id: int, state: InvitationState, word: str = ""
) -> Invitation:
    """A student answers an invitation; a later answer replaces an earlier one.

    Asking for another time, or declining, frees the student and opens the gaps again so that the
    teacher sees them. Accepting lets go of whatever else the student had at that time. Raises
    `NotHere` for someone else's invitation and `BadInput` once the session is over.
    """
    invitation = session.scalars(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.person_id == person_id)
        .with_for_update()
        .options(selectinload(Invitation.gaps), selectinload(Invitation.coaching_session))
        .execution_options(populate_existing=True)
    ).first()
    if invitation is None:
        raise NotHere
    if state not in ANSWERS:
        raise BadInput(_l("That is not an answer."), _l("Use one of the buttons."))
    coaching = invitation.coaching_session
    if coaching.cancelled_at is not None:
        raise BadInput(_l("This session was called off."), _l("Your teacher will find another."))
    if coaching.ends_at <= now():
        raise BadInput(_l("This session is over."), _l("Tell your teacher if you still need help."))
    if invitation.state in (InvitationState.ATTENDED, InvitationState.MISSED):
        raise BadInput(_l("This session has begun."), _l("Go there: you are welcome any time."))
    if invitation.state == InvitationState.WITHDRAWN:
        raise BadInput(
            _l("Your teacher has taken this back."), _l("You may join any session of the day.")
        )
    _set(session, invitation, state, word)
    return invitation


def _set(session: Session, invitation: Invitation, state: InvitationState, word: str) -> None:
    was_live = invitation.state in LIVE
    invitation.state = state
    invitation.word = word.replace("\0", "").strip()[:LONGEST_WORD]
    invitation.answered_at = now()
    coaching, person_id = invitation.coaching_session, invitation.person_id
    if state == InvitationState.ACCEPTED:
        if not was_live:
            make_room(session, person_id, coaching)
            sessions.book(session, {coaching: [person_id]})
    else:
        bookings.release(session, [coaching.id], [person_id])
    for gap in invitation.gaps:
        if gap.state in (GapState.OPEN, GapState.INVITED):
            gap.state = GapState.INVITED if state == InvitationState.ACCEPTED else GapState.OPEN
    session.flush()


def make_room(session: Session, person_id: int, coaching: CoachingSession) -> list[int]:
    """Let go of what a student has at the time of a session they come to instead.

    What they had joined by themselves is left; for an invitation they ask for another time, so
    that the teacher sees it. Returns the ids of the sessions they do not come to any more.
    """
    taken = bookings.taken(session, [person_id], coaching.starts_at, coaching.ends_at)
    others = sorted(set(taken.get(person_id, {}).values()) - {coaching.id})
    if not others:
        return []
    session.execute(
        delete(WalkIn).where(WalkIn.person_id == person_id, WalkIn.coaching_session_id.in_(others))
    )
    for invitation in session.scalars(
        select(Invitation)
        .where(Invitation.person_id == person_id, Invitation.coaching_session_id.in_(others))
        .options(selectinload(Invitation.gaps), selectinload(Invitation.coaching_session))
    ).all():
        _set(session, invitation, InvitationState.OTHER_TIME, "")
    bookings.release(session, others, [person_id])
    return others


def join(session: Session, *, person_id: int, team_id: int, coaching_session_id: int) -> list[int]:
    """Anyone of the team may come, invited or not, full or not. Joining twice changes nothing.

    Returns the ids of sessions at the same time to which the student does not come then. Raises
    `NotHere` for another team's session, or one that is over or called off.
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
    left = make_room(session, person_id, coaching)
    invitation = session.scalars(
        select(Invitation).where(
            Invitation.coaching_session_id == coaching.id, Invitation.person_id == person_id
        )
    ).first()
    if invitation is not None and invitation.state != InvitationState.WITHDRAWN:
        if invitation.state not in (InvitationState.ATTENDED, InvitationState.MISSED):
            answer(
                session,
                person_id=person_id,
                invitation_id=invitation.id,
                state=InvitationState.ACCEPTED,
            )
        return left
    inserted = insert_if_missing(
        session,
        WalkIn,
        coaching_session_id=coaching.id,
        person_id=person_id,
        joined_at=now(),
    )
    if inserted:
        sessions.book(session, {coaching: [person_id]})
    return left


def withdraw(
    session: Session, person_ids: Collection[int], coaching_session_ids: Collection[int]
) -> None:
    """Take students out of sessions: they are free, and their gaps wait again."""
    theirs = (
        Invitation.person_id.in_(person_ids),
        Invitation.coaching_session_id.in_(coaching_session_ids),
        Invitation.state.in_((*LIVE, InvitationState.OTHER_TIME, InvitationState.DECLINED)),
    )
    sessions.wait_again(session, *theirs)
    session.execute(
        update(Invitation)
        .where(*theirs)
        .values(state=InvitationState.WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(WalkIn).where(
            WalkIn.person_id.in_(person_ids),
            WalkIn.coaching_session_id.in_(coaching_session_ids),
            WalkIn.here.is_(None),
        )
    )
    bookings.release(session, coaching_session_ids, person_ids)


def invited_gap_ids(session: Session, section_id: int) -> frozenset[int]:
    """Gaps of a section whose student has an invitation that is open or accepted, not yet over."""
    return frozenset(session.scalars(live_gap_ids().where(Gap.section_id == section_id)))


def live_gap_ids() -> Any:
    """The query of gaps whose student has an open or accepted invitation that is not yet over."""
    return (
        select(invitation_gaps.c.gap_id)
        .join(Invitation, Invitation.id == invitation_gaps.c.invitation_id)
        .join(CoachingSession, CoachingSession.id == Invitation.coaching_session_id)
        .join(Gap, Gap.id == invitation_gaps.c.gap_id)
        .where(
            Invitation.state.in_(LIVE),
            CoachingSession.ends_at > now(),
            CoachingSession.cancelled_at.is_(None),
        )
    )
