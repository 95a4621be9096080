"""The add-on's way in: `/addon/<view>` in Classroom's iframe, and the window of the sign-in.

Google lets nobody sign in inside an iframe: a button opens a window, and what comes of it goes
back to the iframe (`tickets.py`). No page in the iframe ever leads to Google.
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from lti_app.addon import entering, iframes, signing_in, tickets
from lti_app.addon.openings import Opening, View
from lti_app.addon.refusals import WORDS, refuse
from lti_app.errors import NotHere, PathwaysError
from lti_app.launch import google_sign_in
from lti_app.launch.framing import CLASSROOM, framed_by_classroom
from lti_app.launch.pages import SCHOOL_LIMIT
from lti_app.people import carried
from lti_app.people.visit import app_settings, database, enter, people_here
from lti_app.settings import Settings
from lti_app.sync import open_pages
from lti_app.ui import csrf, limiter

blueprint = Blueprint("addon", __name__, url_prefix="/addon", template_folder="templates")

POLL_LIMIT = "30000 per minute"
"""Per network address: a school whose children all sign in at once, each asking every 2 s."""
KEPT = "add_on_sign_in"
"""In the window's cookie: the sign-in under way."""
_LINK = re.compile(r"/open/[a-z]+-\d{1,18}(\?class=\d{1,18})?", re.ASCII)
"""A path of `sync/open_pages.py`, and nothing else: nobody is sent elsewhere from here."""
IN_IFRAME = frozenset({"addon.frame", "addon.ticket", "addon.come_in"})

WAY_IN = open_pages.WayIn(
    "addon.come_back",
    _l("Sign in with Google"),
    lambda settings: bool(settings.google_client_id),
)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
    if WAY_IN not in open_pages.WAYS_IN:
        open_pages.WAYS_IN.append(WAY_IN)
    settings: Settings = app.extensions["pathways.settings"]
    app.jinja_env.globals["CLASSROOM_ORIGINS"] = settings.classroom_origins
    app.context_processor(lambda: {"in_classroom": cookie.get("framed_by") == CLASSROOM})


@blueprint.before_request
def _who_frames() -> None:
    if request.endpoint in IN_IFRAME:
        framed_by_classroom()
    else:  # a sign-in in an iframe could be clicked through
        g.framed_by = ("nobody", None)


@blueprint.errorhandler(PathwaysError)
def _say(error: PathwaysError) -> ResponseReturnValue:
    in_window = request.endpoint not in IN_IFRAME
    return render_template("addon/refused.html", error=error, in_window=in_window), error.status


@blueprint.get("/<view>")
@limiter.limit(SCHOOL_LIMIT)
def frame(view: str) -> ResponseReturnValue:
    """Classroom opens an iframe: go straight in, or offer to sign in."""
    opening = iframes.read(_view(view), request.args)
    here = entering.who_is_here(database(), people_here(), opening.login_hint)
    try:
        if here is not None and here.is_asked_for:
            landing = entering.straight_in(database(), app_settings(), here, opening)
            if landing is not None:
                return redirect(landing, 303)
    except entering.NoTeacherYet:
        return render_template("addon/no_teacher_yet.html", again=request.full_path)
    cookie["framed_by"] = CLASSROOM  # also shows, later, whether cookies are kept here at all
    channel = tickets.new_secret()
    popup = {"view": view, "channel": tickets.digest_of(channel), **iframes.written(opening)}
    return render_template(
        "addon/door.html",
        channel=channel,
        popup=f"{url_for('addon.sign_in')}?{urlencode(popup)}",
        for_students=view == "student",
        other=here if here is not None and not here.is_asked_for else None,
    )


@blueprint.get("/sign-in")
@limiter.limit(SCHOOL_LIMIT)
def sign_in() -> ResponseReturnValue:
    """The window's first page: hands a key to the iframe that opened it, then goes to Google.

    Without an opener (`here`) the window itself is where somebody comes in.
    """
    opening = iframes.read(_view(request.args.get("view", "")), request.args)
    if request.args.get("here"):
        return redirect(_set_out(opening, None), 303)
    key = tickets.new_secret()
    held = signing_in.Secrets(tickets.digest_of(key), request.args.get("channel", "")[:64])
    to = _set_out(opening, held)
    return render_template(
        "addon/sign_in.html", key=key, to=to, here=f"{request.full_path}&{urlencode({'here': 1})}"
    )


@blueprint.get("/come-back")
@limiter.limit(SCHOOL_LIMIT)
def come_back() -> ResponseReturnValue:
    """Somebody opened a plain link (`/open/…`) in a browser that does not know them: to Google,
    and back to `to`."""
    to = request.args.get("to", "")
    if not _LINK.fullmatch(to):
        raise NotHere
    url, begun = google_sign_in.begin(
        app_settings(), signing_in.redirect_uri(app_settings()), "", WORDS
    )
    cookie[KEPT] = {"begun": begun, "to": to}
    return redirect(url, 303)


@blueprint.get("/signed-in")
@limiter.limit(SCHOOL_LIMIT)
def signed_in() -> ResponseReturnValue:
    """Google sends the window back: let the person in, or say plainly why not.

    Waits for Google, three times and some seconds at most; once a visit.
    """
    kept = cookie.pop(KEPT, None) or {}
    state = request.args.get("state", "")
    begun = google_sign_in.under_way(kept.get("begun"), state, WORDS)
    if request.args.get("error"):
        raise refuse(request.args["error"])
    if "to" in kept:
        return _back_to_link(begun, kept["to"])
    opening = iframes.read(_view(kept["view"]), kept["query"])
    held = signing_in.Secrets(**kept["held"]) if kept["held"] else None
    back_to = signing_in.redirect_uri(app_settings())
    answer = google_sign_in.ask_google(
        app_settings(), begun, request.args.get("code", ""), back_to, WORDS
    )
    try:
        came = signing_in.finish(database(), app_settings(), opening, held, answer)
    except signing_in.ConsentNeeded as needed:
        known = replace(opening, login_hint=needed.user_id)
        return redirect(_set_out(known, held, consent=True), 303)
    if held is None:
        enter(came.person_id)
        return redirect(came.landing, 303)
    return render_template("addon/signed_in.html")


@blueprint.post("/ticket")
@csrf.exempt  # changes nothing, and tells only whoever holds two secrets
@limiter.limit(POLL_LIMIT)
def ticket() -> ResponseReturnValue:
    """The iframe asks whether the window is done."""
    with database().session(writes=False) as session:
        ready = tickets.is_ready(
            session, request.form.get("key", ""), request.form.get("channel", "")
        )
    answer = jsonify(ready=ready)
    answer.cache_control.no_store = True
    return answer


@blueprint.post("/enter")
@csrf.exempt  # the ticket is the token: this iframe may have no cookie of ours
@limiter.limit(SCHOOL_LIMIT)
def come_in() -> ResponseReturnValue:
    """The iframe comes in with the ticket, and gets its own cookie, in Classroom's partition.

    A browser that keeps none in iframes carries the visit in its addresses.
    """
    keeps_cookies = cookie.get("framed_by") == CLASSROOM
    with database().transaction() as session:
        used = tickets.use_up(session, request.form.get("key", ""), request.form.get("channel", ""))
        if used is None:
            raise refuse("ticket_over")
        cookie["framed_by"] = CLASSROOM
        enter(used.person_id)
        root = "" if keeps_cookies else carried.carry(session, cookie)
    return redirect(root + used.landing, 303)


def _back_to_link(begun: google_sign_in.UnderWay, to: str) -> ResponseReturnValue:
    answer = google_sign_in.ask_google(
        app_settings(),
        begun,
        request.args.get("code", ""),
        signing_in.redirect_uri(app_settings()),
        WORDS,
    )
    enter(signing_in.known_here(database(), answer))
    return redirect(to, 303)


def _view(name: str) -> View:
    if name not in iframes.VIEWS:
        raise NotHere
    return name


def _set_out(opening: Opening, held: signing_in.Secrets | None, *, consent: bool = False) -> str:
    """Google's address; the window's cookie remembers all that is needed afterwards."""
    to, begun = signing_in.set_out(app_settings(), opening, consent=consent)
    remembered: dict[str, Any] = {
        "begun": begun,
        "view": opening.view,
        "query": iframes.written(opening),
        "held": held and {"key": held.key, "channel": held.channel},
    }
    cookie[KEPT] = remembered
    return to
