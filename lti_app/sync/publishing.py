"""Making Classroom hold what teachers gave there: at least once, and never twice.

Coursework is known by its id, and before that by our own link in it: a worker that dies after
Classroom made it and before that was noted leaves one which the next worker finds by the link.
What somebody changed in Classroom stays theirs until a teacher sets it here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from integrations.classroom.publishing import Draft, Posted, Publishing
from integrations.lms import LmsRefused, LmsUnavailable
from lti_app.db import Database, now
from lti_app.learning.models import Checkpoint, Pathway
from lti_app.people.models import Enrolment, Identity, Section
from lti_app.sync import accounts, leases, publication_columns
from lti_app.sync.claimed import claim
from lti_app.sync.delivery import LEASE_S
from lti_app.sync.models import ClassroomConnection, DeliveryState
from lti_app.sync.publication_models import Publication, PublicationStudent, Wanted
from lti_app.sync.publications import whole

log = logging.getLogger(__name__)

FIELDS = ("title", "max_points", "due_at", "topic_id")
"""What follows its checkpoint or pathway, or somebody in Classroom."""
SETTLED = Publication.state == DeliveryState.DELIVERED
STANDS = and_(SETTLED, Publication.wanted != Wanted.TAKEN_BACK, Publication.external_id != "")
Open = Callable[[Section], Publishing]
"""A section's course at Google; raises `LmsRefused` where it can't be opened."""


@dataclass(frozen=True)
class Wished:
    """A publication as one worker makes it so."""

    section: Section
    link: str
    title: str
    points: float | None
    """As the checkpoint or teacher has them; None: ungraded."""
    due_at: datetime | None
    user_ids: tuple[str, ...] | None


@dataclass(frozen=True)
class Made:
    """What came of it."""

    external_id: str
    is_out: bool
    topic_id: str
    theirs: tuple[str, ...] = ()


def publish_due(
    database: Database,
    open_course: Open,
    public_url: str,
    *,
    lease_s: float = LEASE_S,
    most: int = 100,
) -> datetime | None:
    """Make so what is due, at most `most`. Returns when the next is due, None where nothing waits
    or nothing was done now.

    The lease is longer than Google may take for an answer: what a dead worker asked for has come
    to its end before another looks for it.
    """
    mark_due(database)
    done = 0
    while done < most and (leased := _lease_next(database, public_url, lease_s)) is not None:
        _do(database, open_course, *leased)
        done += 1
    return leases.next_due(database, Publication) if done else None


def mark_due(database: Database, most: int = 200) -> int:
    """Have those made so that differ from what was told, and those looked at that may have come
    out since; returns how many."""
    with database.transaction() as session:
        rows = session.scalars(
            select(Publication)
            .outerjoin(Checkpoint, Checkpoint.id == Publication.checkpoint_id)
            .outerjoin(Pathway, Pathway.id == Publication.pathway_id)
            .join(ClassroomConnection, ClassroomConnection.section_id == Publication.section_id)
            .where(STANDS, or_(_differs(), _may_be_out()))
            .order_by(Publication.id)
            .limit(most)
            .with_for_update(of=Publication, skip_locked=True)
        ).all()
        for row in rows:
            leases.wait_again(row)
        return len(rows)


def _differs() -> ColumnElement[bool]:
    return or_(
        func.coalesce(Checkpoint.title, Pathway.title).is_distinct_from(Publication.told_title),
        and_(
            Publication.points.is_(None),
            Checkpoint.max_points.is_distinct_from(Publication.told_points),
        ),
        and_(Publication.follows_due, Checkpoint.due_at.is_distinct_from(Publication.told_due)),
    )


def _may_be_out() -> ColumnElement[bool]:
    """Its time has come; or the course was mirrored since, and may have been found changed."""
    return and_(
        Publication.came_out_at.is_(None),
        or_(
            and_(Publication.wanted == Wanted.SCHEDULED, Publication.publish_at <= now()),
            ClassroomConnection.mirrored_at > Publication.looked_at,
        ),
    )


def _lease_next(
    database: Database, public_url: str, lease_s: float
) -> tuple[Publication, Wished] | None:
    with database.transaction() as session:
        row = leases.lease_next(session, Publication, lease_s)
        return None if row is None else (row, _read(session, row, public_url))


def _read(session: Session, row: Publication, public_url: str) -> Wished:
    thing: Checkpoint | Pathway
    points: float | None = None
    if row.checkpoint_id is not None:
        thing = checkpoint = session.get_one(Checkpoint, row.checkpoint_id)
        points = checkpoint.max_points if row.points is None else row.points
        due_at = checkpoint.due_at if row.follows_due else row.hand_in_by
        place = f"checkpoint-{checkpoint.id}"
    else:
        thing = session.get_one(Pathway, row.pathway_id)
        due_at = row.hand_in_by
        place = f"pathway-{thing.id}"
    return Wished(
        section=session.get_one(Section, row.section_id),
        link=link_of(public_url, place, row.section_id),
        title=thing.title,
        points=points,
        due_at=due_at,
        user_ids=None if row.for_all else _user_ids(session, row),
    )


def link_of(public_url: str, place: str, section_id: int) -> str:
    """The address of ours that stands in the coursework (`open_pages.py`); nothing else has it."""
    return f"{public_url}/open/{place}?class={section_id}"


def _user_ids(session: Session, row: Publication) -> tuple[str, ...]:
    """Google's ids of the picked students who are in the class still."""
    return tuple(
        session.scalars(
            select(Identity.subject)
            .join(PublicationStudent, PublicationStudent.person_id == Identity.person_id)
            .join(Enrolment, Enrolment.person_id == Identity.person_id)
            .where(
                PublicationStudent.publication_id == row.id,
                Identity.source == "google",
                Enrolment.section_id == row.section_id,
                Enrolment.active,
            )
            .order_by(Identity.person_id)
        )
    )


def _do(database: Database, open_course: Open, row: Publication, wished: Wished) -> None:
    settle = partial(leases.settle, database, row, district_id=row.district_id)
    try:
        course = open_course(wished.section)
        if row.wanted == Wanted.TAKEN_BACK:
            _take_back(course, row, wished)
            settle(lambda session, kept: _gone(session, kept))
            return
        made = _make_so(course, row, wished)
    except LmsUnavailable as error:
        code, wait = error.code, error.retry_after
        settle(lambda _session, kept: leases.later(kept, code, wait))
    except LmsRefused as error:
        refused = error.code
        settle(lambda _session, kept: leases.park(kept, refused))
        if refused == "sign_in_again":
            _ask_to_sign_in(database, wished.section)
    except Exception as error:
        # A bug of ours must not stop the others.
        log.error("publication %s failed: %s", row.id, type(error).__name__)
        settle(lambda _session, kept: leases.later(kept, "crashed"))
    else:
        settle(lambda session, kept: _note(session, kept, row, wished, made))


def _ask_to_sign_in(database: Database, section: Section) -> None:
    """From now on the page of the connection asks its teacher to sign in again."""
    with database.session(district_id=section.district_id, writes=False) as session:
        connection = session.get(ClassroomConnection, section.id)
    if connection is not None:
        accounts.mark_broken(database, section.district_id, connection.teacher_id)


def _make_so(course: Publishing, row: Publication, wished: Wished) -> Made:
    if wished.user_ids == ():
        raise LmsRefused("no_students")
    topic_id = course.topic(row.topic_name) if row.topic_name else row.topic_id
    known = row.external_id
    if not known:
        known, *doubles = course.find(wished.link) or [""]
        for double in doubles:
            course.delete(double)
    if known:
        return _change(course, known, row, wished, topic_id)
    draft = _draft(row, wished, topic_id)
    made = course.create(draft)
    for double in course.find(wished.link):
        # A broken connection let the HTTP library ask twice.
        if double != made:
            course.delete(double)
    return Made(made, draft.is_out, topic_id)


def _draft(row: Publication, wished: Wished, topic_id: str) -> Draft:
    _check_due(wished.due_at)
    comes_later = row.wanted == Wanted.SCHEDULED and row.publish_at and row.publish_at > now()
    return Draft(
        title=wished.title,
        link=wished.link,
        is_out=row.wanted != Wanted.DRAFT and not comes_later,
        scheduled_at=row.publish_at if comes_later else None,
        max_points=_whole(wished.points),
        due_at=_minute(wished.due_at),
        topic_id=topic_id,
        user_ids=wished.user_ids,
    )


def _change(
    course: Publishing, coursework_id: str, row: Publication, wished: Wished, topic_id: str
) -> Made:
    stands = course.look(coursework_id)
    is_adopted = not row.external_id  # made by a worker that died: nothing in it is a teacher's
    changes: dict[str, Any] = {}
    theirs = []
    wanted = _values(wished.title, wished.points, wished.due_at, topic_id)
    told = _values(row.told_title or "", row.told_points, row.told_due, row.told_topic)
    for name in FIELDS:
        found = getattr(stands, name)
        if found == wanted[name]:
            continue
        if is_adopted or found == told[name] or name in row.insists:
            changes[name] = wanted[name]
        else:
            theirs.append(name)
    if is_adopted or "state" in row.insists:
        changes |= _steps(row, stands)
    if "due_at" in changes:
        _check_due(changes["due_at"])
    if changes:
        course.change(coursework_id, **changes)
    if (is_adopted or "students" in row.insists) and stands.user_ids != wished.user_ids:
        course.assign(coursework_id, stands.user_ids, wished.user_ids)
    return Made(coursework_id, stands.is_out or "is_out" in changes, topic_id, tuple(theirs))


def _steps(row: Publication, stands: Posted) -> dict[str, Any]:
    """From draft to scheduled to published; what is out stays out."""
    if stands.is_out:
        return {}
    comes_later = row.wanted == Wanted.SCHEDULED and row.publish_at and row.publish_at > now()
    if row.wanted == Wanted.DRAFT or comes_later:
        when = row.publish_at if comes_later else None
        return {} if stands.scheduled_at == when else {"scheduled_at": when}
    steps: dict[str, Any] = {"is_out": True}
    return steps | ({"scheduled_at": None} if stands.scheduled_at else {})


def _values(
    title: str, points: float | None, due_at: datetime | None, topic_id: str
) -> dict[str, Any]:
    """Values as Classroom shows them."""
    return {
        "title": title,
        "max_points": _whole(points),
        "due_at": _minute(due_at),
        "topic_id": topic_id,
    }


def _whole(points: float | None) -> int | None:
    return whole(points) or None if points is not None else None


def _minute(at: datetime | None) -> datetime | None:
    return at.replace(second=0, microsecond=0) if at is not None else None


def _check_due(due_at: datetime | None) -> None:
    """Google takes no due date that is over."""
    if due_at is not None and due_at <= now():
        raise LmsRefused("due_over")


def _take_back(course: Publishing, row: Publication, wished: Wished) -> None:
    for coursework_id in {row.external_id, *course.find(wished.link)} - {""}:
        course.delete(coursework_id)


def _note(
    session: Session, row: Publication, leased: Publication, wished: Wished, made: Made
) -> None:
    """Classroom has it: from now on it stands for ours, and takes the checkpoint's grades."""
    leases.done(row)
    row.external_id = made.external_id
    row.told_title, row.told_points, row.told_due = wished.title, wished.points, wished.due_at
    row.told_topic = made.topic_id
    row.looked_at = now()
    if row.version == leased.version:
        row.topic_id, row.topic_name = made.topic_id, ""
        row.insists, row.theirs = [], list(made.theirs)
    claim(session, row.section_id, made.external_id, row.checkpoint_id or row.pathway_id or 0)
    publication_columns.couple(session, row)
    if made.is_out and row.came_out_at is None:
        row.came_out_at = now()
        publication_columns.release(session, row)


def _gone(session: Session, row: Publication) -> None:
    leases.done(row)
    publication_columns.uncouple(session, row)
    row.external_id, row.came_out_at, row.theirs, row.insists = "", None, [], []
