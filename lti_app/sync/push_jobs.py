"""The worker's jobs about pushes: feeds are kept registered, and told courses looked at."""

from flask import Flask
from huey import Huey, crontab

from integrations.classroom.budget import Share
from integrations.classroom.registrations import Feed, Registrations
from lti_app.db import Database
from lti_app.settings import Settings
from lti_app.sync import accounts, pushes
from lti_app.sync.features import Feature
from lti_app.sync.registering import keep_registered

LOOKS = {Feed.WORK: "mirror_section", Feed.PEOPLE: "read_course_people"}
"""Job by what was told of."""


def register(app: Flask) -> None:
    """Add the jobs to the queue, beside those of `jobs.py`."""
    database: Database = app.extensions["pathways.database"]
    settings: Settings = app.extensions["pathways.settings"]
    queue: Huey = app.extensions["pathways.queue"]
    jobs = app.extensions["pathways.jobs"]

    def registrations(district_id: int, teacher_id: int, topic: str) -> Registrations:
        client = accounts.client_of(
            database, settings, district_id, teacher_id, Feature.PUSH, Share.BACKGROUND
        )
        return client.registrations(topic)

    @queue.task(name="keep_feeds")
    def keep_feeds() -> None:
        keep_registered(
            database, registrations, settings.pubsub_topic, lease_s=settings.lease_seconds
        )

    @queue.task(name="look_where_told")
    def look_where_told() -> None:
        for feed, district_id, section_id in pushes.set_out(database):
            jobs[LOOKS[feed]](district_id, section_id)

    @queue.periodic_task(crontab(minute="*"), name="every_minute_of_pushes")
    def every_minute() -> None:
        if settings.google_client_id:
            keep_feeds()
            look_where_told()

    jobs |= {"keep_feeds": keep_feeds, "look_where_told": look_where_told}
