"""Who may show us in an iframe: only the platforms of the viewer's own district, and Google
Classroom where the district uses it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, current_app, g
from flask import session as cookie
from sqlalchemy import select

from lti_app.launch.lately import lately
from lti_app.launch.models import Deployment, Platform, WorkspaceDomain
from lti_app.people.visit import database
from lti_app.settings import Settings
from lti_app.ui.headers import ANCESTORS

CLASSROOM = "classroom"
"""In the cookie, as `framed_by`: this browser came in through Google Classroom."""
Origins = frozenset[str]


def framed_by_issuer(issuer: str) -> None:
    """This answer may stand in the iframes of the issuer's platforms, even if it says no."""
    g.framed_by = ("issuer", issuer)


def framed_by_classroom() -> None:
    """This answer may stand in Google Classroom's iframes, even if it says no."""
    g.framed_by = (CLASSROOM, None)


def init_app(app: Flask) -> None:
    """Say, for every answer, who may frame it."""
    app.extensions[ANCESTORS] = _origins


def _origins() -> Origins:
    viewer = g.get("viewer")
    if viewer is not None:
        return lately(("district", viewer.district_id), lambda: _of_district(viewer.district_id))
    kind, which = g.get("framed_by", (None, None))
    if kind == "anyone":  # a registration: who asks is not known yet, and nobody is signed in
        return frozenset({"*"})
    if kind == "nobody":  # a sign-in in an iframe could be clicked through
        return frozenset()
    if kind == CLASSROOM:
        return _of_classroom()
    if kind == "issuer":
        return lately(("issuer", which), lambda: _of_issuer(which))
    # "Please open Pathways again" must be readable where the visit began.
    began = cookie.get("framed_by")
    if began == CLASSROOM:
        return _of_classroom()
    if isinstance(began, int):
        return lately(("platform", began), lambda: _of_platform(began))
    return frozenset()


def _of_district(district_id: int) -> Origins:
    platforms = _read(
        select(Platform)
        .join(Deployment, Deployment.platform_id == Platform.id)
        .where(Deployment.district_id == district_id)
    )
    with database().session(district_id=district_id, writes=False) as session:
        uses_classroom = session.scalar(select(WorkspaceDomain.id).limit(1)) is not None
    return platforms | _of_classroom() if uses_classroom else platforms


def _of_classroom() -> Origins:
    settings: Settings = current_app.extensions["pathways.settings"]
    return frozenset(settings.classroom_origins)


def _of_issuer(issuer: str) -> Origins:
    return _read(select(Platform).where(Platform.issuer == issuer))


def _of_platform(platform_id: int) -> Origins:
    return _read(select(Platform).where(Platform.id == platform_id))


def _read(query) -> Origins:  # type: ignore[no-untyped-def]
    with database().session(writes=False) as session:
        platforms = session.scalars(query.where(Platform.active)).all()
    return frozenset(origin for platform in platforms for origin in origins_of(platform))


def origins_of(platform: Platform) -> Iterable[str]:
    """Origins of the issuer, the login and those the administrator added."""
    for address in (platform.issuer, platform.auth_login_url, *platform.frame_origins):
        origin = origin_of(address)
        if origin is not None:
            yield origin


def origin_of(address: str) -> str | None:
    """`https://host:port`, or None for what must not stand in a header."""
    try:
        split = urlsplit(address)
        host, port = split.hostname, split.port
    except ValueError:
        return None
    if split.scheme not in {"http", "https"} or not host or not set(host) <= SAFE:
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{split.scheme}://{name}" + (f":{port}" if port else "")


SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:")
