"""Two targets become one; no attempt is lost on the way."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from lti_app.db import now
from lti_app.errors import BadInput, Clash, NotHere
from lti_app.learning import editing, events
from lti_app.learning.models import (
    Checkpoint,
    Goal,
    Level,
    Mastery,
    Pathway,
    PathwayChoice,
    Proposal,
    Target,
    target_needs,
)
from lti_app.learning.plan.moving import lock_work, work_out_anew
from lti_app.learning.plan.needs import (
    Edges,
    edges,
    in_words,
    link,
    lock_plan,
    way_between,
)
from lti_app.learning.targets import title_of


def merge(
    session: Session,
    into: Target,
    other_id: int,
    *,
    title: str,
    version: int,
    editor_id: int,
) -> None:
    """Bring all of the team's target `other_id` into `into`, which keeps its unit and rule, and
    archive the emptied one. Sent twice it merges once.

    Raises `NotHere` for a target of nobody's or another team, `BadInput` where the needs-first
    links would close a circle, and `Conflict` where somebody changed `into` after `version`.
    """
    title = title_of(title)
    lock_plan(session, into.team_id)
    session.refresh(into, ["title", "archived_at"])
    other = session.scalars(
        select(Target)
        .where(Target.id == other_id, Target.team_id == into.team_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if other is not None and other.merged_into_id == into.id:
        return
    if other is None or other.archived_at is not None or into.archived_at is not None:
        raise NotHere
    if other.id == into.id:
        raise BadInput(
            _l("A target can't be merged with itself."), _l("Pick another target from the list.")
        )
    links = edges(session, into.team_id, archived=True)
    _refuse_circle(session, links, into, other)
    editing.begin(
        session,
        into,
        version=version,
        editor_id=editor_id,
        clashes=[Clash("title", _l("In student words"), into.title, title)],
    )
    lock_work(session, [into.id, other.id])
    into.title = title
    into.standards = list(dict.fromkeys([*into.standards, *other.standards]))
    _move_links(session, links, into, other)
    _move_rows(session, into, other)
    _retire(session, other, into, editor_id)
    session.flush()
    for row in (into, other):
        session.expire(row, ["pathways", "checkpoints", "needs", "needed_by"])
    _clear_standings(session, other.id)
    work_out_anew(session, into.id)
    events.target_merged.send(session, from_id=other.id, into_id=into.id)


def _refuse_circle(session: Session, links: Edges, into: Target, other: Target) -> None:
    """A way from one to the other over a third would begin and end at the merged one."""
    direct = {(into.id, other.id), (other.id, into.id)}
    for start, end in direct:
        way = way_between(links - direct, start, end)
        if way:
            ids = session.execute(select(Target.id, Target.title).where(Target.id.in_(way)))
            title_of_id = dict(ids.all())
            raise BadInput(
                _l(
                    "Other targets stand between these two: %(way)s.",
                    way=in_words(way, title_of_id),
                ),
                _l("Remove one of these links first, then merge."),
            )


def _move_links(session: Session, links: Edges, into: Target, other: Target) -> None:
    for target_id, needs_id in sorted(links):
        if other.id not in (target_id, needs_id):
            continue
        session.execute(
            delete(target_needs).where(
                target_needs.c.target_id == target_id, target_needs.c.needs_id == needs_id
            )
        )
        moved = tuple(into.id if one == other.id else one for one in (target_id, needs_id))
        if moved[0] != moved[1]:
            link(session, moved[0], moved[1])


def _move_rows(session: Session, into: Target, other: Target) -> None:
    for placed in (Pathway, Checkpoint):
        last = session.scalar(select(func.max(placed.position)).where(placed.target_id == into.id))
        session.execute(
            update(placed)
            .where(placed.target_id == other.id)
            .values(target_id=into.id, position=placed.position + (last or 0))
            .execution_options(synchronize_session="fetch")
        )
    _drop_older_choices(session, into.id, other.id)
    for follows in (PathwayChoice, Proposal, Goal):
        session.execute(
            update(follows).where(follows.target_id == other.id).values(target_id=into.id)
        )


def _drop_older_choices(session: Session, into_id: int, other_id: int) -> None:
    """Of a student who picked a pathway on both targets the newer pick stands."""
    one, two = aliased(PathwayChoice), aliased(PathwayChoice)
    rows = session.execute(
        select(one.id, one.chosen_at, two.id, two.chosen_at)
        .join(two, one.person_id == two.person_id)
        .where(one.target_id == into_id, two.target_id == other_id)
    )
    older = [
        into_choice if into_at < other_at else other_choice
        for into_choice, into_at, other_choice, other_at in rows
    ]
    session.execute(delete(PathwayChoice).where(PathwayChoice.id.in_(older)))


def _clear_standings(session: Session, target_id: int) -> None:
    """The rows stay: who scores an attempt in this very moment waits for one of them."""
    session.execute(
        update(Mastery)
        .where(Mastery.target_id == target_id)
        .values(level=Level.NOT_STARTED, percent=None, changed_at=now())
    )


def _retire(session: Session, other: Target, into: Target, editor_id: int) -> None:
    session.execute(
        update(Target).where(Target.merged_into_id == other.id).values(merged_into_id=into.id)
    )
    other.archived_at = now()
    other.merged_into_id = into.id
    other.version += 1
    other.edited_by_id = editor_id
    other.edited_at = now()
