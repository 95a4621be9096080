"""Commands: working out standings anew."""

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lti_app.db import Database
from lti_app.learning import recalculate
from lti_app.people.models import District, Team

mastery_commands = AppGroup("mastery", help="Where students stand.")


@mastery_commands.command("recalculate")
@click.option("--district", help="Name of one district; without it, all.")
def recalculate_command(district: str | None) -> None:
    """Work out every standing anew, one team after the other; again and again without harm.

    Each team is a transaction of its own: stopped in the middle, it goes on where it is called
    again, and nobody waits for the others' locks.
    """
    database: Database = current_app.extensions["pathways.database"]
    with database.session(writes=False) as session:
        teams = session.execute(
            select(Team.district_id, Team.id)
            .join(District, Team.district_id == District.id)
            .where(District.name == district if district else District.id.is_not(None))
            .order_by(Team.district_id, Team.id)
        ).all()
    if district and not teams:
        raise click.ClickException(f'There is no district "{district}" with teams.')
    moved = 0
    for district_id, team_id in teams:
        with database.transaction(district_id=district_id) as session:
            moved += recalculate.refresh_team(session, team_id)
    click.echo(f"{len(teams)} teams worked out; {moved} standings came to another level.")
