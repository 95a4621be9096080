"""An administrator's way in without an LMS: `/google/sign-in`, and back from Google."""

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from lti_app.launch import google_sign_in
from lti_app.launch.google_refusals import refuse
from lti_app.people.visit import app_settings, database, enter_by_google, leave
from lti_app.ui import limiter

blueprint = Blueprint("google_sign_in", __name__, url_prefix="/google", template_folder="templates")

LIMIT = "30 per minute"
"""Per network address: administrators are few."""
KEPT = "google_sign_in"
"""In the cookie: the sign-in under way."""


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.before_request
def _unframed() -> None:
    g.framed_by = ("nobody", None)


@blueprint.get("/sign-in")
def page() -> ResponseReturnValue:
    """One button."""
    return render_template(
        "launch/google_sign_in.html",
        login_hint=request.args.get("login_hint", "")[:320],
        set_up=bool(app_settings().google_client_id),
    )


@blueprint.post("/sign-in")
@limiter.limit(LIMIT)
def begin() -> ResponseReturnValue:
    """Set out to Google."""
    hint = request.form.get("login_hint", "")[:320]
    back_to = google_sign_in.redirect_uri(app_settings())
    url, cookie[KEPT] = google_sign_in.begin(app_settings(), back_to, hint)
    return redirect(url, 303)


@blueprint.get("/signed-in")
@limiter.limit(LIMIT)
def back() -> ResponseReturnValue:
    """Google sends the administrator back: let them in, or say plainly why not.

    This page waits for Google, twice and some seconds at most: it is for few, and never a child's.
    """
    begun = google_sign_in.under_way(cookie.pop(KEPT, None), request.args.get("state", ""))
    if request.args.get("error"):
        raise refuse(request.args["error"])
    signed_in = google_sign_in.ask_google(
        app_settings(),
        begun,
        request.args.get("code", ""),
        google_sign_in.redirect_uri(app_settings()),
    )
    enter_by_google(google_sign_in.let_in(database(), app_settings(), signed_in.user))
    return redirect(url_for("admin.front"), 303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Leave this browser; Google's own session is the browser's affair."""
    leave()
    return redirect(url_for("google_sign_in.page"), 303)
