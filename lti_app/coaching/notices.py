"""Telling people, on their pages, what changed about a coaching session they count on."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.models import CoachingSession, InvitationState, Notice, NoticeKind
from lti_app.db import now

COUNTING = (InvitationState.INVITED, InvitationState.ACCEPTED, InvitationState.OTHER_TIME)
"""Answers of students who still count on a session."""


def counting_on(coaching: CoachingSession) -> set[int]:
    """Students and the teacher who count on a session."""
    return (
        {one.person_id for one in coaching.invitations if one.state in COUNTING}
        | {one.person_id for one in coaching.walk_ins}
        | {coaching.teacher_id}
    )


def tell(
    session: Session,
    coaching: CoachingSession,
    kind: NoticeKind,
    person_ids: Iterable[int],
    *,
    but: int | None,
) -> None:
    """Tell people; `but` is who did it and knows. An older word on the same session is replaced."""
    told = sorted(set(person_ids) - {but})
    session.execute(
        update(Notice)
        .where(
            Notice.coaching_session_id == coaching.id,
            Notice.person_id.in_(told),
            Notice.read_at.is_(None),
        )
        .values(read_at=now())
    )
    session.add_all(
        Notice(person_id=person_id, coaching_session_id=coaching.id, kind=kind)
        for person_id in told
    )


def unread(session: Session, person_id: int) -> list[Notice]:
    """What a person was told and has not read, of sessions that are not over; soonest first."""
    return list(
        session.scalars(
            select(Notice)
            .join(CoachingSession, Notice.coaching_session_id == CoachingSession.id)
            .where(
                Notice.person_id == person_id,
                Notice.read_at.is_(None),
                CoachingSession.ends_at > now(),
            )
            .order_by(CoachingSession.starts_at, Notice.id)
            .options(
                selectinload(Notice.coaching_session).selectinload(CoachingSession.teacher),
                selectinload(Notice.coaching_session).selectinload(CoachingSession.targets),
            )
        )
    )


def mark_read(session: Session, person_id: int) -> None:
    """The person has read what was told until now."""
    session.execute(
        update(Notice)
        .where(Notice.person_id == person_id, Notice.read_at.is_(None))
        .values(read_at=now())
    )
