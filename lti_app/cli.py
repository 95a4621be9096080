"""Commands for those who install and run Pathways: `flask --app lti_app …`."""

import click
from cryptography.fernet import Fernet
from flask import Flask, current_app
from flask.cli import AppGroup

from lti_app import schema

database_commands = AppGroup("database", help="The database schema.")


@database_commands.command("upgrade")
def database_upgrade() -> None:
    """Bring the database up to this version."""
    schema.upgrade(current_app.extensions["pathways.settings"].database_url)
    click.echo("The database is up to date.")


@click.command("new-encryption-key")
def new_encryption_key() -> None:
    """Print a new key for PATHWAYS_ENCRYPTION_KEYS."""
    click.echo(Fernet.generate_key().decode())


def register_commands(app: Flask) -> None:
    """Add the commands that belong to no single capability."""
    app.cli.add_command(database_commands)
    app.cli.add_command(new_encryption_key)
