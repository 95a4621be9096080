"""Where am I, and what next: a student's targets as their front page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from lti_app.coaching import gaps
from lti_app.learning import attempts, mastery
from lti_app.learning.models import (
    Activity,
    ActivityDone,
    Attempt,
    Checkpoint,
    Level,
    Pathway,
    PathwayChoice,
    Score,
    Target,
    Unit,
)
from lti_app.learning.plan import map as target_map
from lti_app.learning.plan import needs
from lti_app.people.viewer import Viewer


@dataclass(frozen=True)
class Row:
    """One target on the student's page."""

    target: Target
    level: Level
    needs_help: bool
    waits: bool
    """What the student sent was not scored yet."""

    @property
    def is_met(self) -> bool:
        """Whether the target is met."""
        return mastery.is_met(self.level)


@dataclass(frozen=True)
class UnitRows:
    """A unit's targets, in order."""

    unit: Unit | None
    rows: list[Row]

    @property
    def met(self) -> int:
        """How many of them are met."""
        return sum(row.is_met for row in self.rows)

    @property
    def is_finished(self) -> bool:
        """Whether all of them are met."""
        return self.met == len(self.rows)


def rows_of(session: Session, viewer: Viewer) -> list[Row]:
    """The student's targets in order, in four queries."""
    found = _with_something_to_do(session, viewer)
    levels = attempts.standings(session, [viewer.person_id], [target.id for target in found])
    waiting = _waiting(session, viewer.person_id)
    in_need = gaps.of_student(session, viewer.person_id)
    return [
        Row(
            target=target,
            level=levels.get((viewer.person_id, target.id), Level.NOT_STARTED),
            needs_help=target.id in in_need,
            waits=target.id in waiting,
        )
        for target in found
    ]


def _with_something_to_do(session: Session, viewer: Viewer) -> Sequence[Target]:
    """The team's targets that have a checkpoint or a pathway for this student, in order."""
    for_section = (
        Pathway.section_id.is_(None) | (Pathway.section_id == viewer.section_id),
        Pathway.person_id.is_(None) | (Pathway.person_id == viewer.person_id),
    )
    pathway = exists().where(
        Pathway.target_id == Target.id,
        ~Pathway.hidden,
        *for_section,
        Activity.pathway_id == Pathway.id,
        ~Activity.hidden,
    )
    checkpoint = exists().where(
        Checkpoint.target_id == Target.id,
        ~Checkpoint.hidden,
        Checkpoint.section_id.is_(None) | (Checkpoint.section_id == viewer.section_id),
    )
    return session.scalars(
        select(Target)
        .outerjoin(Unit, Target.unit_id == Unit.id)
        .where(Target.team_id == viewer.team_id, Target.archived_at.is_(None), pathway | checkpoint)
        .order_by(Unit.position.nulls_last(), Unit.id, Target.position, Target.id)
        .options(joinedload(Target.unit))
    ).all()


def _waiting(session: Session, person_id: int) -> frozenset[int]:
    """Targets with an attempt of the student that nobody has scored yet."""
    later = aliased(Attempt)
    return frozenset(
        session.scalars(
            select(Checkpoint.target_id)
            .join(Attempt, Attempt.checkpoint_id == Checkpoint.id)
            .where(
                Attempt.person_id == person_id,
                ~exists().where(Score.attempt_id == Attempt.id),
                ~exists().where(
                    later.checkpoint_id == Attempt.checkpoint_id,
                    later.person_id == Attempt.person_id,
                    later.number > Attempt.number,
                ),
            )
        )
    )


def by_unit(rows: list[Row]) -> list[UnitRows]:
    """The targets under their units, in order."""
    by_unit: dict[int | None, UnitRows] = {}
    for row in rows:
        by_unit.setdefault(row.target.unit_id, UnitRows(row.target.unit, [])).rows.append(row)
    return list(by_unit.values())


def next_up(rows: list[Row], links: needs.Edges) -> Row | None:
    """What to go on with, as the map's *you are here*, leaving out what waits for a teacher
    as long as there is something else that may be done now."""
    row_of = {row.target.id: row for row in rows}
    levels = {row.target.id: row.level for row in rows}
    # A target with nothing to do in it can't be met first: it holds up nobody.
    links = {link for link in links if link[1] in row_of}
    here = target_map.here([row.target for row in rows if not row.waits], links, levels)
    blocked = here is not None and any(
        target_id == here.id and not row_of[needs_id].is_met for target_id, needs_id in links
    )
    if here is None or (blocked and levels[here.id] == Level.NOT_STARTED):
        here = target_map.here([row.target for row in rows], links, levels)
    return row_of[here.id] if here is not None else None


def steps(session: Session, person_id: int, row: Row | None) -> tuple[int, int]:
    """How many steps of the pathway picked for a target are done, and how many there are. A step
    is done where one of its alternatives is."""
    if row is None:
        return 0, 0
    activities = session.execute(
        select(Activity.id, Activity.alternative_to_id, ActivityDone.id)
        .join(PathwayChoice, PathwayChoice.pathway_id == Activity.pathway_id)
        .outerjoin(
            ActivityDone,
            (ActivityDone.activity_id == Activity.id) & (ActivityDone.person_id == person_id),
        )
        .where(
            PathwayChoice.person_id == person_id,
            PathwayChoice.target_id == row.target.id,
            ~Activity.hidden,
        )
    ).all()
    all_steps = {first or own for own, first, _ in activities}
    done = {first or own for own, first, did in activities if did is not None}
    return len(done), len(all_steps)
