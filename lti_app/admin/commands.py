"""Commands: what is kept of a person, without a browser."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lti_app.admin import of_a_person
from lti_app.db import Database
from lti_app.people import audit
from lti_app.people.models import District

people_commands = AppGroup("people", help="What is kept of a person.")


@people_commands.command("kept")
@click.option("--district", required=True, help="Name of the district.")
@click.option("--id", "subject", required=True, help="The person's id in the LMS.")
def kept(district: str, subject: str) -> None:
    """List how much is kept of a person, by kind."""
    for words, count in _found(district, subject).counts:
        click.echo(f"{count:6}  {words}")


@people_commands.command("export")
@click.option("--district", required=True, help="Name of the district.")
@click.option("--id", "subject", required=True, help="The person's id in the LMS.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(district: str, subject: str, file: Path) -> None:
    """Write all that is kept of a person to FILE, as JSON. The audit trail notes it.

    FILE must not be there yet; only its owner can read it.
    """
    person = _found(district, subject).person
    database = _database()
    try:
        file.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise click.ClickException(
            f"{file} can't be made: {error.strerror}. Give the name of a new file."
        ) from None
    with database.transaction(district_id=person.district_id) as session:
        audit.record(
            session,
            "privacy.downloaded",
            district_id=person.district_id,
            of=person.id,
            by="command",
        )
    with file.open("w", encoding="utf-8") as out:
        out.writelines(of_a_person.as_json(database, person))
    click.echo(f"Written to {file}. What the LMS and Google keep is theirs: ask there.")


def _found(district: str, subject: str) -> of_a_person.Found:
    database = _database()
    with database.session(writes=False) as session:
        district_id = session.scalar(select(District.id).where(District.name == district))
    if district_id is None:
        raise click.ClickException(f'There is no district "{district}". Check its letters.')
    with database.session(district_id=district_id, writes=False) as session:
        found = of_a_person.find(session, subject)
    if found is None:
        raise click.ClickException("Pathways keeps nothing of a person with this id.")
    return found


def _database() -> Database:
    found: Database = current_app.extensions["pathways.database"]
    return found
