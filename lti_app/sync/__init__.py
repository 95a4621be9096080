"""What crosses to the LMS: roster, mirror, outbox of grades, jobs."""

from flask import Flask

from lti_app.sync import (
    course_jobs,
    google_commands,
    jobs,
    outbox,
    pages,
    push_jobs,
    reminder_pages,
)
from lti_app.sync.commands import canvas_commands, standards_commands, worker_command
from lti_app.sync.queue import make_queue

__all__ = ["google_commands", "init_app", "outbox"]


def init_app(app: Flask) -> None:
    """Add the jobs, the worker's command and the pages."""
    jobs.register(app, make_queue(app.extensions["pathways.settings"].queue_url))
    course_jobs.register(app)
    push_jobs.register(app)
    app.cli.add_command(worker_command)
    app.cli.add_command(standards_commands)
    app.cli.add_command(canvas_commands)
    pages.init_app(app)
    reminder_pages.init_app(app)
