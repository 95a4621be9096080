"""The worker's jobs: thin shells around delivery, rosters and what else is to be done."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from flask import Flask, current_app
from huey import Huey, crontab
from sqlalchemy.orm import Session

from integrations.classroom.budget import Share
from integrations.classroom.client import ClassroomClient
from integrations.classroom.gradebook import Grading
from integrations.classroom.publishing import Publishing
from integrations.lms import EditableGradebook, Gradebook, LmsRefused
from integrations.web.page import LinkedPage, read_page
from lti_app.coaching import upkeep
from lti_app.coaching.events import plan_wanted
from lti_app.coaching.planner import solve
from lti_app.coaching.plans import making
from lti_app.db import Database, now
from lti_app.files import FileStore
from lti_app.launch import places, subscriptions
from lti_app.launch.events import section_entered
from lti_app.launch.google_sign_in import oauth_client
from lti_app.launch.services import lti_services
from lti_app.learning.evidence import files
from lti_app.people.models import Role, Section
from lti_app.settings import Settings
from lti_app.sync import (
    accounts,
    channels,
    checkup,
    columns,
    copies,
    differences,
    links,
    reports,
    revocations,
    wake,
)
from lti_app.sync.delivery import deliver_due
from lti_app.sync.features import Feature
from lti_app.sync.models import ClassroomConnection, ColumnKind
from lti_app.sync.publishing import publish_due
from lti_app.sync.roster import bring_in_roster
from lti_app.sync.telling import tell_due

log = logging.getLogger(__name__)

READ_EVERY = timedelta(minutes=10)
READ_AT_ENTRY = {"roster": "bring_in_roster", "grades": "reconcile_grades"}
"""Job by kind of report."""


Opener = Callable[[Database, Settings, Section], Gradebook]
"""Opens a section's gradebook. Raises `LmsRefused` where it can't be opened."""


def gradebook_of(
    database: Database, settings: Settings, section: Section, kind: ColumnKind
) -> Gradebook:
    """A section's gradebook at its LMS. Raises `LmsRefused` where it can't be opened."""
    return OPENERS[kind](database, settings, section)


def classroom_gradebook(database: Database, settings: Settings, section: Section) -> Gradebook:
    """A section's gradebook in its Classroom course. Raises `LmsRefused`."""
    client, connection = _connected(database, settings, section, Feature.GRADES)
    return client.gradebook(connection.course_id, Grading(connection.grading))


def classroom_course(database: Database, settings: Settings, section: Section) -> Publishing:
    """A section's coursework of ours at Google. Raises `LmsRefused` where it can't be opened."""
    # New topics need one scope more; a teacher who did not allow it is offered none.
    client, connection = _connected(database, settings, section, Feature.GRADES)
    return client.publishing(connection.course_id)


def _connected(
    database: Database, settings: Settings, section: Section, needs: Feature
) -> tuple[ClassroomClient, ClassroomConnection]:
    with database.session(district_id=section.district_id, writes=False) as session:
        connection = session.get(ClassroomConnection, section.id)
    if connection is None:
        raise LmsRefused("not_connected")
    client = accounts.client_of(
        database, settings, section.district_id, connection.teacher_id, needs, Share.SENDING
    )
    return client, connection


def lti_gradebook(database: Database, settings: Settings, section: Section) -> EditableGradebook:
    """A section's gradebook at its LTI platform. Raises `LmsRefused` where it can't be opened."""

    def work_url(attempt_id: int) -> str:
        return places.Place("attempt", attempt_id).launch_url(settings.public_url)

    return lti_services(database, section).gradebook(work_url)


OPENERS: dict[ColumnKind, Opener] = {
    ColumnKind.LTI: lti_gradebook,
    ColumnKind.CLASSROOM: classroom_gradebook,
}
"""By kind of column; a higher room adds its own."""


@section_entered.connect
def ask_for_roster(_sender: object, *, section_id: int, district_id: int, role: Role) -> None:
    """A teacher came in: bring roster and changed grades up to date, unless done just now."""
    if role == Role.STUDENT:
        return
    database: Database = current_app.extensions["pathways.database"]
    with database.session(district_id=district_id, writes=False) as session:
        began = reports.last_begun(session, section_id)
    for kind, job in READ_AT_ENTRY.items():
        if kind not in began or began[kind] < now() - READ_EVERY:
            wake.enqueue(job, district_id, section_id)


@plan_wanted.connect
def ask_for_plan(session: Session, plan_id: int) -> None:
    """A teacher wants a day planned."""
    wake.plan_waiting(session)


def register(app: Flask, queue: Huey) -> None:
    """Add the jobs to the queue and to the application, where `wake.enqueue` finds them."""
    database: Database = app.extensions["pathways.database"]
    settings: Settings = app.extensions["pathways.settings"]
    secret = settings.secret_key.get_secret_value()

    def gradebooks(section: Section, kind: ColumnKind) -> Gradebook:
        return gradebook_of(database, settings, section, kind)

    @queue.task(name="deliver_grades")
    def deliver_grades() -> None:
        with app.app_context():
            due_at = deliver_due(database, gradebooks, lease_s=settings.lease_seconds)
            if due_at is not None:
                wait = (due_at - now()).total_seconds()
                if wait < 60:  # later than that the minute's round comes first
                    wake.enqueue("deliver_grades", delay_s=max(wait, 0.2))

    @queue.task(name="bring_in_roster", retries=3, retry_delay=30)
    def bring_in(district_id: int, section_id: int) -> None:
        with database.session(district_id=district_id, writes=False) as session:
            section = session.get_one(Section, section_id)
        if not section.roster_url:
            app.extensions["pathways.jobs"]["read_course_people"](district_id, section_id)
            return
        try:
            roster = lti_services(database, section).roster()
            bring_in_roster(database, district_id, section_id, roster, secret)
        except LmsRefused as error:
            log.warning("roster of section %s stopped: %s", section_id, error.code)

    @queue.task(name="reconcile_grades", retries=3, retry_delay=60)
    def reconcile_grades(district_id: int, section_id: int) -> None:
        try:
            opened = partial(lti_gradebook, database, settings)
            differences.reconcile(database, district_id, section_id, opened)
        except LmsRefused as error:
            log.warning("reading grades of section %s stopped: %s", section_id, error.code)

    @queue.task(name="check_platform")
    def check_platform(district_id: int, check_id: int) -> None:
        checkup.run(database, settings, district_id, check_id)

    @queue.task(name="update_columns")
    def update_columns() -> None:
        opened = partial(lti_gradebook, database, settings)
        columns.update_due(database, opened)
        columns.remove_replaced(database, opened)

    def read(url: str) -> LinkedPage:
        return read_page(url, allow_loopback=settings.allow_loopback_http)

    @queue.task(name="read_links")
    def read_links() -> None:
        with app.app_context():
            if links.read_due(database, read):
                wake.enqueue("read_links")

    @queue.task(name="tell_messages")
    def tell_messages() -> None:
        with app.app_context():
            due_at = tell_due(database, partial(channels.tell, database, settings))
            if due_at is not None:
                wait = (due_at - now()).total_seconds()
                if wait < 60:  # as with grades
                    wake.enqueue("tell_messages", delay_s=max(wait, 0.2))

    @queue.task(name="publish_due")
    def publish() -> None:
        with app.app_context():
            opened = partial(classroom_course, database, settings)
            due_at = publish_due(
                database, opened, settings.public_url, lease_s=settings.lease_seconds
            )
            if due_at is not None:
                wait = (due_at - now()).total_seconds()
                if wait < 60:  # as with grades
                    wake.enqueue("publish_due", delay_s=max(wait, 0.2))

    @queue.task(name="make_plans")
    def make_plans() -> None:
        with database.session(writes=False) as session:
            waiting = making.due(session)
        for district_id, plan_id in waiting:
            making.make(database, district_id, plan_id, solve.plan)

    @queue.task(name="look_after_coaching")
    def look_after_coaching() -> None:
        if upkeep.once(database):
            look_after_coaching()

    @queue.task(name="subscribe_to_notices")
    def subscribe_to_notices() -> None:
        subscriptions.subscribe_due(database)

    @queue.task(name="revoke_grants")
    def revoke_grants() -> None:
        revocations.tell_google(database, oauth_client(settings))

    @queue.task(name="settle_copies")
    def settle_copies() -> None:
        copies.settle_due(database)

    @queue.periodic_task(crontab(minute="*"), name="every_minute")
    def every_minute() -> None:
        deliver_grades()
        update_columns()
        tell_messages()
        publish()
        look_after_coaching()
        subscribe_to_notices()
        settle_copies()
        if settings.google_client_id:
            revoke_grants()
        with database.session(writes=False) as session:
            if making.due(session):
                make_plans()
        if links.waiting(database):
            read_links()

    @queue.periodic_task(crontab(hour="3", minute="17"), name="sweep_files")
    def sweep_files() -> None:
        store: FileStore = app.extensions["pathways.files"]
        try:
            files.sweep(database, store)
        except OSError as error:  # tomorrow is soon enough
            log.warning("sweep of files stopped: %s", type(error).__name__)

    app.extensions["pathways.queue"] = queue
    app.extensions["pathways.jobs"] = {
        "deliver_grades": deliver_grades,
        "bring_in_roster": bring_in,
        "reconcile_grades": reconcile_grades,
        "update_columns": update_columns,
        "check_platform": check_platform,
        "read_links": read_links,
        "make_plans": make_plans,
        "tell_messages": tell_messages,
        "publish_due": publish,
        "look_after_coaching": look_after_coaching,
        "subscribe_to_notices": subscribe_to_notices,
        "settle_copies": settle_copies,
        "revoke_grants": revoke_grants,
        "sweep_files": sweep_files,
    }
