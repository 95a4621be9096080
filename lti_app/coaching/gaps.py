"""Gaps: where a student needs help now, opened and closed by what the evidence says."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching import helps, team_rules, urgency
from lti_app.coaching.invitations import invited_gap_ids
from lti_app.coaching.models import Gap, GapReason, GapState
from lti_app.db import insert_missing, now
from lti_app.errors import BadInput, NotHere
from lti_app.learning.models import Target
from lti_app.learning.voice.weeks import local_day
from lti_app.people.models import Enrolment, Person, Role

LONGEST_NOTE = 500


def ask_for_help(
    session: Session, *, person_id: int, section_id: int, target: Target, note: str
) -> Gap:
    """A student says *I need help* on a target. Raises `BadInput` for an over-long note."""
    return open_gap(
        session,
        person_id=person_id,
        section_id=section_id,
        target_id=target.id,
        reason=GapReason.ASKED_FOR_HELP,
        note=_checked_note(note),
    )


def flag(
    session: Session, *, person_id: int, section_id: int, target: Target, note: str, teacher_id: int
) -> Gap:
    """A teacher says that a student needs help on a target. Raises `BadInput`."""
    return open_gap(
        session,
        person_id=person_id,
        section_id=section_id,
        target_id=target.id,
        reason=GapReason.FLAGGED,
        note=_checked_note(note),
        teacher_id=teacher_id,
    )


def _checked_note(note: str) -> str:
    note = note.replace("\0", "").strip()
    if len(note) > LONGEST_NOTE:
        raise BadInput(
            _l("That is a lot to read."),
            _l("Say it in under %(n)s letters, please.", n=LONGEST_NOTE),
        )
    return note


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
    (gap,) = open_gaps(session, [Need(person_id, section_id, target_id, reason, evidence)])
    return gap


@dataclass(frozen=True)
class Need:
    """Something seen that opens a gap."""

    person_id: int
    section_id: int
    target_id: int
    reason: GapReason
    evidence: dict[str, Any]


def open_gaps(session: Session, needs: Sequence[Need]) -> list[Gap]:
    """Open gaps, as `open_gap` does one, in as many statements however many there are."""
    rows = {
        (need.person_id, need.target_id): {
            "person_id": need.person_id,
            "section_id": need.section_id,
            "target_id": need.target_id,
            "reason": need.reason,
            "evidence": [],
            "state": GapState.OPEN,
            "raised": 0,
            "opened_at": now(),
        }
        for need in reversed(needs)
    }
    if not rows:
        return []
    insert_missing(session, Gap, [rows[pair] for pair in sorted(rows)])
    found = {(gap.person_id, gap.target_id): gap for gap in locked_all(session, rows.keys())}
    for need in needs:
        gap = found[(need.person_id, need.target_id)]
        seen = {"reason": need.reason.value, "at": now().isoformat(), **need.evidence}
        gap.evidence = [*gap.evidence, seen]
        if gap.state == GapState.ATTENDED:
            # They came, and the need is still there: it waits for the next invitation.
            gap.state = GapState.OPEN
    session.flush()
    return list(found.values())


def close(gap: Gap, **evidence: Any) -> None:
    """What was seen closes the gap."""
    gap.evidence = [*gap.evidence, {"at": now().isoformat(), **evidence}]
    gap.state = GapState.CLOSED
    gap.closed_at = now()


def close_by_teacher(session: Session, gap: Gap, teacher_id: int) -> None:
    """A teacher says that the need is gone. Closing it twice changes nothing."""
    if gap.state == GapState.CLOSED:
        return
    gap.state = GapState.CLOSED
    gap.closed_at = now()
    gap.closed_by_id = teacher_id
    helps.decide_closed(session, gap)
    session.flush()


def locked(session: Session, person_id: int, target_id: int) -> Gap | None:
    """A student's gap on a target that is not closed, locked for a change."""
    return next(iter(locked_all(session, [(person_id, target_id)])), None)


def locked_all(session: Session, pairs: Collection[tuple[int, int]]) -> Sequence[Gap]:
    """The gaps of `pairs` (student, target) that are not closed, locked for a change."""
    return session.scalars(
        select(Gap)
        .where(tuple_(Gap.person_id, Gap.target_id).in_(pairs), Gap.state != GapState.CLOSED)
        .order_by(Gap.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


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
    """Nobody has invited these yet, or their session is over; the most pressing first."""
    invited: list[Gap]
    urgency: dict[int, int]
    """Gap id → urgency (1 to 100) of those who wait."""


def groups(session: Session, team_id: int, section_id: int) -> list[Group]:
    """The section's open gaps by target, the most pressing first. Those who left are not listed."""
    invited = invited_gap_ids(session, section_id)
    looks = team_rules.looks(session, team_id)
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
    ).all()
    pressing = urgencies(rows, looks)
    by_target: dict[int, Group] = {}
    for gap in sorted(rows, key=lambda gap: -pressing[gap.id]):
        group = by_target.setdefault(gap.target_id, Group(gap.target, [], [], pressing))
        (group.invited if gap.id in invited else group.waiting).append(gap)
    return sorted(
        by_target.values(),
        key=lambda group: (-sum(pressing[gap.id] for gap in group.waiting), group.target.id),
    )


def urgencies(gaps: Iterable[Gap], looks: team_rules.Looks) -> dict[int, int]:
    """How pressing gaps are today, by gap id."""
    behind = urgency.waiting_behind(looks.needs)
    today = local_day(now(), looks.timezone)
    return {
        gap.id: urgency.of_gap(
            gap,
            line_percent=looks.rules.line_percent,
            behind=behind,
            school_days=looks.school_days,
            timezone=looks.timezone,
            today=today,
        )
        for gap in gaps
    }


def of_student(session: Session, person_id: int) -> dict[int, Gap]:
    """A student's gaps that are not closed, by target id."""
    rows = session.scalars(
        select(Gap).where(Gap.person_id == person_id, Gap.state != GapState.CLOSED)
    )
    return {gap.target_id: gap for gap in rows}
