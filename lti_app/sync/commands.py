"""Commands: the worker, and bringing in standards."""

import threading
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from integrations.classroom.addresses import must_be_safe
from lti_app.launch.commands import platform_commands
from lti_app.launch.models import Deployment, Platform
from lti_app.people.models import District
from lti_app.sync import checkup, checkup_words, frameworks
from lti_app.sync.message_models import CanvasAccess

canvas_commands = AppGroup("canvas", help="Canvas's own API.")
standards_commands = AppGroup("standards", help="Frameworks of standards.")


@click.command("worker")
@click.option(
    "--workers",
    type=click.IntRange(min=2),
    default=2,
    show_default=True,
    help="Jobs done at the same time; one of them is never a mirror, so that grades get through.",
)
@with_appcontext
def worker_command(workers: int) -> None:
    """Do the jobs: deliver grades, mirror courses, bring in rosters. Stops on SIGTERM."""
    queue = current_app.extensions["pathways.queue"]
    # A first mirror takes a minute: one worker stays free of them, for grades.
    current_app.extensions["pathways.mirrors"] = threading.Semaphore(max(1, workers - 1))
    queue.create_consumer(
        workers=workers, worker_type="thread", check_worker_health=True, initial_delay=0.05
    ).run()


@platform_commands.command("test")
@click.argument("platform_id", type=int)
def platforms_test(platform_id: int) -> None:
    """Try every service of a platform; fails where one does not work. Writes nothing."""
    database = current_app.extensions["pathways.database"]
    with database.session(writes=False) as session:
        deployment = session.scalars(
            select(Deployment).where(Deployment.platform_id == platform_id).order_by(Deployment.id)
        ).first()
        platform = session.get(Platform, platform_id)
    district_id = (
        deployment.district_id if deployment else platform and platform.learns_for_district_id
    )
    if district_id is None:
        raise click.ClickException("There is no such platform: see `platforms list`.")
    settings = current_app.extensions["pathways.settings"]
    works = True
    for one in checkup.examine(database, settings, district_id, platform_id):
        words = [checkup_words.about_in_words(one), checkup_words.STATES[one.state]]
        said = ": ".join(str(part) for part in words if part)
        click.echo(
            f"{checkup_words.STEPS[one.step]}: {said}. {checkup_words.in_words(one)}".strip()
        )
        works = works and one.state != checkup.State.FAILED
    if not works:
        raise click.ClickException("The connection does not work.")


@canvas_commands.command("allow")
@click.argument("platform", type=int)
@click.argument("address")
@click.option("--token", prompt=True, hide_input=True, help="A Canvas access token.")
def canvas_allow(platform: int, address: str, token: str) -> None:
    """Let Pathways write Canvas messages through a platform: its id here, Canvas's https address,
    and a token of an account that may write to the students. An empty token ends it."""
    database = current_app.extensions["pathways.database"]
    with database.transaction() as session:
        district_id = session.scalar(
            select(Deployment.district_id).where(Deployment.platform_id == platform)
        )
        if district_id is None:
            raise click.ClickException(f"There is no platform {platform} of a district.")
        try:
            must_be_safe(address)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        known = session.get(CanvasAccess, platform)
        if known is not None:
            session.delete(known)
            session.flush()
        if token.strip():
            session.add(
                CanvasAccess(
                    platform_id=platform,
                    district_id=district_id,
                    api_url=address,
                    token=token.strip(),
                )
            )
    click.echo("Saved." if token.strip() else "Ended.")


@standards_commands.command("import")
@click.argument("package")
@click.option("--district", required=True, help="Name of the district.")
def standards_import(package: str, district: str) -> None:
    """Import a 1EdTech CASE package (a JSON file or an https address) for a district; again and
    again without doubles."""
    database = current_app.extensions["pathways.database"]
    settings = current_app.extensions["pathways.settings"]
    with database.session(writes=False) as session:
        district_id = session.scalar(select(District.id).where(District.name == district))
    if district_id is None:
        raise click.ClickException(f'There is no district "{district}".')
    try:
        if "://" in package:
            done = frameworks.import_address(
                database, district_id, package, allow_loopback=settings.allow_loopback_http
            )
        else:
            done = frameworks.import_file(database, district_id, Path(package))
    except OSError as error:
        raise click.ClickException(f"{package} can't be read: {error.strerror}.") from error
    except frameworks.OutsideError as error:
        raise click.ClickException(f"The address was not read: {error.code}.") from error
    except frameworks.NotACasePackage as error:
        raise click.ClickException(f"This is not a CASE package: {error}.") from error
    click.echo(
        f"{done.total} standards, {done.new} of them new, {done.changed} reworded, "
        f"{done.retired} retired."
    )
