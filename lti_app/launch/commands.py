"""Commands for those who connect platforms: `flask --app lti_app platforms|keys …`."""

from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import BadInput
from lti_app.launch import keys
from lti_app.launch.models import Deployment, Platform
from lti_app.launch.platforms import PlatformDraft, add_platform
from lti_app.people.models import District
from lti_app.people.visit import database

platform_commands = AppGroup("platforms", help="The LMSs that may launch Pathways.")
key_commands = AppGroup("keys", help="The keys Pathways signs with.")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(platform_commands)
    app.cli.add_command(key_commands)


@platform_commands.command("add")
@click.option("--name", required=True)
@click.option("--issuer", required=True)
@click.option("--client-id", required=True)
@click.option("--deployment", required=True)
@click.option("--auth-url", required=True, help="Where logins are answered (OIDC).")
@click.option("--token-url", required=True)
@click.option("--jwks-url", required=True)
@click.option("--token-audience", help="Where it is not the token address.")
@click.option("--frame-origin", multiple=True, help="Further origins that may frame Pathways.")
@click.option("--district", required=True, help="Its name; made where it does not exist.")
@click.option("--timezone", default="America/New_York", show_default=True)
def platforms_add(district: str, timezone: str, deployment: str, **given: str) -> None:
    """Add a platform with a deployment, or bring both up to date."""
    draft = PlatformDraft(
        name=given["name"],
        issuer=given["issuer"],
        client_id=given["client_id"],
        auth_login_url=given["auth_url"],
        token_url=given["token_url"],
        jwks_url=given["jwks_url"],
        token_audience=given["token_audience"],
        frame_origins=tuple(given["frame_origin"]),
    )
    try:
        with database().transaction() as session:
            platform = add_platform(
                session,
                draft,
                deployment_id=deployment,
                district_id=_district(session, district, timezone).id,
                allow_loopback_http=current_app.extensions["pathways.settings"].allow_loopback_http,
            )
            platform_id = platform.id
    except BadInput as error:
        raise click.ClickException(f"{error.message} {error.advice}") from error
    click.echo(f"Platform {platform_id} may launch for {district}.")


@platform_commands.command("list")
def platforms_list() -> None:
    """All platforms with their deployments."""
    with database().session(writes=False) as session:
        rows = session.execute(
            select(Platform, Deployment.deployment_id, District.name)
            .join(Deployment, Deployment.platform_id == Platform.id)
            .join(District, Deployment.district_id == District.id)
            .order_by(Platform.id, Deployment.id)
        )
        for platform, deployment_id, district in rows:
            state = "active" if platform.active else "off"
            click.echo(
                f"{platform.id}  {platform.name}  {platform.issuer}  {platform.client_id}  "
                f"{deployment_id}  {district}  {state}"
            )


@key_commands.command("rotate")
def keys_rotate() -> None:
    """Sign with the next key from now on; run it at most once a day."""
    keys.current_key(database())
    with database().transaction() as session:
        kid = keys.rotate(session).kid
    click.echo(f"Signing with {kid}.")


def _district(session: Session, name: str, timezone: str) -> District:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise click.ClickException(f"{timezone} is not a time zone.") from error
    district = session.scalar(select(District).where(District.name == name).order_by(District.id))
    if district is None:
        district = District(name=name, timezone=timezone)
        session.add(district)
        session.flush()
    return district
