"""Is it the browser that began the login which now brings the launch? Its cookie says so; where an
iframe keeps none, the platform's storage does (LTI Platform Storage 0.1)."""

import secrets
from urllib.parse import urlencode

from flask import current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from integrations.lti.claims import LaunchClaims
from lti_app.launch.framing import origin_of
from lti_app.launch.logins import LIFETIME, Login
from lti_app.launch.platforms import RegisteredPlatform
from lti_app.launch.refusals import refuse
from lti_app.people.visit import app_settings


def remember(login: Login, platform: RegisteredPlatform, to: str) -> Response:
    """Send the browser to the platform's address `to`, with a cookie; through a page that keeps the
    login in the platform's storage where that is offered and no cookie of ours ever came back."""
    response: Response = redirect(to)
    storage = _storage_of(platform, login)
    if storage is not None and not _keeps_cookies():
        response = make_response(
            render_template("launch/login.html", to=to, login=login, **storage)
        )
    _set_cookie(response, login, int(LIFETIME.total_seconds()))
    return response


def forget(response: Response, login: Login) -> None:
    """The login is used: its cookie goes."""
    _set_cookie(response, login, 0)


def knows(login: Login) -> bool:
    """True where this very browser began the login, by its cookie."""
    kept = request.cookies.get(_cookie(login.name), "")
    return secrets.compare_digest(kept.encode(), login.nonce.encode())


def vouched_by_storage(login: Login, stored: str) -> bool:
    """True where our own page, in this browser, found this login in the platform's storage.

    Whoever began the login knows its nonce, and could have another's browser post it here; the
    browser itself says that no page but ours did.
    """
    return (
        request.headers.get("Origin") == app_settings().public_origin
        and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        and secrets.compare_digest(stored.encode(), login.nonce.encode())
    )


def ask_storage(
    login: Login, platform: RegisteredPlatform, claims: LaunchClaims, id_token: str
) -> Response:
    """In an iframe without cookies: ask the platform's storage, else offer a tab of our own, where
    the same login begins anew."""
    if request.headers.get("Sec-Fetch-Dest") == "document" or not login.hints:
        raise refuse("other_browser")
    again = {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "lti_deployment_id": claims.deployment_id,
        "target_link_uri": claims.target_link_uri,
        **{name: hint for name, hint in login.hints.items() if name != "lti_storage_target"},
    }
    return make_response(
        render_template(
            "launch/no_cookies.html",
            login=login,
            id_token=id_token,
            new_tab=f"{url_for('lti.login')}?{urlencode(again)}",
            storage=_storage_of(platform, login),
        )
    )


def _keeps_cookies() -> bool:
    """True where this browser, here, has sent back a cookie of ours before."""
    ours = current_app.config["SESSION_COOKIE_NAME"]
    return any(name == ours or name.startswith(_cookie("")) for name in request.cookies)


def _storage_of(platform: RegisteredPlatform, login: Login) -> dict[str, str] | None:
    """Which frame of the platform keeps things for us, and its origin (LTI Platform Storage 0.1,
    §1.2: that of the authorization address); None where it offers none, or may not be asked."""
    frame = login.hints.get("lti_storage_target", "")
    if not frame or not platform.uses_storage:
        return None
    origin = origin_of(platform.auth_login_url)
    return None if origin is None else {"frame": frame, "origin": origin}


def _cookie(name: str) -> str:
    """One cookie a login, so that two iframes of one page do not disturb each other."""
    return f"pathways-{name}"


def _set_cookie(response: Response, login: Login, max_age_s: int) -> None:
    cross_site = app_settings().cross_site_cookies
    response.set_cookie(
        _cookie(login.name),
        login.nonce if max_age_s else "",
        max_age=max_age_s,
        path="/lti",
        secure=cross_site,
        httponly=True,
        samesite="None" if cross_site else "Lax",
        partitioned=cross_site,
    )
