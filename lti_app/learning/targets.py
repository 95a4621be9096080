"""Targets with their pathways and checkpoints: reading and writing them, one team at a time."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload
from sqlalchemy.sql.base import ExecutableOption

from lti_app.errors import BadInput, NotHere, Words
from lti_app.learning import standards
from lti_app.learning.models import (
    Activity,
    ActivityKind,
    Checkpoint,
    MasteryRule,
    Pathway,
    Source,
    Standard,
    Target,
    Unit,
)
from lti_app.learning.ways import links

T = TypeVar("T")
LONGEST_TITLE = 300
MOST_POINTS = 10_000


def of_team(session: Session, team_id: int, section_id: int) -> list[Target]:
    """The team's targets in order, with unit, standards, and the pathways and checkpoints that
    are for the whole team or for this section."""
    return list(
        session.scalars(
            select(Target)
            .outerjoin(Unit)
            .where(*_in_use(team_id))
            .order_by(Unit.position.nulls_last(), Unit.id, Target.position, Target.id)
            .options(*_all_of_it(section_id))
        )
    )


def get(session: Session, team_id: int, section_id: int, target_id: int) -> Target:
    """One target of the team, loaded as in `of_team`. Raises `NotHere`."""
    return _owned(
        session.scalars(
            select(Target)
            .where(Target.id == target_id, *_in_use(team_id))
            .options(*_all_of_it(section_id))
        ).first()
    )


def _all_of_it(section_id: int) -> list[ExecutableOption]:
    return [
        selectinload(Target.unit),
        selectinload(Target.standards),
        selectinload(Target.pathways.and_(_for(Pathway, section_id))).selectinload(
            Pathway.activities
        ),
        selectinload(Target.checkpoints.and_(_for(Checkpoint, section_id))),
    ]


def get_checkpoint(
    session: Session, team_id: int, section_id: int, checkpoint_id: int
) -> Checkpoint:
    """One checkpoint of the team. Raises `NotHere`."""
    return _owned(
        session.scalars(
            select(Checkpoint)
            .join(Target)
            .where(
                Checkpoint.id == checkpoint_id,
                _for(Checkpoint, section_id),
                *_in_use(team_id),
            )
            .options(selectinload(Checkpoint.target))
        ).first()
    )


def get_pathway(session: Session, team_id: int, section_id: int, pathway_id: int) -> Pathway:
    """One pathway of the team. Raises `NotHere`."""
    return _owned(
        session.scalars(
            select(Pathway)
            .join(Target)
            .where(Pathway.id == pathway_id, _for(Pathway, section_id), *_in_use(team_id))
            .options(selectinload(Pathway.activities))
        ).first()
    )


def get_activity(session: Session, team_id: int, section_id: int, activity_id: int) -> Activity:
    """One activity of the team, with its pathway. Raises `NotHere`."""
    return _owned(
        session.scalars(
            select(Activity)
            .join(Pathway)
            .join(Target)
            .where(Activity.id == activity_id, _for(Pathway, section_id), *_in_use(team_id))
            .options(selectinload(Activity.pathway))
        ).first()
    )


def _for(model: type[Pathway | Checkpoint], section_id: int) -> ColumnElement[bool]:
    return or_(model.section_id.is_(None), model.section_id == section_id)


def _in_use(team_id: int) -> tuple[ColumnElement[bool], ...]:
    return Target.team_id == team_id, Target.archived_at.is_(None)


def _owned(found: T | None) -> T:
    if found is None:
        raise NotHere
    return found


def add_target(
    session: Session,
    team_id: int,
    *,
    title: str,
    codes: str = "",
    unit_id: int | None = None,
    rule: MasteryRule | None = None,
    source: Source = Source.WRITTEN,
) -> Target:
    """Add a target at the end of its unit; `codes` may name standards in any spelling.

    Raises `BadInput` for an empty or over-long title and for a code no standard has.
    """
    target = Target(
        team_id=team_id,
        unit_id=unit_id,
        title=title_of(title),
        mastery_rule=rule,
        source=source,
        position=_next_position(session, Target.position, Target.team_id == team_id),
        standards=standards_of(session, codes),
    )
    session.add(target)
    session.flush()
    return target


def add_pathway(
    session: Session, target: Target, *, title: str, source: Source = Source.WRITTEN
) -> Pathway:
    """Add a pathway at the end of the target's list."""
    pathway = Pathway(
        target_id=target.id,
        title=title_of(title),
        source=source,
        position=_next_position(session, Pathway.position, Pathway.target_id == target.id),
    )
    session.add(pathway)
    session.flush()
    return pathway


def add_activity(
    session: Session,
    pathway: Pathway,
    *,
    title: str,
    kind: ActivityKind,
    url: str | None = None,
    minutes: int | None = None,
    source: Source = Source.WRITTEN,
) -> Activity:
    """Add an activity at the end of a pathway."""
    activity = Activity(
        pathway_id=pathway.id,
        title=title_of(title),
        kind=kind,
        minutes=minutes_of(minutes),
        source=source,
        position=_next_position(session, Activity.position, Activity.pathway_id == pathway.id),
    )
    links.point(session, activity, web_address(url))
    session.add(activity)
    session.flush()
    return activity


def add_checkpoint(
    session: Session,
    target: Target,
    *,
    title: str,
    max_points: float,
    question: str = "",
) -> Checkpoint:
    """Add a checkpoint that is answered here and scored by a teacher."""
    checkpoint = Checkpoint(
        target_id=target.id,
        title=title_of(title),
        question=question.strip()[:10_000],
        max_points=points_of(max_points),
        position=_next_position(session, Checkpoint.position, Checkpoint.target_id == target.id),
    )
    session.add(checkpoint)
    session.flush()
    return checkpoint


def title_of(typed: str) -> str:
    """A usable title. Raises `BadInput` for an empty or over-long one."""
    title = " ".join(typed.replace("\0", "").split())
    if not title:
        raise BadInput(_l("The title is empty."), _l("Write a short title and save again."))
    if len(title) > LONGEST_TITLE:
        raise BadInput(
            _l("The title is too long."),
            _l("Keep it under %(n)s letters and save again.", n=LONGEST_TITLE),
        )
    return title


def web_address(typed: str | None) -> str | None:
    """A link a browser may follow, or None. Raises `BadInput` for anything but http(s)."""
    url = (typed or "").strip()
    if not url:
        return None
    try:
        split = urlsplit(url)
        is_one = split.scheme in {"http", "https"} and bool(split.hostname)
    except ValueError:
        is_one = False
    if not is_one or len(url) > 2000:
        raise BadInput(_l("That is not a web address."), _l("It must start with https://"))
    return url


def points_of(points: float) -> float:
    """A usable maximum: more than 0. Raises `BadInput`."""
    if not 0 < points <= MOST_POINTS:
        raise BadInput(
            _l("The most points must be more than 0."), _l("Correct the number and save again.")
        )
    return points


def minutes_of(minutes: int | None) -> int | None:
    """Minutes an activity takes, 1 to 600, or None. Raises `BadInput`."""
    if minutes is not None and not 1 <= minutes <= 600:
        raise BadInput(_l("The minutes must be between 1 and 600."), _l("Correct the number."))
    return minutes


def standards_of(session: Session, codes: str) -> list[Standard]:
    """The standards that typed codes name, in any spelling. Raises `BadInput` for a code no
    standard has."""
    keys = [standards.code_key(code) for code in codes.replace(",", " ").split()]
    found = standards.by_code_key(session, keys)
    unknown = [
        code for code in codes.replace(",", " ").split() if standards.code_key(code) not in found
    ]
    if unknown:
        message: Words = _l("There is no standard %(code)s.", code=unknown[0][:40])
        raise BadInput(message, _l("Check the spelling, or leave it empty."))
    return list({found[key].id: found[key] for key in keys}.values())


def _next_position(
    session: Session, column: InstrumentedAttribute[int], where: ColumnElement[bool]
) -> int:
    return (session.scalar(select(func.max(column)).where(where)) or 0) + 1


def visible_pathways(target: Target) -> Sequence[Pathway]:
    """The pathways for everyone: not hidden, not one student's own, with something to do."""
    return [
        pathway
        for pathway in target.pathways
        if not pathway.hidden
        and pathway.person_id is None
        and any(not activity.hidden for activity in pathway.activities)
    ]


def visible_checkpoints(target: Target) -> Sequence[Checkpoint]:
    """The checkpoints a student may answer."""
    return [checkpoint for checkpoint in target.checkpoints if not checkpoint.hidden]
