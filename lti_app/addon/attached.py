"""What is attached to which post in Classroom, and where its grades stand.

A checkpoint has one gradebook column in a section, and keeps the one it has:

- Nothing, or a column that its LTI platform never made: the attachment becomes its column, and
  the newest score of every student is sent there.
- A column of an LTI platform, or a coursework of Classroom (mirrored or published by us): grades
  stand there already. The attachment takes no points, and opens the checkpoint all the same.
- Another attachment: the first one stays, so that a grade never jumps between two assignments. The
  second takes no points. Once the first is taken away in Classroom, the next one that is attached
  becomes the column, and all grades are sent there.
"""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from integrations.classroom.attachment_gradebook import AttachmentColumn
from integrations.classroom.attachments import Attachment, AttachmentDraft, Item, whole_points
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.db import insert_if_missing, now
from lti_app.launch.places import Place
from lti_app.learning.models import Checkpoint
from lti_app.sync import claimed, outbox
from lti_app.sync.models import ColumnKind, GradebookColumn


@dataclass(frozen=True)
class Seen:
    """An attachment as Classroom has it, on its post, for one of our sections."""

    section_id: int
    item: Item
    attachment: Attachment
    place: Place
    """As in its address."""
    checkpoint_id: int | None
    """The checkpoint that it stands for here."""
    teacher_id: int
    """In whose name it was made or read."""


def draft(
    public_url: str,
    place: Place,
    title: str,
    *,
    checkpoint: Checkpoint | None,
    takes_work: bool,
    graded: bool,
) -> AttachmentDraft:
    """What a thing is as an attachment: a checkpoint of an assignment brings the page of a
    student's work, and its points where its grades shall stand there."""
    reviewed = checkpoint is not None and takes_work
    return AttachmentDraft(
        title=title,
        teacher_url=_address(public_url, "teacher", place),
        student_url=_address(public_url, "student", place),
        review_url=_address(public_url, "review", place) if reviewed else "",
        max_points=checkpoint.max_points if checkpoint is not None and graded else None,
        due_at=checkpoint.due_at if checkpoint is not None else None,
    )


def _address(public_url: str, view: str, place: Place) -> str:
    return f"{public_url}/addon/{view}?open={place}"


def find(
    session: Session, course_id: str, item_id: str, attachment_id: str
) -> AddOnAttachment | None:
    """An attachment that we know of, in this district."""
    return session.scalars(
        select(AddOnAttachment).where(
            AddOnAttachment.course_id == course_id,
            AddOnAttachment.item_id == item_id,
            AddOnAttachment.attachment_id == attachment_id,
        )
    ).first()


def at(session: Session, section_id: int, item: Item, place: Place) -> AddOnAttachment:
    """The row of a place on a post, locked; made where there is none."""
    insert_if_missing(
        session,
        AddOnAttachment,
        section_id=section_id,
        course_id=item.course_id,
        item_id=item.id,
        item_type=item.type,
        place=str(place),
        settle_tries=0,
    )
    return session.scalars(
        select(AddOnAttachment)
        .where(
            AddOnAttachment.course_id == item.course_id,
            AddOnAttachment.item_id == item.id,
            AddOnAttachment.place == str(place),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def note(session: Session, seen: Seen) -> AddOnAttachment:
    """Keep what Classroom has: whose it is, what it stands for, where its grades go. Twice is
    harmless."""
    item, attachment = seen.item, seen.attachment
    row = find(session, item.course_id, item.id, attachment.id)
    if row is None:
        row = at(session, seen.section_id, item, seen.place)
    before = column_of(row)
    row.section_id = seen.section_id
    row.attachment_id = attachment.id
    row.attached_by_id = seen.teacher_id
    row.checkpoint_id = seen.checkpoint_id
    row.attaching_until = row.settle_at = row.gone_at = None
    row.checked_at = now()
    row.told_title = attachment.title[:500]
    row.told_due_at = attachment.due_at
    row.told_points = attachment.max_points
    if seen.checkpoint_id is not None and item.takes_work:
        checkpoint = session.get_one(Checkpoint, seen.checkpoint_id)
        if _couple(session, row, checkpoint, before) and attachment.max_points == whole_points(
            checkpoint.max_points
        ):
            row.told_points = checkpoint.max_points
        _claim(session, row, checkpoint.id)
    session.flush()
    return row


def column_of(row: AddOnAttachment) -> str | None:
    """An attachment's id as a gradebook column; None where it has none."""
    item = Item(row.course_id, row.item_id, row.item_type)
    if row.attachment_id is None or not item.takes_work:
        return None
    return str(AttachmentColumn(item, row.attachment_id))


def is_graded(session: Session, row: AddOnAttachment) -> bool:
    """Whether its checkpoint's grades stand at this attachment."""
    if row.checkpoint_id is None:
        return False
    column = session.scalars(_column(row.section_id, row.checkpoint_id)).first()
    return (
        column is not None
        and column.kind == ColumnKind.ADDON
        and column.external_id == column_of(row)
    )


def will_be_graded(session: Session, section_id: int, checkpoint_id: int) -> bool:
    """Whether a checkpoint's grades would stand at an attachment that is made now."""
    column = session.scalars(_column(section_id, checkpoint_id)).first()
    return column is None or _is_free(session, column)


def standing_at(session: Session, section_id: int, checkpoint_id: int) -> AddOnAttachment | None:
    """The attachment where a checkpoint's grades stand."""
    column = session.scalars(_column(section_id, checkpoint_id)).first()
    if column is None or column.kind != ColumnKind.ADDON:
        return None
    return _behind(session, column)


def _couple(
    session: Session, row: AddOnAttachment, checkpoint: Checkpoint, before: str | None
) -> bool:
    """Make the attachment its checkpoint's column, unless it has another one; `before`: what the
    row's column was called. True where its grades stand at this attachment."""
    own = column_of(row)
    made = insert_if_missing(
        session,
        GradebookColumn,
        section_id=row.section_id,
        checkpoint_id=checkpoint.id,
        kind=ColumnKind.ADDON,
        external_id=own,
        writable=True,
        coupled=True,
    )
    column = session.scalars(
        _column(row.section_id, checkpoint.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if made:
        outbox.put_standing(session, column)
    if column.kind == ColumnKind.ADDON and column.external_id == own:
        return True
    replaces = column.kind == ColumnKind.ADDON and column.external_id == before
    if not replaces and not _is_free(session, column):
        return False
    column.kind, column.external_id = ColumnKind.ADDON, own
    column.writable = column.coupled = True
    column.told_title = column.told_points = None
    session.flush()
    outbox.send_column_again(session, column.id)
    outbox.put_standing(session, column)
    outbox.resume(session, row.section_id, "attachment_gone", column_id=column.id)
    return True


def _is_free(session: Session, column: GradebookColumn) -> bool:
    """Whether nothing stands behind a column: its platform never made it, its coursework was
    taken back, or its attachment was taken away."""
    if column.kind == ColumnKind.CLASSROOM:
        return not column.external_id
    if column.kind == ColumnKind.LTI:
        return column.external_id is None and not column.coupled
    attachment = _behind(session, column)
    return attachment is None or attachment.gone_at is not None


def _behind(session: Session, column: GradebookColumn) -> AddOnAttachment | None:
    named = AttachmentColumn.of(column.external_id or "///")
    return find(session, named.item.course_id, named.item.id, named.attachment_id)


def _column(section_id: int, checkpoint_id: int) -> Select[GradebookColumn]:
    return select(GradebookColumn).where(
        GradebookColumn.section_id == section_id, GradebookColumn.checkpoint_id == checkpoint_id
    )


def _claim(session: Session, row: AddOnAttachment, checkpoint_id: int) -> None:
    """The assignment stands for the checkpoint: the mirror leaves it alone. Not where the
    checkpoint *is* that assignment's mirror, which would hide it."""
    mirrored = session.scalar(
        select(GradebookColumn.id).where(
            GradebookColumn.section_id == row.section_id,
            GradebookColumn.checkpoint_id == checkpoint_id,
            GradebookColumn.kind == ColumnKind.CLASSROOM,
            GradebookColumn.external_id == row.item_id,
        )
    )
    if mirrored is None:
        claimed.claim(session, row.section_id, row.item_id, checkpoint_id)
