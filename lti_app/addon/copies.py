"""Attachments that came with a copied course or post: found when somebody opens one.

What an iframe's address names is not believed. A worker reads the attachment itself in Classroom,
in a teacher's name: what it stands for, and what it was copied from. Only where its origin is one
of ours, in this district, does its target come along, with nobody's work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from integrations.classroom.attachments import Attachment, Item
from integrations.classroom.client import ClassroomClient
from integrations.lms import LmsRefused, LmsUnavailable
from lti_app import backoff
from lti_app.addon import attached, grants
from lti_app.addon.attachment_models import AddOnAttachment
from lti_app.addon.openings import Opened, attachment_opened
from lti_app.db import Database, now
from lti_app.launch.places import Place, place_of
from lti_app.people.models import Role, Section
from lti_app.people.viewer import STAFF
from lti_app.settings import Settings
from lti_app.sync import opening, outbox, wake

FIRST_WAIT_S, LONGEST_WAIT_S = 40.0, 3600.0
"""It is a worker's lease, too: even by half, the first is longer than Google takes to answer."""
AT_ONCE = 20


@attachment_opened.connect
def take_in(session: Session, opened: Opened) -> None:
    """In the transaction that lets somebody in: an attachment we do not know is looked at soon,
    and grades that waited for this person are sent."""
    if opened.opening.attachment_id and opened.opening.place is not None:
        _remember(session, opened, opened.opening.place)
    if opened.role in STAFF:
        outbox.resume(session, opened.section.id, "grant_needed")
    elif opened.submission_id is not None:
        outbox.resume(session, opened.section.id, "not_opened", person_id=opened.person_id)


def _remember(session: Session, opened: Opened, place: Place) -> None:
    asked = opened.opening
    row = attached.find(session, asked.course_id, asked.item_id, asked.attachment_id)
    if row is None:
        item = Item(asked.course_id, asked.item_id, asked.item_type)
        row = attached.at(session, opened.section.id, item, place)
        if row.checked_at is not None and row.gone_at is None:
            return  # another attachment of the same thing on this post: the first one counts
        row.attachment_id = asked.attachment_id
        row.attaching_until = row.checked_at = None
    if row.checked_at is not None:
        return
    if opened.role == Role.TEACHER:
        row.attached_by_id = row.attached_by_id or opened.person_id
    row.settle_at = now()
    session.flush()
    wake.attachments_waiting(session)


def is_coming(session: Session, section_id: int, place: Place) -> bool:
    """Whether a worker is about to bring a place into a section."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    AddOnAttachment.section_id == section_id,
                    AddOnAttachment.place == str(place),
                    AddOnAttachment.settle_at.is_not(None),
                )
            )
        )
    )


opening.COMING.append(is_coming)


@dataclass(frozen=True)
class _Due:
    """An attachment to be read, leased by this worker."""

    id: int
    section: Section
    item: Item
    attachment_id: str
    first: int | None


def settle_due(database: Database, settings: Settings) -> None:
    """Look at each attachment that somebody opened and that we do not know."""
    for _ in range(AT_ONCE):
        due = _lease(database)
        if due is None:
            return
        try:
            attachment, teacher_id = grants.on_behalf(
                database, settings, due.section, due.first, _reader(due)
            )
        except LmsUnavailable:
            continue
        except LmsRefused as refused:
            _give_up(database, due, refused.code)
            continue
        with database.transaction(district_id=due.section.district_id) as session:
            _settle(session, due, attachment, teacher_id)


def _reader(due: _Due) -> Callable[[ClassroomClient, int], tuple[Attachment, int]]:
    def read(client: ClassroomClient, teacher_id: int) -> tuple[Attachment, int]:
        return client.attachments(due.item).get(due.attachment_id), teacher_id

    return read


def _lease(database: Database) -> _Due | None:
    """The attachment that waits longest; nobody else looks at it meanwhile. A worker that dies
    costs a wait, which grows from time to time."""
    with database.transaction() as session:
        row = session.scalars(
            select(AddOnAttachment)
            .where(AddOnAttachment.settle_at <= now(), AddOnAttachment.attachment_id.is_not(None))
            .order_by(AddOnAttachment.settle_at, AddOnAttachment.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        row.settle_tries += 1
        wait = backoff.wait_s(row.settle_tries, first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S)
        row.settle_at = now() + timedelta(seconds=wait)
        return _Due(
            row.id,
            session.get_one(Section, row.section_id),
            Item(row.course_id, row.item_id, row.item_type),
            row.attachment_id or "",
            row.attached_by_id,
        )


def _give_up(database: Database, due: _Due, code: str) -> None:
    """No teacher lets us look: the next one who opens something does. What Classroom does not
    have was never there."""
    with database.transaction(district_id=due.section.district_id) as session:
        row = _still(session, due)
        if row is None:
            return
        if code in {"attachment_gone", "attachment_not_visible"}:
            session.delete(row)
        else:
            row.settle_at = None


def _still(session: Session, due: _Due) -> AddOnAttachment | None:
    """The leased row, locked; None where somebody settled it, or opened another one, meanwhile."""
    return session.scalars(
        select(AddOnAttachment)
        .where(
            AddOnAttachment.id == due.id,
            AddOnAttachment.attachment_id == due.attachment_id,
            AddOnAttachment.checked_at.is_(None),
        )
        .with_for_update()
    ).first()


def _settle(session: Session, due: _Due, attachment: Attachment, teacher_id: int) -> None:
    row = _still(session, due)
    if row is None:
        return
    place = place_of(attachment.student_url)
    if place is None or str(place) != row.place:
        session.delete(row)  # the address that was opened was not the attachment's own
        return
    local = opening.here(session, due.section.team_id, place)
    if local is None:
        _bring_along(session, attachment, place, due.section)
        local = opening.here(session, due.section.team_id, place)
    attached.note(
        session,
        attached.Seen(
            section_id=due.section.id,
            item=due.item,
            attachment=attachment,
            place=place,
            checkpoint_id=local.id if local is not None and local.kind == "checkpoint" else None,
            teacher_id=teacher_id,
        ),
    )


def _bring_along(session: Session, attachment: Attachment, place: Place, section: Section) -> None:
    """From the newest origin that we know; the session sees no other district's."""
    for origin in reversed(attachment.origins):
        known = attached.find(session, origin.course_id, origin.item_id, origin.attachment_id)
        if known is None or known.checked_at is None or known.place != str(place):
            continue
        old = session.get_one(Section, known.section_id)
        opening.bring(session, place, old, section)
        if opening.here(session, section.team_id, place) is not None:
            return
