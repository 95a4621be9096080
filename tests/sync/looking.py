"""Looking at what a mirror did, on both sides."""

from sqlalchemy import select

from lti_app.db import Base
from lti_app.learning.models import (
    Attempt,
    Checkpoint,
)
from lti_app.sync import reports

RUNS = {"sync_reports", "sync_notes", "classroom_connections", "google_accounts"}


def dump(world):
    """All rows but those that say when something ran."""
    with world.database.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select()).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in RUNS
        }


def works_of(world):
    return world.practice.classroom.works[world.google_course_id]


def work_of(world, title):
    return next(work for work in works_of(world) if work["title"].startswith(title))


def the_one(world, model, title):
    with world.session() as session:
        return session.scalars(select(model).where(model.title == title)).one()


def notes_of(world):
    with world.session() as session:
        report = reports.newest(session, world.section_id, "mirror")
        return {(note.code, note.subject) for note in report.notes}, report


def submission_of(world, title, seat):
    return world.practice.classroom.submission(
        world.google_course_id, work_of(world, title)["id"], world.google_id(seat)
    )


def attempts_of(world, title, seat):
    with world.session() as session:
        return session.scalars(
            select(Attempt)
            .join(Checkpoint)
            .where(Checkpoint.title == title, Attempt.person_id == world.student_ids[seat])
            .order_by(Attempt.number)
        ).all()
