"""Needs-first links between a team's targets, kept free of circles.

Links of archived targets are kept, so that these can come back; they count where circles are
looked for and nowhere else.
"""

from collections.abc import Collection, Iterable, Mapping

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.db import insert_into
from lti_app.errors import BadInput, NotHere
from lti_app.learning import mastery
from lti_app.learning.models import Level, Mastery, Target, target_needs
from lti_app.people.models import Team

Edges = set[tuple[int, int]]
"""Pairs of ids: the first target needs the second one first."""


def lock_plan(session: Session, team_id: int) -> None:
    """Let one person at a time change the shape of a team's plan, until commit.

    Two teachers who each add a link that is fine alone could else close a circle together.
    """
    session.execute(select(Team.id).where(Team.id == team_id).with_for_update(key_share=True))


def edges(session: Session, team_id: int, *, archived: bool = False) -> Edges:
    """The links between the team's targets; with `archived`, those of archived ones too."""
    of_team = select(Target.id).where(Target.team_id == team_id)
    if not archived:
        of_team = of_team.where(Target.archived_at.is_(None))
    rows = session.execute(
        select(target_needs.c.target_id, target_needs.c.needs_id).where(
            target_needs.c.target_id.in_(of_team), target_needs.c.needs_id.in_(of_team)
        )
    )
    return set(rows.all())


def add(session: Session, team_id: int, target_id: int, needs_id: int) -> bool:
    """`target_id` needs `needs_id` first; False where it did already.

    Raises `NotHere` for a target that is not in the team's plan, and `BadInput` that names the
    way round where the link would close a circle.
    """
    lock_plan(session, team_id)
    title_of = _titles(session, team_id)
    for wanted in (target_id, needs_id):
        if wanted not in title_of:
            raise NotHere
    known = edges(session, team_id, archived=True)
    if (target_id, needs_id) in known:
        return False
    refuse_circle(known | {(target_id, needs_id)}, target_id, needs_id, _all_titles(session, known))
    link(session, target_id, needs_id)
    return True


def link(session: Session, target_id: int, needs_id: int) -> None:
    """Write a link that is known to close no circle, where it is missing. The plan is locked."""
    pair = {"target_id": target_id, "needs_id": needs_id}
    session.execute(insert_into(session, target_needs).values(**pair).on_conflict_do_nothing())


def remove(session: Session, team_id: int, target_id: int, needs_id: int) -> bool:
    """The link is no longer there; False where there was none. Raises `NotHere`."""
    lock_plan(session, team_id)
    owned = session.scalars(
        select(Target.id).where(Target.team_id == team_id, Target.id.in_((target_id, needs_id)))
    ).all()
    if len(set(owned)) != len({target_id, needs_id}):
        raise NotHere
    gone = session.execute(
        delete(target_needs)
        .where(target_needs.c.target_id == target_id, target_needs.c.needs_id == needs_id)
        .returning(target_needs.c.target_id)
    )
    return gone.first() is not None


def refuse_circle(links: Edges, target_id: int, needs_id: int, title_of: Mapping[int, str]) -> None:
    """Raises `BadInput` with the way round where `target_id` needing `needs_id` closes a circle."""
    way = way_between(links - {(target_id, needs_id)}, needs_id, target_id)
    if target_id == needs_id:
        raise BadInput(
            _l("A target can't need itself first."), _l("Pick another target from the list.")
        )
    if way:
        raise BadInput(
            _l("That would go round in a circle: %(way)s.", way=in_words([*way, way[0]], title_of)),
            _l("Remove one of these links first, or leave it as it is."),
        )


def in_words(way: Iterable[int], title_of: Mapping[int, str]) -> str:
    """The titles of targets that need each other, one after the other."""
    return " → ".join(f"“{title_of.get(target_id, '…')}”" for target_id in way)


def way_between(links: Edges, start: int, end: int) -> list[int]:
    """The shortest way of needs-first links from `start` to `end`, both included; else empty."""
    needs = grouped(links)
    came_from: dict[int, int | None] = {start: None}
    waiting = [start]
    for here in waiting:
        if here == end:
            break
        for there in sorted(needs.get(here, ())):
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    if end not in came_from:
        return []
    way: list[int] = []
    step: int | None = end
    while step is not None:
        way.append(step)
        step = came_from[step]
    return way[::-1]


def grouped(links: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    """What each target needs first."""
    found: dict[int, set[int]] = {}
    for target_id, needs_id in links:
        found.setdefault(target_id, set()).add(needs_id)
    return found


def waiting_behind(session: Session, team_id: int) -> dict[int, int]:
    """How many targets wait behind each of the team's targets: those that need it first, those
    that need these, and so on. Targets nothing waits for are left out."""
    return count_behind(edges(session, team_id))


def count_behind(links: Edges) -> dict[int, int]:
    """As `waiting_behind`, for given links."""
    needed_by = grouped((needs_id, target_id) for target_id, needs_id in links)
    counted: dict[int, int] = {}
    for target_id in needed_by:
        behind: set[int] = set()
        waiting = [target_id]
        for here in waiting:
            fresh = needed_by.get(here, set()) - behind
            behind |= fresh
            waiting.extend(fresh)
        counted[target_id] = len(behind)
    return counted


def unmet_first(
    session: Session, team_id: int, person_id: int, target_ids: Collection[int] | None = None
) -> dict[int, list[Target]]:
    """The needs-first targets a student has not met, by target id (of `target_ids`, or of all
    the team's); targets that wait for nothing are left out."""
    links = edges(session, team_id)
    if target_ids is not None:
        links = {link for link in links if link[0] in target_ids}
    first = {needs_id for _, needs_id in links}
    met = {
        target_id
        for target_id, level in session.execute(
            select(Mastery.target_id, Mastery.level).where(
                Mastery.person_id == person_id, Mastery.target_id.in_(first)
            )
        )
        if mastery.is_met(Level(level))
    }
    missing = session.scalars(
        select(Target).where(Target.id.in_(first - met)).order_by(Target.position, Target.id)
    ).all()
    return {
        target_id: found
        for target_id, needed in grouped(links).items()
        if (found := [target for target in missing if target.id in needed])
    }


def _titles(session: Session, team_id: int) -> dict[int, str]:
    rows = session.execute(
        select(Target.id, Target.title).where(
            Target.team_id == team_id, Target.archived_at.is_(None)
        )
    )
    return dict(rows.all())


def _all_titles(session: Session, links: Edges) -> dict[int, str]:
    ids = {target_id for link in links for target_id in link}
    rows = session.execute(select(Target.id, Target.title).where(Target.id.in_(ids)))
    return dict(rows.all())
