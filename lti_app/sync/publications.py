"""Giving a checkpoint or pathway in Google Classroom: what a teacher wants, and how it stands.

Nothing here asks Google: what is wanted is written down, a worker makes it so (`publishing.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from integrations.classroom.scopes import TOPICS_WRITE
from lti_app.db import insert_if_missing, now
from lti_app.errors import BadInput, NotHere, Words
from lti_app.learning.models import Checkpoint, Pathway, Target, Unit
from lti_app.people import roster
from lti_app.people.models import Identity, Person, StudentGroup, StudentGroupMember
from lti_app.sync import leases, outbox, wake
from lti_app.sync.models import (
    ClassroomConnection,
    ColumnKind,
    DeliveryState,
    GoogleAccount,
    GradebookColumn,
    ItemKind,
    MirroredItem,
)
from lti_app.sync.publication_models import Publication, PublicationStudent, Wanted

Thing = Checkpoint | Pathway
MOST_POINTS = 10_000
NEW_TOPIC = "new"
"""In a wish: under a topic of the unit's name, which is made."""

REASONS: dict[str, Words] = {
    "column_gone": _l("The assignment was deleted in Classroom."),
    "not_ours": _l("Another program made this assignment in Classroom, and only it may change it."),
    "topic_gone": _l("The topic is no longer in Classroom. Pick another one, or none."),
    "due_over": _l("The due date is over. Pick a later one, or none, and save."),
    "no_students": _l(
        "None of the picked students is in the Classroom course any more. Pick others and save."
    ),
    "too_many_topics": _l("The course has as many topics as Classroom allows. Pick one of them."),
    "forbidden": _l(
        "Pathways is not allowed to make assignments for you. Connect Classroom again and tick "
        "every box Google shows."
    ),
    "invalid": _l(
        "Classroom did not accept it as it is. Look at the dates, points and students, and save "
        "again."
    ),
}
AGAIN: dict[str, Words] = {
    "column_gone": _l("Publish it again"),
    "not_ours": _l("Publish it anew"),
    "topic_gone": _l("Publish it without the topic"),
}
"""What the button does that tries it once more, where it does not do just the same."""
RECONNECTS = frozenset(
    code for code, way in outbox.CLASSROOM_WAYS.items() if way == outbox.Way.CONNECT
)
"""Where the page of the Classroom connection helps first."""


@dataclass(frozen=True)
class Wish:
    """What a teacher asks for, as the form has it."""

    wanted: Wanted
    publish_at: datetime | None
    topic: str
    """Classroom's id, `NEW_TOPIC`, or empty."""
    points: int | None
    """None for a pathway."""
    hand_in_by: datetime | None
    person_ids: frozenset[int] | None
    """None: everyone."""


def of(session: Session, section_id: int, thing: Thing) -> Publication | None:
    """The thing's publication in a section, with its students."""
    return session.scalars(
        _of(section_id, thing).options(selectinload(Publication.students))
    ).first()


def give(session: Session, section_id: int, thing: Thing, wish: Wish, by_id: int) -> Publication:
    """Have it stand in Classroom as wished; giving it twice changes nothing more.

    Raises `BadInput` for a class that is not connected, moments that are over, a topic that is
    not the course's, and students who are not in the class or not matched with the course's.
    """
    if session.get(ClassroomConnection, section_id) is None:
        raise BadInput(
            _l("This class is not connected with Google Classroom."),
            _l("Connect it on the page “Classroom”, then give it. Nothing was saved."),
        )
    _check(session, section_id, thing, wish)
    insert_if_missing(
        session,
        Publication,
        section_id=section_id,
        **_key(thing),
        asked_by_id=by_id,
        wanted=Wanted.TAKEN_BACK,
        topic_id="",
        topic_name="",
        follows_due=True,
        for_all=True,
        insists=[],
        theirs=[],
        external_id="",
        told_topic="",
        version=0,
        state=DeliveryState.DELIVERED,
        tries=0,
        due_at=now(),
        reason="",
    )
    row = _locked(session, section_id, thing)
    if row.came_out_at is not None and wish.wanted != Wanted.PUBLISHED:
        raise BadInput(
            _l("Students see it in Classroom already."),
            _l("Take it back first, then give it again later. Nothing was saved."),
        )
    before = _as_set(row)
    _write(session, row, thing, wish)
    row.asked_by_id = by_id
    row.insists = sorted({*row.insists, *(n for n, v in _as_set(row).items() if v != before[n])})
    row.theirs = [name for name in row.theirs if name not in row.insists]
    _send(session, row)
    return row


def take_back(session: Session, section_id: int, thing: Thing) -> Publication:
    """Have it gone from Classroom, with the grades that stand there. Raises `NotHere`."""
    row = _locked(session, section_id, thing)
    row.wanted = Wanted.TAKEN_BACK
    _send(session, row)
    return row


def again(session: Session, section_id: int, thing: Thing) -> None:
    """Try once more; what was deleted in Classroom is made anew. Raises `NotHere`.

    The worker looks for it in Classroom before it makes one.
    """
    row = _locked(session, section_id, thing)
    if row.reason == "topic_gone":
        row.topic_id = row.topic_name = ""
    if row.reason in {"", "column_gone", "not_ours"}:
        row.external_id, row.came_out_at, row.theirs = "", None, []
    _send(session, row)


def in_words(row: Publication) -> Words:
    """Why it waits or was refused; empty: nothing is wrong."""
    if not row.reason:
        return ""
    return REASONS.get(row.reason) or outbox.in_words(row.reason)


def refused(session: Session, section_id: int) -> list[Publication]:
    """What Classroom refused of a section, for the page of the connection."""
    return list(
        session.scalars(
            select(Publication)
            .where(Publication.section_id == section_id, Publication.state == DeliveryState.PARKED)
            .order_by(Publication.id)
            .limit(50)
            .options(selectinload(Publication.checkpoint), selectinload(Publication.pathway))
        )
    )


def topics(session: Session, section_id: int) -> dict[str, str]:
    """Names of the course's topics by Classroom's id, as last mirrored."""
    rows = session.execute(
        select(MirroredItem.external_id, MirroredItem.seen)
        .where(
            MirroredItem.section_id == section_id,
            MirroredItem.kind == ItemKind.TOPIC,
            MirroredItem.gone_at.is_(None),
        )
        .order_by(MirroredItem.id)
    )
    return {topic_id: str(seen.get("title", "")) for topic_id, seen in rows}


def likely_topic(session: Session, section_id: int, thing: Thing) -> str:
    """Classroom's id of the topic that became the thing's unit; empty: it is of no topic."""
    found = session.scalar(
        select(MirroredItem.external_id)
        .join(Target, Target.unit_id == MirroredItem.local_id)
        .where(
            Target.id == thing.target_id,
            MirroredItem.section_id == section_id,
            MirroredItem.kind == ItemKind.TOPIC,
            MirroredItem.gone_at.is_(None),
        )
    )
    return found or ""


def other_gradebook(session: Session, section_id: int, thing: Thing) -> ColumnKind | None:
    """Where a checkpoint's grades go today, if giving it moves them; None where it does not.

    `CLASSROOM`: they belong to an assignment that the teacher made there.
    """
    if not isinstance(thing, Checkpoint):
        return None
    column = session.scalars(
        select(GradebookColumn).where(
            GradebookColumn.section_id == section_id, GradebookColumn.checkpoint_id == thing.id
        )
    ).first()
    if column is not None and column.kind == ColumnKind.CLASSROOM:
        is_theirs = bool(column.external_id) and not column.writable
        return ColumnKind.CLASSROOM if is_theirs else None
    if column is not None or outbox.has_gradebook(session, section_id):
        return ColumnKind.LTI
    return None


def new_topic(session: Session, section_id: int, thing: Thing) -> str:
    """The name of a topic that could be made for it, its unit's; empty: there is one, or none may
    be made (it is asked for by a scope of its own)."""
    title = session.scalar(
        select(Unit.title)
        .join(Target, Target.unit_id == Unit.id)
        .where(Target.id == thing.target_id)
    )
    if not title or title in topics(session, section_id).values():
        return ""
    scopes = session.scalar(
        select(GoogleAccount.scopes)
        .join(ClassroomConnection, ClassroomConnection.teacher_id == GoogleAccount.person_id)
        .where(ClassroomConnection.section_id == section_id)
    )
    return title[:100].strip() if TOPICS_WRITE in (scopes or ()) else ""


@dataclass(frozen=True)
class Pickable:
    """A student of the class, to give something to."""

    person: Person
    is_matched: bool
    """We know who they are in the Classroom course."""
    group_ids: frozenset[int]


def pickable(
    session: Session, section_id: int, team_id: int
) -> tuple[list[Pickable], dict[int, str]]:
    """The class's students, and the names of the team's groups that have some of them."""
    students = roster.students_of(session, section_id)
    ids = [one.id for one in students]
    matched = _matched(session, ids)
    of_groups: dict[int, set[int]] = {}
    names: dict[int, str] = {}
    rows = session.execute(
        select(StudentGroup.id, StudentGroup.name, StudentGroupMember.person_id)
        .join(StudentGroupMember, StudentGroupMember.group_id == StudentGroup.id)
        .where(StudentGroup.team_id == team_id, StudentGroupMember.person_id.in_(ids))
        .order_by(StudentGroup.name, StudentGroup.id)
    )
    for group_id, name, person_id in rows:
        names[group_id] = name
        of_groups.setdefault(person_id, set()).add(group_id)
    found = [
        Pickable(one, one.id in matched, frozenset(of_groups.get(one.id, ()))) for one in students
    ]
    return found, names


def _check(session: Session, section_id: int, thing: Thing, wish: Wish) -> None:
    at = now()
    if wish.wanted == Wanted.SCHEDULED and (wish.publish_at is None or wish.publish_at <= at):
        raise BadInput(
            _l("The time to publish is missing or over."),
            _l("Pick a later one, or publish it now. Nothing was saved."),
        )
    out_at = max(at, wish.publish_at or at)
    if wish.hand_in_by is not None and wish.hand_in_by <= out_at:
        raise BadInput(
            _l("It would be due before students see it."),
            _l("Pick a later due date, or none. Nothing was saved."),
        )
    if wish.points is not None and not 0 <= wish.points <= MOST_POINTS:
        raise BadInput(
            _l("The points are from 0 to %(most)s.", most=MOST_POINTS),
            _l("Correct the points and save again."),
        )
    topic_ids = {"", *topics(session, section_id)}
    if wish.topic == NEW_TOPIC:
        topic_ids.add(NEW_TOPIC if new_topic(session, section_id, thing) else "")
    if wish.topic not in topic_ids:
        raise BadInput(
            _l("This topic is not in the course any more."),
            _l("Pick another one, or none. Nothing was saved."),
        )
    if wish.person_ids is not None:
        _check_students(session, section_id, wish.person_ids)


def _check_students(session: Session, section_id: int, person_ids: Collection[int]) -> None:
    if not person_ids:
        raise BadInput(_l("No student is picked."), _l("Pick some, or give it to everyone."))
    students = {one.id for one in roster.students_of(session, section_id)}
    if not students.issuperset(person_ids):
        raise BadInput(
            _l("Someone in the list is not a student of this class."),
            _l("Open the page again. Nothing was saved."),
        )
    if _matched(session, person_ids) != set(person_ids):
        raise BadInput(
            _l("We do not know who a picked student is in the Classroom course."),
            _l("Match them on the page “Classroom”, then give it. Nothing was saved."),
        )


def _matched(session: Session, person_ids: Collection[int]) -> set[int]:
    return set(
        session.scalars(
            select(Identity.person_id).where(
                Identity.source == "google", Identity.person_id.in_(person_ids)
            )
        )
    )


def _write(session: Session, row: Publication, thing: Thing, wish: Wish) -> None:
    row.wanted = wish.wanted
    row.publish_at = wish.publish_at if wish.wanted == Wanted.SCHEDULED else None
    row.topic_id = "" if wish.topic == NEW_TOPIC else wish.topic
    row.topic_name = new_topic(session, row.section_id, thing) if wish.topic == NEW_TOPIC else ""
    if isinstance(thing, Checkpoint):
        row.points = None if wish.points == whole(thing.max_points) else wish.points
        row.follows_due = wish.hand_in_by == thing.due_at
    else:
        row.follows_due = False
    row.hand_in_by = wish.hand_in_by
    row.for_all = wish.person_ids is None
    kept = {one.person_id: one for one in row.students}
    row.students = [
        kept.get(person_id) or PublicationStudent(person_id=person_id)
        for person_id in sorted(wish.person_ids or ())
    ]
    session.flush()


def _as_set(row: Publication) -> dict[str, object]:
    """What a teacher sets here, by the names of `publishing.FIELDS`."""
    return {
        "state": (row.wanted, row.publish_at),
        "topic_id": (row.topic_id, row.topic_name),
        "max_points": row.points,
        "due_at": (row.follows_due, row.hand_in_by),
        "students": (row.for_all, [one.person_id for one in row.students]),
    }


def _send(session: Session, row: Publication) -> None:
    row.version += 1
    leases.wait_again(row)
    session.flush()
    wake.publications_waiting(session)


def whole(points: float) -> int:
    """Points as Classroom takes them: whole ones. Grades keep their share of the maximum."""
    return -int(-points // 1)


def _key(thing: Thing) -> dict[str, int]:
    return {"checkpoint_id" if isinstance(thing, Checkpoint) else "pathway_id": thing.id}


def _of(section_id: int, thing: Thing):  # type: ignore[no-untyped-def]
    return select(Publication).where(Publication.section_id == section_id).filter_by(**_key(thing))


def _locked(session: Session, section_id: int, thing: Thing) -> Publication:
    row: Publication | None = session.scalars(
        _of(section_id, thing).with_for_update().execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotHere
    return row
