"""The ground under all pages: extensions, base templates, macros, static files, translations."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request
from flask import session as cookie
from flask_babel import Babel, format_datetime, get_locale
from flask_babel import lazy_gettext as _l
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from lti_app.errors import PathwaysError

LANGUAGES = {"en": "English", "es": "Español"}
"""Languages the pages speak, each by its own name."""

CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "*",  # a launch posts to the platform's address, whichever it is
}

STAFF_LINKS: list[tuple[int, str, object]] = []
"""Order, endpoint and words of the links on top of every teacher's page."""

csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, default_limits=[])

blueprint = Blueprint("ui", __name__, template_folder="templates")


def init_app(app: Flask) -> None:
    """Set up what every page shares."""
    settings = app.extensions["pathways.settings"]
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_TRANSLATION_DIRECTORIES=str(app.root_path) + "/ui/translations",
        RATELIMIT_STORAGE_URI=settings.limits_url,
        RATELIMIT_HEADERS_ENABLED=True,
        SEND_FILE_MAX_AGE_DEFAULT=7 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the visit: a child may leave a page open all day
        WTF_CSRF_SSL_STRICT=False,  # the LMS's iframe may send no referrer
    )
    Bootstrap5(app)
    Compress(app)
    Babel(app, locale_selector=_language, timezone_selector=_timezone)
    csrf.init_app(app)
    limiter.init_app(app)
    Talisman(
        app,
        force_https=settings.is_https,
        strict_transport_security=settings.is_https,
        session_cookie_secure=settings.is_https,
        session_cookie_samesite=app.config["SESSION_COOKIE_SAMESITE"],
        frame_options=None,  # frame-ancestors says it, per district: launch/framing.py
        content_security_policy=CONTENT_SECURITY_POLICY,
        content_security_policy_nonce_in=["script-src", "style-src"],
        referrer_policy="strict-origin-when-cross-origin",
    )
    app.register_blueprint(blueprint)
    app.add_template_filter(points)
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, STAFF_LINKS=STAFF_LINKS, day=day, when=when)
    app.context_processor(lambda: {"viewer": g.get("viewer"), "locale": str(get_locale())})
    app.register_error_handler(PathwaysError, _say)
    app.register_error_handler(CSRFError, _say_csrf)
    app.register_error_handler(HTTPException, _say_http)
    app.register_error_handler(Exception, _say_crash)


def staff_link(order: int, endpoint: str, words: object) -> None:
    """Put a link to a capability's page on top of every teacher's page."""
    if all(known != endpoint for _, known, _ in STAFF_LINKS):
        STAFF_LINKS.append((order, endpoint, words))
        STAFF_LINKS.sort(key=lambda link: link[0])


def points(value: float | None) -> str:
    """Points as people write them: `4`, `3.5`, and an en dash for none."""
    return "–" if value is None else f"{value:g}"


def day(moment: datetime) -> str:
    """A day in the reader's zone and language, e.g. `Mon, Nov 23`."""
    return str(format_datetime(moment, "EEE, MMM d" if str(get_locale()) == "en" else "EEE d MMM"))


def when(moment: datetime) -> str:
    """A day and a time of day in the reader's zone and language; today's without the day."""
    time_of_day = str(format_datetime(moment, "h:mm a" if str(get_locale()) == "en" else "H:mm"))
    return time_of_day if day(moment) == day(datetime.now(UTC)) else f"{day(moment)}, {time_of_day}"


@blueprint.get("/language/<language>")
def choose_language(language: str) -> Response:
    """Remember the reader's language and go back to where they were."""
    if language in LANGUAGES:
        cookie["language"] = language
    back = request.args.get("back", "/")
    # Only a path of our own: "//host" and "/\\host" would leave us.
    if not re.match(r"^/(?![/\\])", back):
        back = "/"
    return redirect(back)  # type: ignore[return-value]


def _language() -> str | None:
    chosen: str | None = cookie.get("language")
    if chosen in LANGUAGES:
        return chosen
    viewer = g.get("viewer")
    if viewer is not None and viewer.locale:
        short: str = viewer.locale.replace("_", "-").partition("-")[0].lower()
        if short in LANGUAGES:
            return short
    best: str | None = request.accept_languages.best_match(list(LANGUAGES), default="en")
    return best


def _timezone() -> ZoneInfo | None:
    viewer = g.get("viewer")
    return ZoneInfo(viewer.timezone) if viewer is not None else None


def _page(status: int, message: object, advice: object = "") -> tuple[str, int]:
    return render_template("ui/error.html", message=message, advice=advice), status


def _say(error: PathwaysError) -> tuple[str, int]:
    return _page(error.status, error.message, error.advice)


def _say_csrf(_error: CSRFError) -> tuple[str, int]:
    return _page(
        400,
        _l("This page was open for too long."),
        _l("Nothing was saved. Open Pathways again from your class and try once more."),
    )


def _say_http(error: HTTPException) -> tuple[str, int] | HTTPException:
    if error.code is None or error.code < 400:
        return error
    if error.code == 404:
        return _page(
            404, _l("There is no such page."), _l("Go back, or open Pathways from your class.")
        )
    if error.code == 413:
        return _page(413, _l("That is too big to send."), _l("Make it shorter and try again."))
    if error.code == 429:
        return _page(429, _l("Too many tries at once."), _l("Wait a minute, then try again."))
    return _page(error.code, _l("That did not work."), _l("Go back and try again."))


def _say_crash(error: Exception) -> tuple[str, int]:
    # The exception's own words may hold names or tokens: only its kind and place are logged.
    current_app.logger.error("page failed: %s %s", request.endpoint, type(error).__name__)
    return _page(
        500,
        _l("Something went wrong on our side."),
        _l("Nothing was changed. Try again in a minute; if it stays, tell your teacher."),
    )
