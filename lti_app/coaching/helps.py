"""After a coaching session: what became of the gaps that were worked on, and what helped."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from lti_app.coaching import team_rules
from lti_app.coaching.models import (
    CoachingSession,
    Gap,
    GapHelp,
    GapState,
    Outcome,
    SessionKind,
)
from lti_app.db import insert_if_missing, now
from lti_app.learning.voice.weeks import local_day

UNDECIDED_SCHOOL_DAYS = 2
"""So many school days after a session without a word, its gaps wait for help again."""
AT_ONCE = 200


def note(session: Session, coaching: CoachingSession, gap_ids: Iterable[int]) -> None:
    """These gaps were worked on in the session. Noted twice, it stands once."""
    for gap_id in sorted(gap_ids):
        insert_if_missing(
            session,
            GapHelp,
            coaching_session_id=coaching.id,
            gap_id=gap_id,
            at=coaching.ends_at,
            outcome=Outcome.KEPT,
        )


def forget(session: Session, coaching_session_id: int, gap_ids: Iterable[int]) -> None:
    """They were not worked on after all; what was decided already stays."""
    session.execute(
        delete(GapHelp).where(
            GapHelp.coaching_session_id == coaching_session_id,
            GapHelp.gap_id.in_(list(gap_ids)),
            GapHelp.decided_at.is_(None),
        )
    )


def decide_closed(session: Session, gap: Gap) -> None:
    """The gap is closed: what was tried last has helped."""
    _decide(session, gap.id, Outcome.CLOSED)


def undecided(session: Session, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of `pairs` (student, target) whose gap was worked on, nobody knows yet to what end."""
    rows = session.execute(
        select(Gap.person_id, Gap.target_id)
        .join(GapHelp, GapHelp.gap_id == Gap.id)
        .where(
            tuple_(Gap.person_id, Gap.target_id).in_(pairs),
            Gap.state != GapState.CLOSED,
            GapHelp.decided_at.is_(None),
        )
    )
    return {(person_id, target_id) for person_id, target_id in rows}


def decide_by_score(session: Session, person_id: int, target_id: int, submitted: datetime) -> None:
    """A later answer does not meet the target: gaps worked on before it are more urgent now.

    An answer that was sent before the session and is scored after it decides nothing.
    """
    gap = session.scalars(
        select(Gap)
        .join(GapHelp, GapHelp.gap_id == Gap.id)
        .where(
            Gap.person_id == person_id,
            Gap.target_id == target_id,
            Gap.state != GapState.CLOSED,
            GapHelp.decided_at.is_(None),
            GapHelp.at <= submitted,
        )
        .with_for_update(of=Gap)
    ).first()
    if gap is not None:
        raise_gap(session, gap)


def raise_gap(session: Session, gap: Gap) -> None:
    """The need is still there after a session: it waits again, more urgent than before."""
    _decide(session, gap.id, Outcome.RAISED)
    gap.raised += 1
    if gap.state == GapState.ATTENDED:
        gap.state = GapState.OPEN
    session.flush()


def _decide(session: Session, gap_id: int, outcome: Outcome) -> None:
    session.execute(
        update(GapHelp)
        .where(GapHelp.gap_id == gap_id, GapHelp.decided_at.is_(None))
        .values(outcome=outcome, decided_at=now())
    )


def end_silence(session: Session) -> int:
    """Gaps that nobody said a word about for some school days after a session wait again.

    Each is more urgent by one, for it has outlived a session. Returns how many were looked at, at
    most `AT_ONCE`.
    """
    rows = session.execute(
        select(GapHelp, Gap, CoachingSession.team_id)
        .join(Gap, GapHelp.gap_id == Gap.id)
        .join(CoachingSession, GapHelp.coaching_session_id == CoachingSession.id)
        .where(GapHelp.decided_at.is_(None), GapHelp.at < now() - timedelta(days=1))
        .order_by(GapHelp.at)
        .limit(AT_ONCE)
        .with_for_update(of=GapHelp, skip_locked=True)
    ).all()
    ended = 0
    for help_, gap, team_id in rows:
        looks = team_rules.looks(session, team_id)
        waited = looks.school_days.between(
            local_day(help_.at, looks.timezone), local_day(now(), looks.timezone)
        )
        if waited <= UNDECIDED_SCHOOL_DAYS:
            continue
        help_.decided_at = now()
        ended += 1
        if gap.state == GapState.ATTENDED:
            gap.state = GapState.OPEN
            gap.raised += 1
    session.flush()
    return ended


def replace(session: Session, old_gap_id: int, new_gap_id: int) -> None:
    """Help on a gap that became part of another is help on that one."""
    there = select(GapHelp.coaching_session_id).where(GapHelp.gap_id == new_gap_id)
    session.execute(
        delete(GapHelp).where(GapHelp.gap_id == old_gap_id, GapHelp.coaching_session_id.in_(there))
    )
    session.execute(update(GapHelp).where(GapHelp.gap_id == old_gap_id).values(gap_id=new_gap_id))


SIZES = ((1, 1), (2, 3), (4, 6), (7, None))
"""Numbers of students whose gap was worked on, from and up to."""


@dataclass(frozen=True)
class Helped:
    """What became of gaps after sessions of one kind and size, whoever held them."""

    kind: SessionKind
    from_students: int
    to_students: int | None
    sessions: int
    closed: int
    kept: int
    raised: int

    @property
    def gaps(self) -> int:
        """Gaps worked on."""
        return self.closed + self.kept + self.raised

    @property
    def closed_percent(self) -> int:
        """Share of the gaps that closed (percent)."""
        return round(100 * self.closed / self.gaps) if self.gaps else 0


def what_helped(session: Session, team_id: int, since: datetime) -> list[Helped]:
    """What became of the team's gaps by kind and size of session, in one query.

    Teachers are not told apart: it is about ways to help, not about who is better at it.
    """
    other = aliased(GapHelp)
    size = (
        select(func.count())
        .where(other.coaching_session_id == CoachingSession.id)
        .correlate(CoachingSession)
        .scalar_subquery()
    )
    rows = session.execute(
        select(CoachingSession.id, CoachingSession.kind, size, GapHelp.outcome, func.count())
        .join(GapHelp, GapHelp.coaching_session_id == CoachingSession.id)
        .where(CoachingSession.team_id == team_id, CoachingSession.starts_at >= since)
        .group_by(CoachingSession.id, CoachingSession.kind, GapHelp.outcome)
    )
    counts: dict[tuple[SessionKind, int], dict[Outcome, int]] = {}
    held: dict[tuple[SessionKind, int], set[int]] = {}
    for coaching_id, kind, students, outcome, number in rows:
        key = SessionKind(kind), _size(students)
        counted = counts.setdefault(key, {})
        counted[Outcome(outcome)] = counted.get(Outcome(outcome), 0) + number
        held.setdefault(key, set()).add(coaching_id)
    kinds = list(SessionKind)
    return [
        Helped(
            kind=kind,
            from_students=SIZES[which][0],
            to_students=SIZES[which][1],
            sessions=len(held[kind, which]),
            closed=counted.get(Outcome.CLOSED, 0),
            kept=counted.get(Outcome.KEPT, 0),
            raised=counted.get(Outcome.RAISED, 0),
        )
        for (kind, which), counted in sorted(
            counts.items(), key=lambda item: (kinds.index(item[0][0]), item[0][1])
        )
    ]


def _size(students: int) -> int:
    return next(which for which, (_, most) in enumerate(SIZES) if most is None or students <= most)
