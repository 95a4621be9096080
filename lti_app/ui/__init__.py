"""The ground under all pages: extensions, base templates, macros, static files, translations."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
)
from flask import session as cookie
from flask_babel import Babel, format_date, format_datetime, get_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from lti_app.errors import Conflict, PathwaysError
from lti_app.ui import headers
from lti_app.ui.limits import Limits

LANGUAGES = {"en": "English", "es": "Español"}
"""Languages the pages speak, each by its own name."""

STAFF_LINKS: list[tuple[int, str, object]] = []
"""Order, endpoint and words of the links on top of every teacher's page."""
REMINDER_ENDPOINT = "REMINDER_ENDPOINT"
"""Template global: the endpoint that says what pages remind of; a capability sets it."""
STAFF_PLACES: dict[str, str] = {}
"""Endpoints of pages that belong to a link's page though their address does not stand below it."""

csrf = CSRFProtect()
limiter = Limits()

MOST_ID = 2**31 - 1
"""What an `INTEGER` of PostgreSQL holds."""

blueprint = Blueprint("ui", __name__, template_folder="templates")


class RowId(IntegerConverter):
    """A number in an address that may be a row's: larger ones are no page of ours."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": MOST_ID, **kwargs})


def init_app(app: Flask) -> None:
    """Set up what every page shares."""
    app.url_map.converters["int"] = RowId
    settings = app.extensions["pathways.settings"]
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_TRANSLATION_DIRECTORIES=str(app.root_path) + "/ui/translations",
        SEND_FILE_MAX_AGE_DEFAULT=7 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the visit: a child may leave a page open all day
        WTF_CSRF_SSL_STRICT=False,  # the LMS's iframe may send no referrer
    )
    Bootstrap5(app)
    Compress(app)
    Babel(app, locale_selector=_language, timezone_selector=_timezone)
    csrf.init_app(app)
    limiter.count_at(settings.limits_url)
    headers.init_app(app, is_https=settings.is_https)
    app.register_blueprint(blueprint)
    app.add_template_filter(points)
    app.jinja_env.finalize = _as_text
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, STAFF_LINKS=STAFF_LINKS, day=day, when=when)
    app.jinja_env.globals.update(clock=clock, whole_day=whole_day, weekday_names=weekday_names)
    app.jinja_env.globals.setdefault(REMINDER_ENDPOINT, None)
    app.jinja_env.globals.update(STAFF_PLACES=STAFF_PLACES)
    app.context_processor(lambda: {"viewer": g.get("viewer"), "locale": str(get_locale())})
    app.register_error_handler(Conflict, _say_conflict)
    app.register_error_handler(PathwaysError, _say)
    app.register_error_handler(OverflowError, _say_too_large)
    app.register_error_handler(DataError, _say_too_large)
    app.register_error_handler(CSRFError, _say_csrf)
    app.register_error_handler(HTTPException, _say_http)
    app.register_error_handler(Exception, _say_crash)


def staff_link(order: int, endpoint: str, words: object, *, below: Iterable[str] = ()) -> None:
    """Put a link to a capability's page on top of every teacher's page.

    It is marked on that page, on those below its address, and on those of the endpoints `below`.
    """
    STAFF_PLACES.update(dict.fromkeys(below, endpoint))
    if all(known != endpoint for _, known, _ in STAFF_LINKS):
        STAFF_LINKS.append((order, endpoint, words))
        STAFF_LINKS.sort(key=lambda link: link[0])


def _as_text(value: object) -> object:
    """A lazy text as plain text, so that it is escaped. flask_babel's own says it is safe HTML,
    also where a name or title that somebody typed stands in it."""
    return str(value) if isinstance(value, LazyString) else value


def points(value: float | None) -> str:
    """Points as people write them: `4`, `3.5`, and an en dash for none."""
    return "–" if value is None else f"{value:g}"


def day(moment: datetime) -> str:
    """A day in the reader's zone and language, e.g. `Mon, Nov 23`."""
    return str(format_datetime(moment, "EEE, MMM d" if str(get_locale()) == "en" else "EEE d MMM"))


def whole_day(day: date) -> str:
    """A day of the calendar in the reader's language, e.g. `Mon, Nov 23`."""
    return str(format_date(day, "EEE, MMM d" if str(get_locale()) == "en" else "EEE d MMM"))


def weekday_names() -> list[str]:
    """Monday to Friday in the reader's language, short."""
    names = get_locale().days["format"]["abbreviated"]
    return [str(names[which]) for which in range(5)]


def clock(moment: datetime) -> str:
    """A time of day in the reader's zone and language, e.g. `9:10 AM`."""
    return str(format_datetime(moment, "h:mm a" if str(get_locale()) == "en" else "H:mm"))


def when(moment: datetime) -> str:
    """A day and a time of day in the reader's zone and language; today's without the day."""
    is_today = day(moment) == day(datetime.now(UTC))
    return clock(moment) if is_today else f"{day(moment)}, {clock(moment)}"


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


def language_of(locale: str | None) -> str | None:
    """Which of our languages a locale (`es-MX`, `en_US`) asks for; None where it is none."""
    short = (locale or "").replace("_", "-").partition("-")[0].lower()
    return short if short in LANGUAGES else None


def _language() -> str | None:
    if not has_request_context():
        return None  # a command speaks the installation's own language
    chosen: str | None = cookie.get("language")
    if chosen in LANGUAGES:
        return chosen
    viewer = g.get("viewer")
    spoken = language_of(viewer.locale) if viewer is not None else None
    if spoken is not None:
        return spoken
    best: str | None = request.accept_languages.best_match(list(LANGUAGES), default="en")
    return best


def _timezone() -> ZoneInfo | None:
    viewer = g.get("viewer")
    return ZoneInfo(viewer.timezone) if viewer is not None else None


def _page(status: int, message: object, advice: object = "") -> tuple[str, int]:
    return render_template("ui/error.html", message=message, advice=advice), status


def _say(error: PathwaysError) -> tuple[str, int]:
    return _page(error.status, error.message, error.advice)


def _say_conflict(conflict: Conflict) -> tuple[str, int]:
    """Both versions of what clashes; the rest of the form goes along as it was sent."""
    clashing = {clash.name for clash in conflict.clashes}
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in clashing | {"csrf_token", "version"}
    ]
    page = render_template("ui/conflict.html", conflict=conflict, kept=kept)
    return page, conflict.status


def _say_too_large(_error: Exception) -> tuple[str, int]:
    """A number that no column holds was sent by hand; SQLite and PostgreSQL say so differently."""
    return _page(
        400,
        _l("A number in it is far too large."),
        _l("Go back and pick from what the page offers."),
    )


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
        return _page(
            413,
            _l("That is too big to send."),
            _l("Go back and send less: fewer or smaller photos, or a shorter text."),
        )
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
