"""Attendance: one tap each, in any order, as often as a tablet sends it."""

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching import gaps, helps
from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapHelp,
    GapState,
    Invitation,
    InvitationState,
    WalkIn,
)
from lti_app.coaching.sessions import LIVE
from lti_app.db import insert_if_missing, now
from lti_app.people import roster
from lti_app.people.codes import LETTERS, letters_of
from lti_app.people.models import Enrolment, Person

CODE_LENGTH = 4
AT_ONCE = 50


@dataclass(frozen=True)
class Mark:
    """A student was seen at the session, or was not."""

    person_id: int
    here: bool
    at: datetime
    """When the teacher tapped, by the tablet's clock."""


def take(session: Session, coaching: CoachingSession, marks: Iterable[Mark]) -> None:
    """Note who was there. Of several marks on one student the one tapped last counts, whichever
    arrives last; students of other teams are passed over. The session is locked by the caller.
    """
    newest: dict[int, Mark] = {}
    for mark in sorted(marks, key=lambda mark: mark.at):
        newest[mark.person_id] = mark
    present = roster.present_in_team(coaching.team_id)
    ours = set(session.scalars(present.where(Enrolment.person_id.in_(newest))))
    invited = {one.person_id: one for one in coaching.invitations}
    joined = {one.person_id: one for one in coaching.walk_ins}
    needs = _needs(session, coaching, newest)
    for person_id, mark in sorted(newest.items()):
        # A tablet whose clock is ahead must not outrank every later tap.
        at = min(mark.at, now())
        invitation = invited.get(person_id)
        if invitation is not None and invitation.state != InvitationState.WITHDRAWN:
            if _is_older(at, invitation.marked_at):
                continue
            invitation.marked_at = at
            invitation.state = InvitationState.ATTENDED if mark.here else InvitationState.MISSED
        elif person_id in joined or (mark.here and person_id in ours):
            walk_in = joined.get(person_id) or _let_in(session, coaching, person_id)
            if _is_older(at, walk_in.marked_at):
                continue
            walk_in.marked_at, walk_in.here = at, mark.here
        else:
            continue
        _note(session, coaching, needs.get(person_id, []), here=mark.here)
    session.flush()


def _is_older(at: datetime, known: datetime | None) -> bool:
    return known is not None and at < known


def _let_in(session: Session, coaching: CoachingSession, person_id: int) -> WalkIn:
    insert_if_missing(
        session,
        WalkIn,
        coaching_session_id=coaching.id,
        person_id=person_id,
        joined_at=now(),
    )
    return session.scalars(
        select(WalkIn)
        .where(WalkIn.coaching_session_id == coaching.id, WalkIn.person_id == person_id)
        .execution_options(populate_existing=True)
    ).one()


def _needs(
    session: Session, coaching: CoachingSession, person_ids: Collection[int]
) -> dict[int, list[Gap]]:
    """Open gaps of students on the session's targets: they are what it works on, invited or not."""
    found: dict[int, list[Gap]] = {}
    for gap in session.scalars(
        select(Gap)
        .where(
            Gap.person_id.in_(person_ids),
            Gap.target_id.in_([target.id for target in coaching.targets]),
            Gap.state != GapState.CLOSED,
        )
        .order_by(Gap.id)
        .with_for_update()
    ):
        found.setdefault(gap.person_id, []).append(gap)
    return found


def _note(session: Session, coaching: CoachingSession, needs: list[Gap], *, here: bool) -> None:
    if here:
        helps.note(session, coaching, [gap.id for gap in needs])
        for gap in needs:
            gap.state = GapState.ATTENDED
        return
    helps.forget(session, coaching.id, [gap.id for gap in needs])
    for gap in needs:
        if gap.state == GapState.ATTENDED:
            gap.state = GapState.OPEN


def settle(session: Session) -> int:
    """Sessions that are over: where attendance was taken, whoever has no mark has missed it; gaps
    of those who were not there wait again. Returns how many sessions were looked at.
    """
    over = session.scalars(
        select(CoachingSession)
        .where(
            CoachingSession.settled_at.is_(None),
            CoachingSession.cancelled_at.is_(None),
            CoachingSession.ends_at <= now(),
        )
        .order_by(CoachingSession.ends_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .options(
            selectinload(CoachingSession.invitations).selectinload(Invitation.gaps),
            selectinload(CoachingSession.walk_ins),
        )
    ).all()
    for coaching in over:
        coaching.settled_at = now()
        taken = any(one.marked_at for one in coaching.invitations) or any(
            one.marked_at for one in coaching.walk_ins
        )
        for invitation in coaching.invitations:
            if taken and invitation.state in LIVE:
                invitation.state = InvitationState.MISSED
            if invitation.state == InvitationState.ATTENDED:
                continue
            for gap in invitation.gaps:
                if gap.state == GapState.INVITED:
                    gap.state = GapState.OPEN
    session.flush()
    return len(over)


def code_of(secret: str, person_id: int, day: date) -> str:
    """The letters on a student's screen by which a teacher lets them in, on one day.

    Keyed with the installation's secret: knowing a child's number does not give the code.
    """
    digest = hmac.new(secret.encode(), f"door:{person_id}:{day}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:8], "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, which = divmod(number, len(LETTERS))
        letters.append(LETTERS[which])
    return "".join(letters)


def who_has(session: Session, team_id: int, code: str, secret: str, day: date) -> list[Person]:
    """The team's present students whose code of the day it is: one, none, or very rarely two."""
    typed = letters_of(code)
    if len(typed) != CODE_LENGTH:
        return []
    return [
        person
        for person in roster.students_of_team(session, team_id)
        if hmac.compare_digest(code_of(secret, person.id, day), typed)
    ]


def got_it(
    session: Session, coaching: CoachingSession, person_id: int, *, by: int, yes: bool
) -> bool:
    """The teacher's own one-minute check: the gap is closed, or is still there.

    False where the session worked on no open gap of this student.
    """
    found = session.scalars(
        select(Gap)
        .join(GapHelp, GapHelp.gap_id == Gap.id)
        .where(
            GapHelp.coaching_session_id == coaching.id,
            Gap.person_id == person_id,
            Gap.state != GapState.CLOSED,
            GapHelp.decided_at.is_(None),
        )
        .with_for_update(of=Gap)
    ).all()
    for gap in found:
        if yes:
            gaps.close(gap, reason="exit_check")
            gap.closed_by_id = by
            helps.decide_closed(session, gap)
        else:
            helps.raise_gap(session, gap)
    session.flush()
    return bool(found)
