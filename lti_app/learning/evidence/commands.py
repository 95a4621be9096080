"""Commands: photos and files."""

import click
from flask import current_app
from flask.cli import AppGroup

from lti_app.files import file_store
from lti_app.learning.evidence import files

files_commands = AppGroup("files", help="Students' photos and files.")


@files_commands.command("sweep")
def sweep_command() -> None:
    """Remove what was sent but never became part of an attempt, after a day; the worker does it
    every night."""
    removed = files.sweep(current_app.extensions["pathways.database"], file_store())
    click.echo(f"{removed} files removed that belonged to no attempt.")
