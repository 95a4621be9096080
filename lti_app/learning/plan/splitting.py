"""One target becomes several; no attempt is lost on the way.

Attempts belong to a checkpoint and follow it. Standings on all parts are worked out anew.
"""

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from lti_app.errors import BadInput, Clash, NotHere
from lti_app.learning import editing, events
from lti_app.learning.models import (
    Checkpoint,
    Pathway,
    PathwayChoice,
    Proposal,
    Target,
)
from lti_app.learning.plan.moving import lock_work, work_out_anew
from lti_app.learning.plan.needs import edges, link, lock_plan
from lti_app.learning.targets import title_of

MOST_PARTS = 5

PartOf = Mapping[int, int]
"""Id of a pathway or checkpoint → the part it goes to, 0 for the target itself. What is not
named stays with the target."""


def whole(session: Session, team_id: int, target_id: int) -> Target:
    """A target in use with its unit, standards, links, and the pathways and checkpoints of all
    sections. Raises `NotHere`."""
    found = session.scalars(
        select(Target)
        .where(Target.id == target_id, Target.team_id == team_id, Target.archived_at.is_(None))
        .options(
            selectinload(Target.unit),
            selectinload(Target.standards),
            selectinload(Target.pathways),
            selectinload(Target.checkpoints),
        )
    ).first()
    if found is None:
        raise NotHere
    return found


def split(
    session: Session,
    target: Target,
    titles: Sequence[str],
    part_of_pathway: PartOf,
    part_of_checkpoint: PartOf,
    *,
    version: int,
    editor_id: int,
) -> list[Target]:
    """Make one target into several with these titles; returns all parts, the target itself first.

    Each part has the target's unit, standards, rule and needs-first links. Raises `BadInput` for
    unusable titles, `NotHere` for a target that was archived meanwhile, and `Conflict` where
    somebody changed it after `version`. Sent twice it splits once.
    """
    wanted = _part_titles(titles)
    lock_plan(session, target.team_id)
    session.refresh(target, ["version", "title", "unit_id", "position", "archived_at"])
    if target.archived_at is not None:
        raise NotHere
    if target.version != version and (done := _parts_there(session, target, wanted)):
        return done
    editing.begin(
        session,
        target,
        version=version,
        editor_id=editor_id,
        clashes=[Clash("title_1", _l("First part"), target.title, wanted[0])],
    )
    lock_work(session, [target.id])
    target.title = wanted[0]
    parts = [target, *(_sibling(target, title) for title in wanted[1:])]
    session.add_all(parts)
    _make_room(session, target, parts)
    session.flush()
    _copy_links(session, target, parts[1:])
    for place, part in enumerate(parts[1:], start=1):
        pathway_ids = [i for i, chosen in part_of_pathway.items() if chosen == place]
        checkpoint_ids = [i for i, chosen in part_of_checkpoint.items() if chosen == place]
        _hand_over(session, target, part, pathway_ids, checkpoint_ids)
    session.flush()
    for part in parts:
        session.expire(part, ["pathways", "checkpoints"])
        work_out_anew(session, part.id)
    events.target_split.send(session, target_id=target.id, new_ids=[part.id for part in parts[1:]])
    return parts


def _part_titles(titles: Sequence[str]) -> list[str]:
    wanted = [title_of(title) for title in titles]
    if not 2 <= len(wanted) <= MOST_PARTS:
        raise BadInput(
            _l("A target can be split into 2 to %(n)s parts.", n=MOST_PARTS),
            _l("Write a title for each part."),
        )
    if len({title.casefold() for title in wanted}) < len(wanted):
        raise BadInput(
            _l("Two parts have the same title."), _l("Give each part a title of its own.")
        )
    return wanted


def _parts_there(session: Session, target: Target, titles: list[str]) -> list[Target]:
    """The parts, where this very split was made already."""
    if target.title != titles[0]:
        return []
    found = session.scalars(
        select(Target)
        .where(
            Target.team_id == target.team_id,
            Target.unit_id == target.unit_id,
            Target.archived_at.is_(None),
            Target.title.in_(titles[1:]),
        )
        .order_by(Target.position, Target.id)
    ).all()
    return [target, *found] if {part.title for part in found} == set(titles[1:]) else []


def _sibling(target: Target, title: str) -> Target:
    return Target(
        team_id=target.team_id,
        unit_id=target.unit_id,
        title=title,
        mastery_rule=target.mastery_rule,
        newest_percent=target.newest_percent,
        times=target.times,
        nearly_percent=target.nearly_percent,
        met_percent=target.met_percent,
        beyond_percent=target.beyond_percent,
        standards=list(target.standards),
    )


def _make_room(session: Session, target: Target, parts: Sequence[Target]) -> None:
    """Let the parts stand where the target stood, one after the other."""
    session.execute(
        update(Target)
        .where(
            Target.team_id == target.team_id,
            Target.position > target.position,
            Target.id != target.id,
        )
        .values(position=Target.position + len(parts))
        .execution_options(synchronize_session=False)
    )
    for place, part in enumerate(parts):
        part.position = target.position + place


def _copy_links(session: Session, target: Target, new: Sequence[Target]) -> None:
    """What the target needed first each part needs; what needed it needs each part."""
    for target_id, needs_id in sorted(edges(session, target.team_id, archived=True)):
        for part in new:
            if target_id == target.id:
                link(session, part.id, needs_id)
            elif needs_id == target.id:
                link(session, target_id, part.id)


def _hand_over(
    session: Session,
    target: Target,
    part: Target,
    pathway_ids: list[int],
    checkpoint_ids: list[int],
) -> None:
    session.execute(
        update(Pathway)
        .where(Pathway.id.in_(pathway_ids), Pathway.target_id == target.id)
        .values(target_id=part.id)
    )
    session.execute(
        update(Checkpoint)
        .where(Checkpoint.id.in_(checkpoint_ids), Checkpoint.target_id == target.id)
        .values(target_id=part.id)
    )
    for follows in (PathwayChoice, Proposal):
        session.execute(
            update(follows)
            .where(follows.pathway_id.in_(pathway_ids), follows.target_id == target.id)
            .values(target_id=part.id)
        )
