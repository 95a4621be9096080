"""What a link in the LMS opens, also from a course that was copied, and its gradebook column."""

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing
from lti_app.launch.events import Opened, link_opened
from lti_app.launch.models import ResourceLink
from lti_app.launch.places import Place
from lti_app.learning import copying
from lti_app.learning.models import CopyKind, Target
from lti_app.people.models import Enrolment, Identity, Section
from lti_app.people.viewer import STAFF
from lti_app.sync import outbox
from lti_app.sync.models import ColumnKind, GradebookColumn, GradeDelivery

Coming = Callable[[Session, int, Place], bool]
COMING: list[Coming] = []
"""Rules that know, by section, whether a worker is bringing a place there just now."""

MOST_CLASSES = 30
"""Of one browser's people, among which a plain link looks for its own."""


def here(session: Session, team_id: int, place: Place) -> Place | None:
    """The place as it is in this team: itself, its copy, or what it was merged into; None where
    the team has neither. An attempt is always itself."""
    if place.kind == "attempt":
        return place
    found = copying.here(session, team_id, CopyKind(place.kind), place.id)
    if found is None:
        return None
    if place.kind == "target":
        target = session.get_one(Target, found)
        found = target.merged_into_id or found
    return Place(place.kind, found)


def enrolment_for(
    session: Session, person_ids: Sequence[int], section_id: int | None, place: Place
) -> int | None:
    """In which of these people's classes a plain link opens: the one it was made for, else one
    that has the place, as a copied course does. None: they are in neither."""
    rows = session.execute(
        select(Enrolment.id, Section.id, Section.team_id)
        .join(Section, Enrolment.section_id == Section.id)
        .where(Enrolment.person_id.in_(person_ids), Enrolment.active)
        .order_by(Enrolment.id.desc())
        .limit(MOST_CLASSES)
    ).all()
    for enrolment_id, own_section_id, _team_id in rows:
        if own_section_id == section_id:
            return enrolment_id
    for enrolment_id, _section_id, team_id in rows:
        if here(session, team_id, place) is not None:
            return enrolment_id
    return None


def is_coming(session: Session, section_id: int, place: Place) -> bool:
    """Whether a place that is not here will be in a moment."""
    return any(rule(session, section_id, place) for rule in COMING)


@link_opened.connect
def take_in(session: Session, opened: Opened) -> None:
    """In the launch's own transaction: a link from another course brings its target along, and
    a checkpoint's link its gradebook column."""
    section = opened.section
    if here(session, section.team_id, opened.place) is None and opened.role in STAFF:
        _bring_along(session, opened)
    place = here(session, section.team_id, opened.place)
    if place is not None and place.kind == "checkpoint" and opened.line_item_url is not None:
        couple(session, section.id, place.id, opened.line_item_url)


def _bring_along(session: Session, opened: Opened) -> None:
    """A teacher copied one link into another course: its target comes along.

    Only where the platform says that the link was one of ours, in a section whose team had the
    target: an address alone, which anyone can write, opens nobody's plan.
    """
    if opened.place.kind == "attempt":
        return
    target_id = copying.target_of(session, CopyKind(opened.place.kind), opened.place.id)
    target = session.get(Target, target_id) if target_id is not None else None
    if target is None:
        return
    old = session.scalars(
        select(Section)
        .join(ResourceLink, ResourceLink.section_id == Section.id)
        .where(
            Section.source == opened.section.source,
            Section.team_id == target.team_id,
            ResourceLink.external_id.in_(opened.link_history),
        )
        .limit(1)
    ).first()
    if old is not None:
        bring(session, opened.place, old, opened.section)


def bring(session: Session, place: Place, old: Section, new: Section) -> None:
    """A copied course: the target behind a place comes along from the old section's team into
    the new one's, with nobody's work. Whoever calls knows that the LMS copied it."""
    at_old = here(session, old.team_id, place)
    if at_old is None or at_old.kind == "attempt":
        return
    target_id = copying.target_of(session, CopyKind(at_old.kind), at_old.id)
    if target_id is not None:
        copying.bring_targets(session, [target_id], old, new)


def couple(session: Session, section_id: int, checkpoint_id: int, line_item_url: str) -> None:
    """The platform couples this column to the checkpoint's link: grades go there from now on.

    Grades that stand in a column we had made before are sent once more, so that the column
    students and teachers see at the link has them all. The first coupled column stays it: two
    links to one checkpoint share it.
    """
    insert_if_missing(
        session,
        GradebookColumn,
        section_id=section_id,
        checkpoint_id=checkpoint_id,
        kind=ColumnKind.LTI,
        writable=True,
        coupled=False,
    )
    column = session.scalars(
        select(GradebookColumn).where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.checkpoint_id == checkpoint_id,
        )
    ).one()
    if column.kind != ColumnKind.LTI or column.coupled:
        return
    column.coupled = True
    if column.external_id == line_item_url:
        return
    column.replaced_id, column.external_id = column.external_id, line_item_url
    outbox.send_column_again(session, column.id)


def reviewed(session: Session, section: Section, line_item_url: str, subject: str) -> Place | None:
    """The attempt whose score stands in a column for a student the platform names; None where
    none was sent there."""
    attempt_id = session.scalar(
        select(GradeDelivery.attempt_id)
        .join(GradebookColumn, GradeDelivery.column_id == GradebookColumn.id)
        .join(Identity, Identity.person_id == GradeDelivery.person_id)
        .where(
            GradebookColumn.section_id == section.id,
            GradebookColumn.external_id == line_item_url,
            Identity.source == section.source,
            Identity.subject == subject,
        )
    )
    return Place("attempt", attempt_id) if attempt_id is not None else None
