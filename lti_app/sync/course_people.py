"""Who is in a Classroom course: the roster of a section that is Classroom's own.

Who is in a section of an LTI platform says the platform; there only those students of the course
are counted whom nobody is matched with yet.
"""

from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from integrations.classroom.client import ClassroomRoster
from lti_app.db import Database, now
from lti_app.people.models import Enrolment, Identity, Section
from lti_app.sync import connections
from lti_app.sync.models import ClassroomConnection, SyncReport
from lti_app.sync.roster import bring_in_roster

SOURCE = "google"
MOST_AT_ONCE = 30
"""Courses a minute whose people are read: with their pages about a hundred requests, and more than
40,000 courses a day."""


def read_people(
    database: Database, district_id: int, section_id: int, roster: ClassroomRoster, secret: str
) -> None:
    """Bring in the roster, or count whom nobody is matched with.

    `secret` keys the digests of addresses. Raises `LmsError`.
    """
    with database.session(district_id=district_id, writes=False) as session:
        section = session.get_one(Section, section_id)
    if section.source == SOURCE:
        report_id = bring_in_roster(database, district_id, section_id, roster, secret)
        with database.session(district_id=district_id, writes=False) as session:
            came = session.get_one(SyncReport, report_id).counts.get("enrolled")
        if came:  # their grades were passed over until now
            connections.want_whole(database, district_id, section_id)
        return
    user_ids = set(roster.student_ids())
    with database.transaction(district_id=district_id) as session:
        matched = set(
            session.scalars(
                select(Identity.subject)
                .join(Enrolment, Enrolment.person_id == Identity.person_id)
                .where(Identity.source == SOURCE, Enrolment.section_id == section_id)
            )
        )
        session.execute(
            update(ClassroomConnection)
            .where(ClassroomConnection.section_id == section_id)
            .values(unmatched=len(user_ids - matched))
        )


def begin(database: Database, district_id: int, section_id: int) -> ClassroomConnection | None:
    """The connection of a section; its course counts as asked for today, whatever comes of it."""
    with database.transaction(district_id=district_id) as session:
        connection = session.get(ClassroomConnection, section_id)
        if connection is not None:
            connection.roster_read_at = now()
        return connection


def ask_again(database: Database, asked: ClassroomConnection) -> None:
    """Nobody was asked after all: the course is due again."""
    with database.transaction(district_id=asked.district_id) as session:
        session.execute(
            update(ClassroomConnection)
            .where(
                ClassroomConnection.section_id == asked.section_id,
                ClassroomConnection.roster_read_at == asked.roster_read_at,
            )
            .values(roster_read_at=None)
        )


def due(session: Session, every: timedelta, most: int = MOST_AT_ONCE) -> list[tuple[int, int]]:
    """(district, section) of connections whose course was not asked for `every`, the longest
    first, and no more than make a small part of a minute's quota."""
    rows = session.execute(
        select(ClassroomConnection.district_id, ClassroomConnection.section_id)
        .where(
            or_(
                ClassroomConnection.roster_read_at.is_(None),
                ClassroomConnection.roster_read_at < now() - every,
            )
        )
        .order_by(ClassroomConnection.roster_read_at.nulls_first())
        .limit(most)
    )
    return [(district_id, section_id) for district_id, section_id in rows]
