"""Commands for those who let administrators sign in with Google: `admins`, `classroom domains`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.db import insert_if_missing
from lti_app.errors import BadInput
from lti_app.launch.commands import district_named
from lti_app.launch.models import WorkspaceDomain
from lti_app.people import administrators
from lti_app.people.models import District
from lti_app.people.visit import database

admin_commands = AppGroup("admins", help="Who administers a district by signing in with Google.")
classroom_commands = AppGroup("classroom", help="Google Classroom and Workspace.")
domain_commands = AppGroup("domains", help="The Workspace domains of a district.")
classroom_commands.add_command(domain_commands)

DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
of_district = click.option("--district", required=True, help="Its name.")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(admin_commands)
    app.cli.add_command(classroom_commands)


@domain_commands.command("add")
@click.argument("domain")
@click.option("--district", required=True, help="Its name; made where it does not exist.")
@click.option("--timezone", default="America/New_York", show_default=True)
def domains_add(domain: str, district: str, timezone: str) -> None:
    """Accounts of this Workspace domain belong to the district."""
    domain = domain.strip().casefold()
    if not DOMAIN.fullmatch(domain):
        raise click.ClickException(f"{domain} is no domain, such as maple.k12.us.")
    with database().transaction() as session:
        district_id = district_named(session, district, timezone).id
        insert_if_missing(session, WorkspaceDomain, domain=domain, district_id=district_id)
        owner = session.scalar(
            select(WorkspaceDomain.district_id).where(WorkspaceDomain.domain == domain)
        )
        if owner != district_id:
            raise click.ClickException(f"{domain} belongs to another district.")
    click.echo(f"Accounts of {domain} belong to {district}.")


@domain_commands.command("list")
def domains_list() -> None:
    """All domains with their districts."""
    with database().session(writes=False) as session:
        rows = session.execute(
            select(WorkspaceDomain.domain, District.name)
            .join(District, WorkspaceDomain.district_id == District.id)
            .order_by(WorkspaceDomain.domain)
        )
        for domain, district in rows:
            click.echo(f"{domain}  {district}")


@domain_commands.command("remove")
@click.argument("domain")
@of_district
def domains_remove(domain: str, district: str) -> None:
    """Nobody signs in from this domain any more."""
    with _in_district(district) as (session, _district_id):
        gone = session.scalars(
            delete(WorkspaceDomain)
            .where(WorkspaceDomain.domain == domain.strip().casefold())
            .returning(WorkspaceDomain.id)
        ).all()
        if not gone:
            raise click.ClickException(f"{domain} is no domain of {district}.")
    click.echo(f"Nobody signs in from {domain} any more.")


@admin_commands.command("add")
@click.argument("email")
@of_district
def admins_add(email: str, district: str) -> None:
    """The owner of this address may sign in with Google; only a keyed digest of it is kept."""
    with _in_district(district) as (session, district_id):
        administrators.add(session, _secret(), email, district_id=district_id)
    click.echo(f"They may sign in with Google and administer {district}.")


@admin_commands.command("list")
@of_district
def admins_list(district: str) -> None:
    """Who is listed; addresses are not kept, so names show once people have signed in."""
    with _in_district(district) as (session, _district_id):
        for row in administrators.of_district(session):
            name = row.person.name if row.person else "has not signed in yet"
            click.echo(f"{row.id}  {name}  added {row.added_at:%Y-%m-%d}")


@admin_commands.command("remove")
@click.argument("email")
@of_district
def admins_remove(email: str, district: str) -> None:
    """Take somebody off the list, by the address they were added with; they are out at once."""
    with _in_district(district) as (session, district_id):
        row = administrators.find(session, _secret(), email)
        administrators.remove(session, row.id, district_id=district_id)
    click.echo(f"They no longer administer {district} by signing in with Google.")


@contextmanager
def _in_district(name: str) -> Iterator[tuple[Session, int]]:
    """A transaction in a district that exists; what is wrong with the input is said in words."""
    with database().session(writes=False) as session:
        query = select(District.id).where(District.name == name).order_by(District.id)
        district_id = session.scalars(query).first()
    if district_id is None:
        raise click.ClickException(f"There is no district {name}: see `classroom domains add`.")
    try:
        with database().transaction(district_id=district_id) as session:
            yield session, district_id
    except BadInput as error:
        raise click.ClickException(f"{error.message} {error.advice}") from error


def _secret() -> str:
    secret: str = current_app.extensions["pathways.settings"].secret_key.get_secret_value()
    return secret
