"""Commands for those who install and run Pathways: `flask --app lti_app …`."""

import click
from cryptography.fernet import Fernet
from flask import Flask, current_app
from flask.cli import AppGroup

from lti_app import rotation, schema

database_commands = AppGroup("database", help="The database schema.")
secret_commands = AppGroup("secrets", help="Secrets in the database.")


@database_commands.command("upgrade")
def database_upgrade() -> None:
    """Bring the database up to this version."""
    schema.upgrade(current_app.extensions["pathways.settings"].database_url)
    click.echo("The database is up to date.")


@click.command("new-encryption-key")
def new_encryption_key() -> None:
    """Print a new key for PATHWAYS_ENCRYPTION_KEYS."""
    click.echo(Fernet.generate_key().decode())


@secret_commands.command("rotate")
def secrets_rotate() -> None:
    """Encrypt every secret in the database with the first of PATHWAYS_ENCRYPTION_KEYS.

    Web processes and workers go on meanwhile; they must know the new key already. Run it again
    until nothing is left, then take the old key away.
    """
    keys = current_app.extensions["pathways.settings"].encryption_keys
    left = unreadable = 0
    for one in rotation.rotate(
        current_app.extensions["pathways.database"], [key.get_secret_value() for key in keys]
    ):
        click.echo(
            f"{one.column}: {one.renewed} renewed, {one.current} current, "
            f"{one.changed_meanwhile} changed meanwhile, {one.unreadable} unreadable"
        )
        left += one.changed_meanwhile
        unreadable += one.unreadable
    if unreadable:
        raise click.ClickException(
            "Some values open with none of the keys. Put the key that wrote them behind the "
            "first in PATHWAYS_ENCRYPTION_KEYS and run this again."
        )
    if left:
        raise click.ClickException("Some values changed meanwhile. Run this again.")
    click.echo("Everything is under the first key. Keys behind it can be taken away.")


def register_commands(app: Flask) -> None:
    """Add the commands that belong to no single capability."""
    app.cli.add_command(database_commands)
    app.cli.add_command(new_encryption_key)
    app.cli.add_command(secret_commands)
