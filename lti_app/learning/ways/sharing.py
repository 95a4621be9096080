"""Sharing a pathway with other teams of the district, and copying one."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.db import now
from lti_app.errors import BadInput, Words
from lti_app.learning import editing, events, targets
from lti_app.learning.models import Activity, Pathway, Source, Target
from lti_app.learning.ways import steps


def opens_for_section_only(pathway: Pathway) -> bool:
    """Whether an activity comes from the section's LMS: its link opens only for its students."""
    return pathway.source == Source.MIRRORED or any(
        activity.source == Source.MIRRORED for activity in pathway.activities
    )


def why_not(pathway: Pathway) -> Words | None:
    """Why a pathway can't be shared with other teams; None: it can."""
    if pathway.person_id is not None or pathway.source == Source.PROPOSED:
        return _l("A student wrote this pathway. It stays in your class.")
    if opens_for_section_only(pathway):
        return _l("Its links come from your course and open only for your students.")
    if pathway.section_id is not None:
        return _l("It is only for this section. First make it one for all sections of the team.")
    if pathway.hidden:
        return _l("It is hidden.")
    if not steps.shown(pathway.activities):
        return _l("There is nothing to do on it yet.")
    return None


def share(session: Session, pathway: Pathway, *, editor_id: int) -> None:
    """Let other teams of the district copy a pathway. Raises `BadInput` where that can't be."""
    reason = why_not(pathway)
    if reason is not None:
        raise BadInput(_l("This pathway can't be shared with other teams."), reason)
    if pathway.shared_at is None:
        editing.begin(session, pathway, version=pathway.version, editor_id=editor_id, clashes=[])
        pathway.shared_at = now()
    session.flush()


def take_back(session: Session, pathway: Pathway, *, editor_id: int) -> None:
    """No longer let other teams copy it; copies that were made stay."""
    if pathway.shared_at is not None:
        editing.begin(session, pathway, version=pathway.version, editor_id=editor_id, clashes=[])
        pathway.shared_at = None
    session.flush()


def duplicate(session: Session, pathway: Pathway, target: Target) -> Pathway:
    """Copy one of the team's own pathways, within its target or to another one of the team.

    A copy of one for a section is for that section. Raises `BadInput` for a pathway that is one
    student's own.
    """
    if pathway.person_id is not None:
        raise BadInput(
            _l("A student wrote this pathway for themselves."),
            _l("Ask the student to share it with the class first."),
        )
    title = pathway.title
    if target.id == pathway.target_id:
        title = str(_l("%(title)s (copy)", title=title[: targets.LONGEST_TITLE - 20]))
    return copy_into(session, pathway, target, title=title)


def take(session: Session, pathway: Pathway, target: Target) -> tuple[Pathway, bool]:
    """Copy another team's shared pathway into a target; taken twice, it is there once.

    Returns the copy, and whether it is new.
    """
    session.execute(select(Target.id).where(Target.id == target.id).with_for_update())
    there = session.scalars(
        select(Pathway)
        .where(
            Pathway.target_id == target.id,
            Pathway.copied_from_id == pathway.id,
            Pathway.hidden.is_(False),
        )
        .order_by(Pathway.id)
    ).first()
    if there is not None:
        return there, False
    return copy_into(session, pathway, target), True


def copy_into(
    session: Session, pathway: Pathway, target: Target, *, title: str | None = None
) -> Pathway:
    """Copy steps with their alternatives, as students see them; nobody's choices and marks."""
    proposed = pathway.source == Source.PROPOSED
    copied = targets.add_pathway(
        session,
        target,
        title=title or pathway.title,
        source=Source.PROPOSED if proposed else Source.WRITTEN,
    )
    copied.offered = pathway.offered
    copied.section_id = pathway.section_id
    copied.copied_from_id = pathway.id
    position = 0
    for step in steps.shown(pathway.activities):
        first: Activity | None = None
        for original in step.activities:
            position += 1
            row = _copy_of(original, copied.id, position)
            row.alternative_to_id = first.id if first else None
            session.add(row)
            session.flush()
            first = first or row
    if any(one.link_due_at for one in pathway.activities):
        events.link_written.send(session)
    return copied


def _copy_of(original: Activity, pathway_id: int, position: int) -> Activity:
    return Activity(
        pathway_id=pathway_id,
        title=original.title,
        kind=original.kind,
        url=original.url,
        link_title=original.link_title,
        link_frames=original.link_frames,
        link_seen_at=original.link_seen_at,
        link_due_at=original.link_due_at,
        minutes=original.minutes,
        materials=original.materials,
        position=position,
        source=original.source,
    )
