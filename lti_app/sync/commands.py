"""The worker's command."""

import click
from flask import current_app
from flask.cli import with_appcontext


@click.command("worker")
@click.option("--workers", default=2, show_default=True, help="Jobs done at the same time.")
@with_appcontext
def worker_command(workers: int) -> None:
    """Do the jobs: deliver grades, mirror courses, bring in rosters. Stops on SIGTERM."""
    queue = current_app.extensions["pathways.queue"]
    queue.create_consumer(
        workers=workers, worker_type="thread", check_worker_health=True, initial_delay=0.05
    ).run()
