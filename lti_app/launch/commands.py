"""Commands for those who connect platforms: `flask --app lti_app platforms|keys …`."""

from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.errors import BadInput
from lti_app.launch import keys, registrations
from lti_app.launch.known_platforms import KNOWN_PLATFORMS, addresses_of
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
@click.option(
    "--kind",
    type=click.Choice(sorted(KNOWN_PLATFORMS)),
    help="Fills in the addresses that are the same at every school.",
)
@click.option("--site", default="", help="The school's own address of its LMS, for --kind.")
@click.option("--name", help="Asked for, as are the addresses, without --kind.")
@click.option("--issuer")
@click.option("--client-id", required=True)
@click.option("--deployment", required=True)
@click.option("--auth-url", help="Where logins are answered (OIDC).")
@click.option("--token-url")
@click.option("--jwks-url")
@click.option("--token-audience", help="Where it is not the token address.")
@click.option("--frame-origin", multiple=True, help="Further origins that may frame Pathways.")
@click.option("--district", required=True, help="Its name; made where it does not exist.")
@click.option("--timezone", default="America/New_York", show_default=True)
def platforms_add(
    kind: str | None,
    site: str,
    district: str,
    timezone: str,
    deployment: str,
    client_id: str,
    frame_origin: tuple[str, ...],
    **given: str | None,
) -> None:
    """Add a platform with a deployment, or bring both up to date."""
    draft = _draft(kind, site, client_id, given, frame_origin)
    try:
        with database().transaction() as session:
            platform = add_platform(
                session,
                draft,
                deployment_id=deployment,
                district_id=district_named(session, district, timezone).id,
                allow_loopback_http=current_app.extensions["pathways.settings"].allow_loopback_http,
            )
            platform_id = platform.id
    except BadInput as error:
        raise click.ClickException(f"{error.message} {error.advice}") from error
    click.echo(f"Platform {platform_id} may launch for {district}.")


@platform_commands.command("invite")
@click.option("--district", required=True, help="Its name; made where it does not exist.")
@click.option("--timezone", default="America/New_York", show_default=True)
def platforms_invite(district: str, timezone: str) -> None:
    """An address that an LMS's administrator pastes to install Pathways, good once."""
    with database().transaction() as session:
        district_id = district_named(session, district, timezone).id
        code, until = registrations.invite(session, district_id)
    public_url = current_app.extensions["pathways.settings"].public_url
    click.echo(
        f"{public_url}/lti/register/{code}\n"
        f"Paste this address in the LMS where tools are registered dynamically. It approves one "
        f"registration for {district}, until {until:%Y-%m-%d}."
    )


@platform_commands.command("approve")
@click.argument("code")
@click.option("--district", required=True, help="Its name; made where it does not exist.")
@click.option("--timezone", default="America/New_York", show_default=True)
def platforms_approve(code: str, district: str, timezone: str) -> None:
    """Approve the registration that shows this code."""
    settings = current_app.extensions["pathways.settings"]
    try:
        with database().transaction() as session:
            platform = registrations.approve(
                session,
                registrations.pending(session, code),
                registrations.Approver(district_named(session, district, timezone).id, None),
                allow_loopback_http=settings.allow_loopback_http,
            )
            words = f"Platform {platform.id} ({platform.issuer}) may launch for {district}."
    except BadInput as error:
        raise click.ClickException(f"{error.message} {error.advice}") from error
    click.echo(words)


@platform_commands.command("storage")
@click.argument("platform_id", type=int)
@click.argument("use", type=click.Choice(["on", "off"]))
def platforms_storage(platform_id: int, use: str) -> None:
    """Whether a platform's page is asked to keep a login where browsers keep no cookie."""
    with database().transaction() as session:
        platform = session.get(Platform, platform_id)
        if platform is None:
            raise click.ClickException("There is no such platform: see `platforms list`.")
        platform.uses_storage = use == "on"
    click.echo(f"Platform {platform_id}: storage {use}.")


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


def _draft(
    kind: str | None,
    site: str,
    client_id: str,
    given: dict[str, str | None],
    frame_origins: tuple[str, ...],
) -> PlatformDraft:
    """What was given, over what is known of its kind. Raises `ClickException`."""
    try:
        known = addresses_of(kind, site=site, client_id=client_id) if kind else {}
    except BadInput as error:
        raise click.ClickException(f"{error.message} {error.advice}") from error
    options = {"auth_url": "auth_login_url"}
    said = {options.get(name, name): value for name, value in given.items() if value}
    whole = {**known, **said}
    wanted = ("name", "issuer", "auth_login_url", "token_url", "jwks_url")
    if missing := [name for name in wanted if name not in whole]:
        words = ", ".join(
            "--" + name.replace("auth_login", "auth").replace("_", "-") for name in missing
        )
        raise click.ClickException(f"Give {words}, too.")
    return PlatformDraft(
        name=whole["name"],
        issuer=whole["issuer"],
        client_id=client_id,
        auth_login_url=whole["auth_login_url"],
        token_url=whole["token_url"],
        jwks_url=whole["jwks_url"],
        token_audience=whole.get("token_audience"),
        frame_origins=(*frame_origins, *([site] if site else [])),
    )


def district_named(session: Session, name: str, timezone: str) -> District:
    """The district of a name, made where it does not exist."""
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
