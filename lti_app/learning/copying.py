"""A course was copied to a new year: its plan comes along, nobody's work does.

The new section's team gets targets, pathways and checkpoints of its own, so that last year's stay
as they were and nobody of the new class sees the old one. Links made for the old ones are
understood: `here` says what they are now.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, selectinload

from lti_app.db import Base
from lti_app.learning.models import (
    Checkpoint,
    CopiedRow,
    CopyKind,
    FeedbackPhrase,
    Pathway,
    Source,
    Target,
    TeamRules,
    Unit,
)
from lti_app.learning.ways import sharing
from lti_app.people.models import Section

R = TypeVar("R", bound=Base)

OF_ITS_OWN = {"version", "edited_by_id", "edited_at", "created_at"}
"""Columns that begin anew in a copy."""


def bring_plan(session: Session, from_section_id: int, into_section_id: int) -> None:
    """Copy what the first section's team plans into the second's: rules, phrases, units, targets
    in use with their standards and needs, pathways, checkpoints and their questions.

    Left behind: what is hidden or archived, what is for one student or another section, what is
    mirrored from the old course, and dates.
    """
    old, new = (session.get_one(Section, one) for one in (from_section_id, into_section_id))
    rules = session.get(TeamRules, old.team_id)
    if rules is not None and session.get(TeamRules, new.team_id) is None:
        session.add(_twin(rules, team_id=new.team_id))
    phrases = select(FeedbackPhrase).where(FeedbackPhrase.team_id == old.team_id)
    session.add_all(_twin(one, team_id=new.team_id) for one in session.scalars(phrases))
    bring_targets(
        session,
        session.scalars(
            select(Target.id).where(Target.team_id == old.team_id, Target.archived_at.is_(None))
        ).all(),
        old,
        new,
    )


def bring_targets(session: Session, target_ids: Iterable[int], old: Section, new: Section) -> None:
    """Copy some targets of `old`'s team, with all that hangs on them, into `new`'s; a target
    that was copied before is there once."""
    known = dict(
        session.execute(
            select(CopiedRow.from_id, CopiedRow.to_id).where(
                CopiedRow.team_id == new.team_id, CopiedRow.kind == CopyKind.TARGET
            )
        ).all()
    )
    originals = session.scalars(
        select(Target)
        .where(
            Target.id.in_([one for one in target_ids if one not in known]),
            Target.team_id == old.team_id,
        )
        .order_by(Target.position, Target.id)
        .options(
            selectinload(Target.unit),
            selectinload(Target.standards),
            selectinload(Target.needs),
            selectinload(Target.pathways).selectinload(Pathway.activities),
            selectinload(Target.checkpoints).selectinload(Checkpoint.items),
        )
    ).all()
    units: dict[int, Unit] = {}
    copies: dict[int, Target] = {}
    for original in originals:
        unit = original.unit
        if unit is not None and unit.archived_at is None and unit.id not in units:
            units[unit.id] = _twin(unit, team_id=new.team_id, source=Source.WRITTEN)
            session.add(units[unit.id])
        copy = _twin(original, team_id=new.team_id, unit_id=None, source=Source.WRITTEN)
        copy.unit = units.get(original.unit_id or 0)
        copy.standards = list(original.standards)
        session.add(copy)
        copies[original.id] = copy
    session.flush()
    for original in originals:
        copies[original.id].needs = [copies[n.id] for n in original.needs if n.id in copies]
        _note(session, CopyKind.TARGET, original, copies[original.id], old, new)
        _bring_ways(session, original, copies[original.id], old, new)
    session.flush()


def _bring_ways(
    session: Session, original: Target, copy: Target, old: Section, new: Section
) -> None:
    for pathway in original.pathways:
        if pathway.person_id is None and _comes_along(pathway, old):
            way = sharing.copy_into(session, pathway, copy)
            way.section_id = new.id if pathway.section_id else None
            _note(session, CopyKind.PATHWAY, pathway, way, old, new)
    for checkpoint in original.checkpoints:
        if not _comes_along(checkpoint, old):
            continue
        twin = _twin(
            checkpoint,
            target_id=copy.id,
            section_id=new.id if checkpoint.section_id else None,
            due_at=None,
        )
        twin.items = [
            _twin(item, checkpoint_id=None) for item in checkpoint.items if item.retired_at is None
        ]
        session.add(twin)
        session.flush()
        _note(session, CopyKind.CHECKPOINT, checkpoint, twin, old, new)


def _comes_along(row: Pathway | Checkpoint, old: Section) -> bool:
    mine = row.section_id in (None, old.id)
    return mine and not row.hidden and row.source != Source.MIRRORED


def _twin(row: R, **changes: Any) -> R:
    mapper = inspect(type(row))
    keys = {column.key for column in mapper.primary_key}
    values = {
        attribute.key: getattr(row, attribute.key)
        for attribute in mapper.column_attrs
        if attribute.key not in keys | OF_ITS_OWN
    }
    return type(row)(**{**values, **changes})


def _note(
    session: Session,
    kind: CopyKind,
    original: Target | Pathway | Checkpoint,
    copy: Target | Pathway | Checkpoint,
    old: Section,
    new: Section,
) -> None:
    """Remember the copy under its original, and under what the original was itself copied from:
    a link may be many years old."""
    earlier = session.scalars(
        select(CopiedRow.from_id).where(
            CopiedRow.team_id == old.team_id,
            CopiedRow.kind == kind,
            CopiedRow.to_id == original.id,
        )
    )
    session.add_all(
        CopiedRow(team_id=new.team_id, kind=kind, from_id=from_id, to_id=copy.id)
        for from_id in {original.id, *earlier}
    )


def here(session: Session, team_id: int, kind: CopyKind, row_id: int) -> int | None:
    """The id, in this team, of a target, pathway or checkpoint or of its copy; None: it has
    neither."""
    if _team_of(session, kind, row_id) == team_id:
        return row_id
    return session.scalar(
        select(CopiedRow.to_id).where(
            CopiedRow.team_id == team_id, CopiedRow.kind == kind, CopiedRow.from_id == row_id
        )
    )


def target_of(session: Session, kind: CopyKind, row_id: int) -> int | None:
    """The target that a thing is, or belongs to; None where there is no such thing."""
    if kind == CopyKind.TARGET:
        return session.scalar(select(Target.id).where(Target.id == row_id))
    model = Pathway if kind == CopyKind.PATHWAY else Checkpoint
    return session.scalar(select(model.target_id).where(model.id == row_id))


def originals(session: Session, checkpoint_id: int) -> list[int]:
    """What a checkpoint was copied from, through all the years."""
    return list(
        session.scalars(
            select(CopiedRow.from_id)
            .where(CopiedRow.kind == CopyKind.CHECKPOINT, CopiedRow.to_id == checkpoint_id)
            .order_by(CopiedRow.from_id)
        )
    )


def _team_of(session: Session, kind: CopyKind, row_id: int) -> int | None:
    target_id = target_of(session, kind, row_id)
    target = session.get(Target, target_id) if target_id is not None else None
    return target.team_id if target is not None else None
