"""Gaps: where a student needs help now, opened and closed by what the evidence says."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.coaching.invitations import invited_gap_ids
from lti_app.coaching.models import (
    Gap,
    GapReason,
    GapState,
    coaching_session_targets,
    invitation_gaps,
)
from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput, NotHere
from lti_app.learning import mastery
from lti_app.learning.attempts import Scored
from lti_app.learning.events import attempt_scored, standings_changed, target_merged
from lti_app.learning.models import Level, Mastery, Target
from lti_app.learning.recalculate import Change
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


@standings_changed.connect
def answer_recalculation(session: Session, changes: list[Change]) -> None:
    """Gaps close on targets that a changed rule says are met."""
    met = {
        (change.person_id, change.target_id): change
        for change in changes
        if mastery.is_met(change.level)
    }
    rows = session.scalars(
        select(Gap)
        .where(
            Gap.person_id.in_({person_id for person_id, _ in met}),
            Gap.target_id.in_({target_id for _, target_id in met}),
            Gap.state != GapState.CLOSED,
        )
        .with_for_update()
    )
    for gap in rows:
        change = met.get((gap.person_id, gap.target_id))
        if change is not None:
            _close(gap, reason="rule_changed", percent=round(change.percent, 1))
    session.flush()


@target_merged.connect
def follow_merge(session: Session, from_id: int, into_id: int) -> None:
    """Gaps and coaching sessions on a target that was merged go on with the one it went into.

    Of a student with a need on both, one gap stays, with what was seen on either.
    """
    kept_of = {gap.person_id: gap for gap in _open_on(session, into_id)}
    for gap in _open_on(session, from_id):
        kept = kept_of.get(gap.person_id)
        if kept is None:
            continue
        kept.evidence = sorted([*kept.evidence, *gap.evidence], key=lambda seen: seen["at"])
        kept.opened_at = min(kept.opened_at, gap.opened_at)
        if GapState.INVITED in (kept.state, gap.state):
            kept.state = GapState.INVITED
        gap.state, gap.closed_at = GapState.CLOSED, now()
        _replace(session, invitation_gaps, "gap_id", gap.id, kept.id)
    session.flush()
    session.execute(update(Gap).where(Gap.target_id == from_id).values(target_id=into_id))
    _replace(session, coaching_session_targets, "target_id", from_id, into_id)
    _close_where_met(session, into_id)


def _open_on(session: Session, target_id: int) -> list[Gap]:
    return list(
        session.scalars(
            select(Gap)
            .where(Gap.target_id == target_id, Gap.state != GapState.CLOSED)
            .order_by(Gap.id)
            .with_for_update()
        )
    )


def _replace(session: Session, pairs: Table, column: str, old: int, new: int) -> None:
    """Let pairs that name `old` name `new`; those that name both keep the one."""
    named = pairs.c[column]
    (other,) = (one for one in pairs.c if one.name != column)
    having = session.scalars(select(other).where(named == new)).all()
    session.execute(delete(pairs).where(named == old, other.in_(having)))
    session.execute(update(pairs).where(named == old).values({column: new}))


def _close_where_met(session: Session, target_id: int) -> None:
    """Who has met the target needs no help with it."""
    met = select(Mastery.person_id).where(
        Mastery.target_id == target_id, Mastery.level.in_((Level.MET, Level.BEYOND))
    )
    session.execute(
        update(Gap)
        .where(Gap.target_id == target_id, Gap.state != GapState.CLOSED, Gap.person_id.in_(met))
        .values(state=GapState.CLOSED, closed_at=now())
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
    _close(gap, reason="met", attempt_id=attempt_id, percent=round(percent, 1))
    session.flush()


def _close(gap: Gap, **evidence: Any) -> None:
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
