"""Gaps found by rule, at the event that shows them: a score, a pathway begun, a rule changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from lti_app.coaching import gaps, helps, stuck, team_rules
from lti_app.coaching.models import (
    Gap,
    GapReason,
    GapState,
    coaching_session_targets,
    invitation_gaps,
    planned_gaps,
)
from lti_app.db import now
from lti_app.errors import NotHere
from lti_app.learning import mastery
from lti_app.learning.attempts import Scored
from lti_app.learning.events import attempts_scored, moved, standings_changed, target_merged
from lti_app.learning.models import Level, Mastery, Target
from lti_app.learning.recalculate import Change
from lti_app.people import roster


@attempts_scored.connect
def answer_scores(session: Session, scored: Sequence[Scored]) -> None:
    """A score below the line opens a gap; a standing that meets the target closes it.

    Either decides what became of the coaching session before it.
    """
    met = [one for one in scored if mastery.is_met(one.standing.level)]
    if met:
        _close(session, {one.pair: one for one in met})
    if unmet := [one for one in scored if not mastery.is_met(one.standing.level)]:
        _open(session, unmet)


def _percent(scored: Scored) -> float:
    return round(100 * scored.score.points / scored.score.max_points, 1)


def _close(session: Session, met: Mapping[tuple[int, int], Scored]) -> None:
    """`met`: by student and target, the newest score there."""
    for gap in gaps.locked_all(session, met.keys()):
        by = met[(gap.person_id, gap.target_id)]
        gaps.close(gap, reason="met", attempt_id=by.attempt.id, percent=_percent(by))
        helps.decide_closed(session, gap)
    stuck.met(session, met.keys())
    session.flush()


def _open(session: Session, unmet: Sequence[Scored]) -> None:
    target_ids = {one.standing.target_id for one in unmet}
    teams: dict[int, int] = dict(
        session.execute(select(Target.id, Target.team_id).where(Target.id.in_(target_ids))).all()
    )
    looks = {one.pair: team_rules.looks(session, teams[one.standing.target_id]) for one in unmet}
    helped = helps.undecided(session, looks.keys())
    for one in unmet:
        if one.pair in helped:
            helps.decide_by_score(session, *one.pair, one.attempt.submitted_at)
    below = [one for one in unmet if _percent(one) < looks[one.pair].rules.line_percent]
    gaps.open_gaps(
        session,
        [
            gaps.Need(
                one.attempt.person_id,
                one.attempt.section_id,
                one.standing.target_id,
                GapReason.BELOW_THE_LINE,
                {"attempt_id": one.attempt.id, "percent": _percent(one)},
            )
            for one in below
            if looks[one.pair].rules.finds_below_line
        ],
    )
    stuck.note_movements(session, looks, {one.pair: one.attempt.section_id for one in unmet})
    for one in {one.pair: one for one in below}.values():
        _look_at_needs(session, looks[one.pair], *one.pair, one.attempt.section_id)


@moved.connect
def answer_movement(
    session: Session, person_id: int, target_id: int, section_id: int | None
) -> None:
    """A student moved on a target: the time until they count as stuck begins anew, and targets
    it needs first that are not met yet become gaps."""
    team_id = _team_of(session, target_id)
    if section_id is None:
        try:
            section_id = roster.section_in_team(session, team_id, person_id)
        except NotHere:  # they have left: nobody waits for them
            return
    looks = team_rules.looks(session, team_id)
    if not stuck.note_movement(session, looks, person_id, target_id, section_id):
        return
    _look_at_needs(session, looks, person_id, target_id, section_id)


def _team_of(session: Session, target_id: int) -> int:
    return session.get_one(Target, target_id).team_id


def _look_at_needs(
    session: Session, looks: team_rules.Looks, person_id: int, target_id: int, section_id: int
) -> None:
    """Targets that this one needs first and that the student has not met are gaps, once each."""
    firsts = looks.needs.get(target_id, ())
    if not looks.rules.finds_needs_first or not firsts:
        return
    met = set(
        session.scalars(
            select(Mastery.target_id).where(
                Mastery.person_id == person_id,
                Mastery.target_id.in_(firsts),
                Mastery.level.in_((Level.MET, Level.BEYOND)),
            )
        )
    )
    known = gaps.of_student(session, person_id)
    for needs_id in firsts:
        gap = known.get(needs_id)
        if needs_id in met or (gap is not None and _said(gap, target_id)):
            continue
        gaps.open_gap(
            session,
            person_id=person_id,
            section_id=section_id,
            target_id=needs_id,
            reason=GapReason.NEEDS_FIRST,
            behind_target_id=target_id,
        )


def _said(gap: Gap, target_id: int) -> bool:
    return any(
        seen.get("reason") == GapReason.NEEDS_FIRST and seen.get("behind_target_id") == target_id
        for seen in gap.evidence
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
            gaps.close(gap, reason="rule_changed", percent=round(change.percent, 1))
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
        kept.evidence = sorted([*kept.evidence, *gap.evidence], key=_seen_at)
        kept.opened_at = min(kept.opened_at, gap.opened_at)
        kept.raised = max(kept.raised, gap.raised)
        if GapState.INVITED in (kept.state, gap.state):
            kept.state = GapState.INVITED
        gap.state, gap.closed_at = GapState.CLOSED, now()
        for pairs in (invitation_gaps, planned_gaps):
            _replace(session, pairs, "gap_id", gap.id, kept.id)
        helps.replace(session, gap.id, kept.id)
    session.flush()
    session.execute(update(Gap).where(Gap.target_id == from_id).values(target_id=into_id))
    _replace(session, coaching_session_targets, "target_id", from_id, into_id)
    stuck.follow_merge(session, from_id, into_id)
    _close_where_met(session, into_id)


def _seen_at(seen: dict[str, Any]) -> str:
    return str(seen["at"])


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
