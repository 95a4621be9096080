"""A section's Classroom course: choosing it, matching its students, letting it go."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from integrations.classroom.registrations import Feed
from integrations.lms import Member
from lti_app.db import Database, now
from lti_app.errors import BadInput
from lti_app.people.identities import email_digest
from lti_app.people.models import Enrolment, Identity, Person, Role, Section
from lti_app.sync import feeds, wake
from lti_app.sync.models import ClassroomConnection, ColumnKind, GradebookColumn

MIRROR_LEASE = timedelta(minutes=10)
AGAIN_S = 40.0
"""After Google did not answer; a little more, so that courses do not come in step."""


@dataclass(frozen=True)
class Match:
    """A student of the Classroom course and who that is here."""

    user_id: str
    name: str
    person: Person | None
    """None: the teacher must say who it is."""


def match(session: Session, section_id: int, members: Sequence[Member], secret: str) -> list[Match]:
    """Propose who each Classroom student is among the section's students.

    Someone linked before stays linked. Otherwise an equal address of someone *in this very
    roster* is proposed, and counts only when the teacher confirms the list: an address alone
    never links anyone.
    """
    rows = session.execute(
        select(Person, Identity)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Identity, Identity.person_id == Person.id)
        .where(
            Enrolment.section_id == section_id,
            Enrolment.active,
            Enrolment.role == Role.STUDENT,
        )
    ).all()
    linked = {identity.subject: person for person, identity in rows if identity.source == "google"}
    by_digest = {
        identity.email_digest: person for person, identity in rows if identity.email_digest
    }
    matches = []
    for member in members:
        digest = email_digest(secret, member.email) if member.email else ""
        matches.append(
            Match(
                member.user_id,
                member.name,
                linked.get(member.user_id) or by_digest.get(digest),
            )
        )
    return sorted(matches, key=lambda found: (found.person is not None, found.name))


def connect(
    session: Session,
    *,
    section_id: int,
    teacher_id: int,
    course_id: str,
    course_title: str,
    person_of: dict[str, int],
) -> ClassroomConnection:
    """Connect a course with a section; `person_of` are the confirmed matches by Google user id.

    Raises `BadInput` where the course is connected with another section, where two Classroom
    students are matched with one person, or where someone is not a student of this section.
    """
    elsewhere = session.scalar(
        select(Section.title)
        .join(ClassroomConnection, ClassroomConnection.section_id == Section.id)
        .where(ClassroomConnection.course_id == course_id, Section.id != section_id)
    )
    if elsewhere is not None:
        raise BadInput(
            _l("This course is connected with %(section)s already.", section=elsewhere),
            _l("Pick another course, or disconnect it there first."),
        )
    if len(set(person_of.values())) != len(person_of):
        raise BadInput(
            _l("Two students are matched with the same person."),
            _l("Correct the list and connect again. Nothing was saved."),
        )
    students = set(
        session.scalars(
            select(Enrolment.person_id).where(
                Enrolment.section_id == section_id, Enrolment.role == Role.STUDENT
            )
        )
    )
    if not students.issuperset(person_of.values()):
        raise BadInput(
            _l("Someone in the list is not a student of this class."),
            _l("Open the page again. Nothing was saved."),
        )
    _link(session, person_of)
    connection = session.get(ClassroomConnection, section_id)
    if connection is None:
        connection = ClassroomConnection(section_id=section_id)
        session.add(connection)
    connection.teacher_id = teacher_id
    connection.course_id = course_id
    connection.course_title = course_title[:1000]
    connection.roster_read_at = connection.unmatched = None  # the worker looks at once
    session.flush()
    wake.feeds_waiting(session)
    return connection


def _link(session: Session, person_of: dict[str, int]) -> None:
    session.execute(
        delete(Identity).where(
            Identity.source == "google",
            or_(Identity.subject.in_(person_of), Identity.person_id.in_(list(person_of.values()))),
        )
    )
    session.add_all(
        Identity(person_id=person_id, source="google", subject=user_id)
        for user_id, person_id in person_of.items()
    )
    session.flush()


def has_own_coursework(session: Session, section_id: int) -> bool:
    """Whether grades can go from here to the section's Classroom course: it has coursework of
    ours."""
    query = (
        select(GradebookColumn.id)
        .where(
            GradebookColumn.section_id == section_id,
            GradebookColumn.kind == ColumnKind.CLASSROOM,
            GradebookColumn.writable,
        )
        .limit(1)
    )
    return session.scalars(query).first() is not None


class LeaseLost(Exception):
    """Another worker mirrors the course now: this one took too long, and stops."""


def lease_mirror(
    database: Database, district_id: int, section_id: int, lasts: timedelta = MIRROR_LEASE
) -> ClassroomConnection | None:
    """Take a connection for mirroring; None where there is none or another worker has it."""
    at = now()
    with database.transaction(district_id=district_id) as session:
        taken = session.scalar(
            update(ClassroomConnection)
            .where(
                ClassroomConnection.section_id == section_id,
                or_(
                    ClassroomConnection.mirroring_until.is_(None),
                    ClassroomConnection.mirroring_until < at,
                ),
            )
            .values(mirroring_until=at + lasts)
            .returning(ClassroomConnection.section_id)
        )
        return session.get(ClassroomConnection, section_id) if taken is not None else None


def want_whole(database: Database, district_id: int, section_id: int) -> None:
    """Let the next mirror of a section read everything."""
    with database.transaction(district_id=district_id) as session:
        session.execute(
            update(ClassroomConnection)
            .where(ClassroomConnection.section_id == section_id)
            .values(read_whole_at=None)
        )


class Lease:
    """A worker's hold on a course, made longer while it works."""

    def __init__(self, database: Database, connection: ClassroomConnection, lasts: timedelta):
        self._database = database
        self._district_id = connection.district_id
        self._section_id = connection.section_id
        self._lasts = lasts
        self._until = connection.mirroring_until or now()

    def keep(self) -> None:
        """Make it last once more, where half of it is over. Raises `LeaseLost`."""
        at = now()
        if self._until - at > self._lasts / 2:
            return
        with self._database.transaction(district_id=self._district_id) as session:
            kept = session.scalar(
                update(ClassroomConnection)
                .where(
                    ClassroomConnection.section_id == self._section_id,
                    ClassroomConnection.mirroring_until == self._until,
                )
                .values(mirroring_until=at + self._lasts)
                .returning(ClassroomConnection.section_id)
            )
        if kept is None:
            raise LeaseLost
        self._until = at + self._lasts

    def end(self, *, done: bool, again_in_s: float | None = None) -> None:
        """Give it back, as `end_mirror`; one that another worker has now stays."""
        end_mirror(
            self._database,
            self._district_id,
            self._section_id,
            done=done,
            again_in_s=again_in_s,
            held=self._until,
        )


def end_mirror(
    database: Database,
    district_id: int,
    section_id: int,
    *,
    done: bool,
    again_in_s: float | None = None,
    held: datetime | None = None,
) -> None:
    """Give the lease back (only the one that ends at `held`, where it is given); `done` notes the
    time of the mirror, else it goes on by itself in so many seconds, or soon."""
    with database.transaction(district_id=district_id) as session:
        connection = session.get(ClassroomConnection, section_id)
        if connection is None or held not in (None, connection.mirroring_until):
            return
        connection.mirroring_until = connection.mirror_after = None
        if done:
            connection.mirrored_at = now()
        else:
            jitter = random.uniform(1, 1.5)  # noqa: S311 - not a secret
            wait = AGAIN_S * jitter if again_in_s is None else again_in_s
            connection.mirror_after = now() + timedelta(seconds=wait)


def due_for_mirror(
    session: Session, every: timedelta, where_told: timedelta, most: int = 200
) -> list[tuple[int, int]]:
    """(district, section) of connections not mirrored for `every`, or, where Google tells of
    changes, for `where_told`; the longest first, and not under way."""
    is_told = and_(feeds.lasts(Feed.WORK), feeds.pushes_arrive())
    rows = session.execute(
        select(ClassroomConnection.district_id, ClassroomConnection.section_id)
        .where(
            or_(
                ClassroomConnection.mirrored_at.is_(None),
                ClassroomConnection.mirrored_at < now() - where_told,
                and_(ClassroomConnection.mirrored_at < now() - every, ~is_told),
            ),
            or_(
                ClassroomConnection.mirroring_until.is_(None),
                ClassroomConnection.mirroring_until < now(),
            ),
            or_(
                ClassroomConnection.mirror_after.is_(None),
                ClassroomConnection.mirror_after <= now(),
            ),
        )
        .order_by(ClassroomConnection.mirrored_at.nulls_first())
        .limit(most)
    )
    return list(rows)
