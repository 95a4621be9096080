"""The worker's jobs about Classroom courses: their people, and mirrors, a few at a time."""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from flask import Flask
from huey import Huey, crontab

from integrations.classroom.budget import Share
from integrations.classroom.client import ClassroomClient
from integrations.classroom.registrations import Feed
from integrations.lms import LmsError, LmsRefused, LmsUnavailable
from lti_app.db import Database
from lti_app.settings import Settings
from lti_app.sync import accounts, connections, course_people, pushes, wake
from lti_app.sync.features import Feature
from lti_app.sync.mirror import mirror_course
from lti_app.sync.models import ClassroomConnection
from lti_app.sync.quota import quota_of

log = logging.getLogger(__name__)

MIRROR_EVERY = timedelta(minutes=15)
TOLD_MIRROR_EVERY = timedelta(hours=6)
"""Where Google tells of changes: a push may get lost, and of materials and topics none tells."""
MIRROR_LEASES = 4
"""Leases of a sending that a mirror holds its course for, until it says that it goes on: between
two times it may ask Google for a hundred pages of coursework."""
MIRROR_CHAINS = 32
"""How many workers at most begin to mirror in one minute; each goes on with what is due."""
PEOPLE_EVERY = timedelta(days=1)


def register(app: Flask) -> None:
    """Add the jobs to the queue, beside those of `jobs.py`."""
    database: Database = app.extensions["pathways.database"]
    settings: Settings = app.extensions["pathways.settings"]
    queue: Huey = app.extensions["pathways.queue"]
    secret = settings.secret_key.get_secret_value()
    app.extensions["pathways.mirrors"] = threading.Semaphore(1)

    def client_of(connection: ClassroomConnection, needs: Feature) -> ClassroomClient:
        return accounts.client_of(
            database,
            settings,
            connection.district_id,
            connection.teacher_id,
            needs,
            Share.BACKGROUND,
        )

    @queue.task(name="mirror_section")
    def mirror_section(district_id: int, section_id: int, whole: bool = False) -> bool:
        """False: another worker has the course now."""
        lasts = timedelta(seconds=settings.lease_seconds * MIRROR_LEASES)
        connection = connections.lease_mirror(database, district_id, section_id, lasts)
        if connection is None:
            if whole:  # whoever has the course now may have begun before what is to be read
                connections.want_whole(database, district_id, section_id)
            return False
        lease = connections.Lease(database, connection, lasts)
        looks = pushes.begin_look(database, district_id, section_id, Feed.WORK)
        done, again_in_s = False, None
        try:
            client = client_of(connection, Feature.MIRROR)
            again_in_s = client.quiet_s() or None
            if again_in_s:
                if whole:
                    connections.want_whole(database, district_id, section_id)
                return True
            mirror_course(
                database,
                district_id,
                section_id,
                client.source(connection.course_id),
                whole=whole,
                keep=lease.keep,
            )
            done = True
        except connections.LeaseLost:
            log.warning("mirror of section %s was taken over", section_id)
        except LmsError as error:
            log.warning("mirror of section %s stopped: %s", section_id, error.code)
            if error.code == "sign_in_again":
                accounts.mark_broken(database, district_id, connection.teacher_id)
            done = isinstance(error, LmsRefused)  # asking again at once would change nothing
            if isinstance(error, LmsUnavailable):
                again_in_s = error.retry_after
        finally:
            lease.end(done=done, again_in_s=again_in_s)
            if done:
                looked(district_id, looks)
        return True

    def looked(district_id: int, looks: Sequence[pushes.Look]) -> None:
        with app.app_context():
            pushes.end_look(database, district_id, looks)

    @queue.task(name="mirror_next")
    def mirror_next() -> None:
        """Mirror the course that is due longest, then wake another worker for the next: so many
        at a time as there are workers to spare, and what waits in the queue meanwhile (a grade)
        has its turn in between."""
        free: threading.Semaphore = app.extensions["pathways.mirrors"]
        if quota_of(database, settings).quiet_s("", Share.BACKGROUND) or not free.acquire(
            blocking=False
        ):
            return
        try:
            found = any(mirror_section.call_local(*one) for one in due_for_mirror())
        finally:
            free.release()
        if found:
            with app.app_context():
                wake.enqueue("mirror_next")

    def due_for_mirror() -> Sequence[tuple[int, int]]:
        with database.session(writes=False) as session:
            return connections.due_for_mirror(
                session, MIRROR_EVERY, TOLD_MIRROR_EVERY, MIRROR_CHAINS
            )

    @queue.task(name="read_course_people", retries=3, retry_delay=30)
    def read_course_people(district_id: int, section_id: int) -> None:
        connection = course_people.begin(database, district_id, section_id)
        if connection is None:
            return
        looks = pushes.begin_look(database, district_id, section_id, Feed.PEOPLE)
        try:
            client = client_of(connection, Feature.CONNECT)
            roster = client.roster(connection.course_id)
            course_people.read_people(database, district_id, section_id, roster, secret)
        except LmsRefused as error:
            log.warning("people of section %s stopped: %s", section_id, error.code)
        except LmsUnavailable as error:
            if error.code != "budget_spent":
                raise
            course_people.ask_again(database, connection)
            return
        looked(district_id, looks)

    @queue.periodic_task(crontab(minute="*"), name="every_minute_of_courses")
    def every_minute() -> None:
        with database.session(writes=False) as session:
            people = course_people.due(session, PEOPLE_EVERY)
        if not quota_of(database, settings).quiet_s("", Share.BACKGROUND):
            waiting = [(task.name, task.args) for task in queue.pending()]
            for _ in range(len(due_for_mirror()) - waiting.count(("mirror_next", ()))):
                mirror_next()
            for one in people:
                if ("read_course_people", one) not in waiting:
                    read_course_people(*one)

    app.extensions["pathways.jobs"] |= {
        "mirror_section": mirror_section,
        "mirror_next": mirror_next,
        "read_course_people": read_course_people,
    }
