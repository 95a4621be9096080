"""Commands for those who set up Google Classroom: `classroom service-account|doctor|listing`."""

import json
import re
from pathlib import Path

import click
from sqlalchemy import select

from integrations.classroom.delegation import NotAServiceKey, ServiceKey
from integrations.lms import LmsError, LmsRefused
from lti_app.launch.google_commands import classroom_commands
from lti_app.launch.models import WorkspaceDomain
from lti_app.people import audit
from lti_app.people.models import District
from lti_app.people.visit import app_settings, database
from lti_app.sync import google_checkup, google_checkup_words, listing, service_accounts
from lti_app.sync.checkup import State
from lti_app.sync.features import NEEDS

ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")
LONGEST_FILE = 20_000


def _district(name: str) -> int:
    with database().session(writes=False) as session:
        query = select(District.id).where(District.name == name).order_by(District.id)
        found = session.scalars(query).first()
    if found is None:
        raise click.ClickException(f"There is no district {name}: see `classroom domains list`.")
    return found


@classroom_commands.command("service-account")
@click.argument("district")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "administrator", help="An administrator's address, who looks up teachers'.")
@click.option("--remove", is_flag=True, help="It acts for nobody any more.")
def service_account(
    district: str, file: Path | None, administrator: str | None, remove: bool
) -> None:
    """Let a service account with domain-wide delegation act for a district's teachers: its key
    FILE from the Cloud console. It is tried first; where it does not work nothing is changed."""
    district_id = _district(district)
    if remove:
        with database().transaction(district_id=district_id) as session:
            if not service_accounts.remove(session, district_id):
                raise click.ClickException(f"{district} has no service account.")
            audit.record(session, "classroom.service_account_removed", district_id=district_id)
        click.echo(f"Removed. Teachers of {district} are asked to allow Pathways themselves.")
        return
    if file is None or administrator is None:
        raise click.ClickException("Give the key's FILE and --as ADDRESS, or --remove.")
    key, address = _key(file), administrator.strip()
    _must_be_of(district_id, district, address)
    try:
        tried = service_accounts.try_out(app_settings(), key, address)
    except LmsRefused as error:
        raise click.ClickException(
            f"Google gives no token ({error.detail}). Delegate the scopes of `classroom listing` "
            f"to the client id {key.client_id} and check the address. "
            f"{google_checkup_words.ADMIN_DELEGATION}. A change takes up to a day. Nothing was "
            "saved."
        ) from error
    except LmsError as error:
        raise click.ClickException(f"Google does not answer ({error.code}). Try again.") from error
    with database().transaction(district_id=district_id) as session:
        service_accounts.keep(session, district_id, key, address, tried)
        audit.record(session, "classroom.service_account_set", district_id=district_id)
    for feature in tried.missing:
        click.echo(f"Not delegated: {NEEDS[feature].title}.")
    click.echo(
        f"Teachers of {district} only say who they are; the service account acts for them. Delete "
        "the key's file now: it is kept here, encrypted."
    )


def _key(file: Path) -> ServiceKey:
    try:
        if file.stat().st_size > LONGEST_FILE:
            raise NotAServiceKey("it is too long")
        return ServiceKey.from_file(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}.") from error
    except ValueError as error:
        why = str(error) if isinstance(error, NotAServiceKey) else "it is no text"
        raise click.ClickException(f"{file} is no service account's key: {why}.") from error


def _must_be_of(district_id: int, district: str, address: str) -> None:
    if not ADDRESS.fullmatch(address):
        raise click.ClickException("--as needs an e-mail address, such as admin@maple.k12.us.")
    with database().session(district_id=district_id, writes=False) as session:
        domains = set(session.scalars(select(WorkspaceDomain.domain)))
    if domains and address.casefold().rpartition("@")[2] not in domains:
        raise click.ClickException(f"The address is of no domain of {district}.")


@classroom_commands.command("doctor")
@click.argument("district", required=False)
@click.option("--teacher", type=int, help="Only this person's grant, by their id here.")
def doctor(district: str | None, teacher: int | None) -> None:
    """Look over what Google Classroom needs, a line each, with what to change and where; fails
    where something is wrong. Writes nothing to Classroom."""
    district_id = _district(district) if district is not None else None
    wrong = False
    for one in google_checkup.examine(database(), app_settings(), district_id, teacher):
        click.echo(google_checkup_words.line(one))
        wrong = wrong or one.state == State.FAILED
    if wrong:
        raise click.ClickException("Something is wrong: see above.")


@classroom_commands.command("listing")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def listing_command(as_json: bool) -> None:
    """The values to enter in Google's consoles: consent screen, client, Marketplace, scopes."""
    found = listing.values(app_settings())
    click.echo(json.dumps(found, indent=2) if as_json else listing.as_text(found))
