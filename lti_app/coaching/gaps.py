"""Gaps: where a student needs help now, opened and closed by what the evidence says."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.invitations import invited_gap_ids
from lti_app.coaching.models import Gap, GapReason, GapState
from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput, NotHere
from lti_app.learning import mastery
from lti_app.learning.attempts import Scored
from lti_app.learning.events import attempt_scored
from lti_app.learning.models import Target
from lti_app.people.models import Enrolment, Person, Role

LINE_PERCENT = 60.0
"""A scored attempt below this opens a gap (percent of the checkpoint's points)."""

LONGEST_NOTE = 500


@attempt_scored.connect
def answer_score(session: Session, scored: Scored) -> None:
    """A score below the line opens a gap; a standing that meets the target closes it."""
    attempt = scored.attempt
    percent = 100 * scored.score.points / scored.score.max_points
    if mastery.is_met(scored.standing.level):
        close_met(session, attempt.person_id, scored.standing.target_id, attempt.id, percent)
    elif percent < LINE_PERCENT:
        open_gap(
            session,
            person_id=attempt.person_id,
            section_id=attempt.section_id,
            target_id=scored.standing.target_id,
            reason=GapReason.BELOW_THE_LINE,
            attempt_id=attempt.id,
            percent=round(percent, 1),
        )


def ask_for_help(
    session: Session, *, person_id: int, section_id: int, target: Target, note: str
) -> Gap:
    """A student says *I need help* on a target. Raises `BadInput` for an over-long note."""
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise BadInput(
            _l("That is a lot to read."),
            _l("Say it in under %(n)s letters, please.", n=LONGEST_NOTE),
        )
    return open_gap(
        session,
        person_id=person_id,
        section_id=section_id,
        target_id=target.id,
        reason=GapReason.ASKED_FOR_HELP,
        note=note,
    )


def open_gap(
    session: Session,
    *,
    person_id: int,
    section_id: int,
    target_id: int,
    reason: GapReason,
    **evidence: Any,
) -> Gap:
    """Open a gap, or add the evidence to the one that is open already."""
    insert_if_missing(
        session,
        Gap,
        person_id=person_id,
        section_id=section_id,
        target_id=target_id,
        reason=reason,
        evidence=[],
        state=GapState.OPEN,
        opened_at=now(),
    )
    gap = _locked(session, person_id, target_id)
    assert gap is not None  # noqa: S101 - inserted above, or there before
    seen = {"reason": reason.value, "at": now().isoformat(), **evidence}
    gap.evidence = [*gap.evidence, seen]
    if gap.state == GapState.ATTENDED:
        # They came, and the need is still there: it waits for the next invitation.
        gap.state = GapState.OPEN
    session.flush()
    return gap


def close_met(
    session: Session, person_id: int, target_id: int, attempt_id: int, percent: float
) -> None:
    """Close the student's gap on a target because an attempt met it; nothing where none is open."""
    gap = _locked(session, person_id, target_id)
    if gap is None:
        return
    gap.evidence = [
        *gap.evidence,
        {
            "reason": "met",
            "at": now().isoformat(),
            "attempt_id": attempt_id,
            "percent": round(percent, 1),
        },
    ]
    gap.state = GapState.CLOSED
    gap.closed_at = now()
    session.flush()


def close_by_teacher(session: Session, gap: Gap, teacher_id: int) -> None:
    """A teacher says that the need is gone. Closing it twice changes nothing."""
    if gap.state == GapState.CLOSED:
        return
    gap.state = GapState.CLOSED
    gap.closed_at = now()
    gap.closed_by_id = teacher_id
    session.flush()


def _locked(session: Session, person_id: int, target_id: int) -> Gap | None:
    return session.scalars(
        select(Gap)
        .where(Gap.person_id == person_id, Gap.target_id == target_id, Gap.state != GapState.CLOSED)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def in_section(session: Session, section_id: int, gap_id: int) -> Gap:
    """One gap of the section. Raises `NotHere`."""
    gap = session.scalars(
        select(Gap).where(Gap.id == gap_id, Gap.section_id == section_id).with_for_update()
    ).first()
    if gap is None:
        raise NotHere
    return gap


@dataclass(frozen=True)
class Group:
    """Students of a section who need help on the same target."""

    target: Target
    waiting: list[Gap]
    """Nobody has invited these yet, or their session is over; the longest open first."""
    invited: list[Gap]


def groups(session: Session, section_id: int) -> list[Group]:
    """The section's open gaps by target, the widest first. Those who left are not listed."""
    invited = invited_gap_ids(session, section_id)
    rows = session.scalars(
        select(Gap)
        .join(
            Enrolment,
            (Enrolment.person_id == Gap.person_id) & (Enrolment.section_id == Gap.section_id),
        )
        .join(Person, Gap.person_id == Person.id)
        .where(
            Gap.section_id == section_id,
            Gap.state != GapState.CLOSED,
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
        )
        .order_by(Gap.opened_at, Person.name)
        .options(selectinload(Gap.person), selectinload(Gap.target))
    )
    by_target: dict[int, Group] = {}
    for gap in rows:
        group = by_target.setdefault(gap.target_id, Group(gap.target, [], []))
        (group.invited if gap.id in invited else group.waiting).append(gap)
    return sorted(by_target.values(), key=lambda group: (-len(group.waiting), group.target.id))


def of_student(session: Session, person_id: int) -> dict[int, Gap]:
    """A student's gaps that are not closed, by target id."""
    rows = session.scalars(
        select(Gap).where(Gap.person_id == person_id, Gap.state != GapState.CLOSED)
    )
    return {gap.target_id: gap for gap in rows}
