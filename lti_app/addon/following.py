"""Attachments follow their checkpoints: title, points and due date reach Classroom.

As with columns of an LTI platform (`sync/columns.py`): what Classroom was told stands beside what
the checkpoint says, and where the two differ, it is due. One that is hidden or archived is left.
"""

import logging

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import Session

from integrations.classroom.attachments import Item, whole_points
from integrations.classroom.client import ClassroomClient
from integrations.lms import LmsRefused, LmsUnavailable
from lti_app.addon import attached, grants
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.db import Database, now
from lti_app.launch.places import place_of
from lti_app.learning.models import Checkpoint, Target
from lti_app.people.models import Section
from lti_app.settings import Settings
from lti_app.sync import outbox
from lti_app.sync.models import ColumnKind, GradebookColumn

log = logging.getLogger(__name__)


def update_due(database: Database, settings: Settings, most: int = 100) -> int:
    """Tell Classroom what changed, at most `most` attachments; returns how many were told.

    Where Classroom can't be reached, the section waits for the next round. A refusal is not
    asked again: the attachment keeps its old words. Without a teacher who lets us it waits, and
    costs no request.
    """
    with database.session(writes=False) as session:
        due = session.execute(_due().limit(most)).all()
    told = 0
    busy: set[int] = set()
    for row, checkpoint, section, is_graded in due:
        if section.id in busy:
            continue
        gone = False
        try:
            _tell(database, settings, row, checkpoint, section, is_graded=is_graded)
        except LmsUnavailable as error:
            log.warning("attachment %s is told later: %s", row.id, error.code)
            busy.add(section.id)
            continue
        except LmsRefused as error:
            log.warning("attachment %s stays as it is: %s", row.id, error.code)
            if error.code == "grant_needed":
                continue
            gone = error.code == "attachment_gone"
        with database.transaction(district_id=section.district_id) as session:
            _note_told(session, row.id, checkpoint, is_graded=is_graded, gone=gone)
        told += 1
    return told


def _tell(
    database: Database,
    settings: Settings,
    row: AddOnAttachment,
    checkpoint: Checkpoint,
    section: Section,
    *,
    is_graded: bool,
) -> None:
    item = Item(row.course_id, row.item_id, row.item_type)
    place = place_of(f"?open={row.place}")
    if place is None:  # never: it was written from a place
        return
    draft = attached.draft(
        settings.public_url,
        place,
        checkpoint.title,
        checkpoint=checkpoint,
        takes_work=item.takes_work,
        graded=is_graded,
    )

    def act(client: ClassroomClient, _teacher_id: int) -> None:
        client.attachments(item).update(row.attachment_id or "", draft)

    grants.on_behalf(database, settings, section, row.attached_by_id, act)


def _due() -> Select[AddOnAttachment, Checkpoint, Section, bool]:
    is_graded = GradebookColumn.id.is_not(None)
    wanted_points = case((is_graded, Checkpoint.max_points), else_=None)
    return (
        select(AddOnAttachment, Checkpoint, Section, is_graded)
        .join(Checkpoint, AddOnAttachment.checkpoint_id == Checkpoint.id)
        .join(Target, Checkpoint.target_id == Target.id)
        .join(Section, AddOnAttachment.section_id == Section.id)
        .outerjoin(
            GradebookColumn,
            and_(
                GradebookColumn.section_id == AddOnAttachment.section_id,
                GradebookColumn.checkpoint_id == AddOnAttachment.checkpoint_id,
                GradebookColumn.kind == ColumnKind.ADDON,
                GradebookColumn.external_id == _column_id(),
            ),
        )
        .where(
            AddOnAttachment.checked_at.is_not(None),
            AddOnAttachment.gone_at.is_(None),
            ~Checkpoint.hidden,
            Target.archived_at.is_(None),
            or_(
                AddOnAttachment.told_title.is_distinct_from(Checkpoint.title),
                AddOnAttachment.told_due_at.is_distinct_from(Checkpoint.due_at),
                AddOnAttachment.told_points.is_distinct_from(wanted_points),
            ),
        )
        .order_by(AddOnAttachment.section_id, AddOnAttachment.id)
    )


def _column_id() -> ColumnElement[str]:
    """`AttachmentColumn` as the database writes it."""
    row = AddOnAttachment
    parts = (row.course_id, row.item_id, row.attachment_id)
    named: ColumnElement[str] = row.item_type + ""
    for part in parts:
        named = named + "/" + part
    return named


def _note_told(
    session: Session, row_id: int, checkpoint: Checkpoint, *, is_graded: bool, gone: bool
) -> None:
    row = session.get_one(AddOnAttachment, row_id, with_for_update=True)
    if gone:
        row.gone_at = now()
        return
    before, after = row.told_points, checkpoint.max_points if is_graded else None
    row.told_title, row.told_due_at = checkpoint.title, checkpoint.due_at
    row.told_points = after
    if before and after and whole_points(before) != whole_points(after):
        _rescale(session, row, whole_points(before) / whole_points(after))


def _rescale(session: Session, row: AddOnAttachment, factor: float) -> None:
    """Points that stand at an attachment are of another maximum now, and so another share of it:
    ours all the same, and to be sent anew."""
    column_id = session.scalar(
        select(GradebookColumn.id).where(
            GradebookColumn.section_id == row.section_id,
            GradebookColumn.external_id == attached.column_of(row),
        )
    )
    if column_id is not None:
        outbox.rescale(session, column_id, factor)
