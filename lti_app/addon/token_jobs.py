"""The worker's job of the add-on: nothing of a child's sign-in stays when it has ended."""

from flask import Flask
from huey import Huey, crontab

from lti_app.addon import tokens
from lti_app.db import Database


def register(app: Flask) -> None:
    """Add the job to the queue."""
    database: Database = app.extensions["pathways.database"]
    queue: Huey = app.extensions["pathways.queue"]

    @queue.periodic_task(crontab(minute="*/5"), name="forget_add_on_tokens")
    def forget_add_on_tokens() -> None:
        with database.transaction() as session:
            tokens.forget_ended(session)

    app.extensions["pathways.jobs"]["forget_add_on_tokens"] = forget_add_on_tokens
