"""The worker's jobs of the add-on: thin shells."""

from flask import Flask
from huey import Huey, crontab

from lti_app.addon import copies, following
from lti_app.db import Database
from lti_app.settings import Settings


def register(app: Flask) -> None:
    """Add the jobs to the queue and to the application, where `wake.enqueue` finds them."""
    database: Database = app.extensions["pathways.database"]
    settings: Settings = app.extensions["pathways.settings"]
    queue: Huey = app.extensions["pathways.queue"]

    @queue.task(name="settle_attachments")
    def settle_attachments() -> None:
        with app.app_context():
            copies.settle_due(database, settings)

    @queue.task(name="update_attachments")
    def update_attachments() -> None:
        with app.app_context():
            following.update_due(database, settings)

    @queue.periodic_task(crontab(minute="*"), name="every_minute_of_the_add_on")
    def every_minute() -> None:
        settle_attachments()
        update_attachments()

    app.extensions["pathways.jobs"] |= {
        "settle_attachments": settle_attachments,
        "update_attachments": update_attachments,
    }
