"""Commands: the district's calendar."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lti_app.coaching import school_calendar
from lti_app.db import Database
from lti_app.errors import BadInput
from lti_app.people.models import District

calendar_commands = AppGroup("calendar", help="The district's school days.")


@calendar_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--district", required=True, help="Name of the district.")
def import_command(file: Path, district: str) -> None:
    """Bring a district's days off up to an iCalendar file; again and again without harm."""
    database: Database = current_app.extensions["pathways.database"]
    with database.session(writes=False) as session:
        district_id = session.scalar(select(District.id).where(District.name == district))
    if district_id is None:
        raise click.ClickException(f'There is no district "{district}".')
    try:
        with database.transaction(district_id=district_id) as session:
            report = school_calendar.import_ics(session, file.read_bytes())
    except BadInput as refused:
        with current_app.test_request_context():
            raise click.ClickException(f"{refused.message} {refused.advice}") from None
    click.echo(
        f"{report.added} new, {report.changed} changed, {report.removed} gone, "
        f"{report.as_before} as before."
    )
    with current_app.test_request_context():
        for name, why in report.left_out:
            click.echo(f"left out: {name}: {why}")
