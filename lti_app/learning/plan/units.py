"""A team's units: adding, renaming, archiving, bringing back."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import BadInput, Clash, NotHere
from lti_app.learning import editing
from lti_app.learning.models import Target, Unit
from lti_app.learning.plan.needs import lock_plan
from lti_app.learning.targets import title_of


def of_team(session: Session, team_id: int) -> list[Unit]:
    """The team's units in order: those in use, and those that still hold a target in use."""
    holding = select(Target.unit_id).where(
        Target.team_id == team_id, Target.archived_at.is_(None), Target.unit_id.is_not(None)
    )
    return list(
        session.scalars(
            select(Unit)
            .where(Unit.team_id == team_id)
            .where(or_(Unit.archived_at.is_(None), Unit.id.in_(holding)))
            .order_by(Unit.position, Unit.id)
        )
    )


def archived(session: Session, team_id: int) -> list[Unit]:
    """The team's archived units, the newest first."""
    return list(
        session.scalars(
            select(Unit)
            .where(Unit.team_id == team_id, Unit.archived_at.is_not(None))
            .order_by(Unit.archived_at.desc(), Unit.id)
        )
    )


def get(session: Session, team_id: int, unit_id: int) -> Unit:
    """One unit of the team, archived or not. Raises `NotHere`."""
    found = session.scalars(select(Unit).where(Unit.id == unit_id, Unit.team_id == team_id)).first()
    if found is None:
        raise NotHere
    return found


def chosen(session: Session, team_id: int, typed: str) -> int | None:
    """The unit a form names by its id; None for an empty choice. Raises `NotHere`."""
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 9:
        raise NotHere
    return get(session, team_id, int(typed)).id


def add(session: Session, team_id: int, title: str) -> Unit:
    """A unit at the end; the team's own one where it has one with this title already.

    Raises `BadInput` for an empty or over-long title.
    """
    title = title_of(title)
    lock_plan(session, team_id)
    same = session.scalars(
        select(Unit).where(Unit.team_id == team_id, Unit.title == title, Unit.archived_at.is_(None))
    ).first()
    if same is not None:
        return same
    last = session.scalar(select(func.max(Unit.position)).where(Unit.team_id == team_id))
    unit = Unit(team_id=team_id, title=title, position=(last or 0) + 1)
    session.add(unit)
    session.flush()
    return unit


def rename(session: Session, unit: Unit, title: str, *, version: int, editor_id: int) -> None:
    """Give a unit another title. Raises `BadInput`, and `Conflict` where somebody else did."""
    title = title_of(title)
    editing.begin(
        session,
        unit,
        version=version,
        editor_id=editor_id,
        clashes=[Clash("title", _l("Name of the unit"), unit.title, title)],
    )
    unit.title = title
    session.flush()


def archive(
    session: Session, unit: Unit, *, move: bool = False, into_id: int | None = None
) -> None:
    """Put a unit away. Its targets go to the unit `into_id` (None: to none) where `move` says so;
    without it, raises `BadInput` while there are any. Doing it twice changes nothing."""
    lock_plan(session, unit.team_id)
    holding = session.scalars(
        select(Target)
        .where(Target.unit_id == unit.id, Target.archived_at.is_(None))
        .order_by(Target.position, Target.id)
        .with_for_update()
    ).all()
    if holding and not move:
        raise BadInput(
            _l("There are still targets in this unit."),
            _l("Say where they go, then archive the unit."),
        )
    if into_id is not None:
        into = get(session, unit.team_id, into_id)
        if into.id == unit.id or into.archived_at is not None:
            raise BadInput(
                _l("The targets can't go there."), _l("Pick another unit from the list.")
            )
    place = next_place(session, unit.team_id)
    for target in holding:
        target.unit_id = into_id
        target.position = place
        place += 1
    unit.archived_at = unit.archived_at or now()
    session.flush()


def bring_back(session: Session, unit: Unit) -> None:
    """Use an archived unit again; it stands at the place it had."""
    unit.archived_at = None
    session.flush()


def next_place(session: Session, team_id: int) -> int:
    """The position after all of the team's targets, so after all of any unit."""
    last = session.scalar(select(func.max(Target.position)).where(Target.team_id == team_id))
    return (last or 0) + 1
