"""The administrator's page of platforms: invite one, approve one that registered by itself."""

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.launch import registrations
from lti_app.people import audit
from lti_app.people.visit import admin_blueprint, admin_viewer, db_session
from lti_app.settings import Settings
from lti_app.ui import limiter

blueprint = admin_blueprint("platforms", __name__)

TRIES = "30 per hour"
"""Per network address: codes are not to be guessed."""


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/platforms")
@limiter.limit(TRIES, exempt_when=lambda: not request.args.get("code"))
def overview() -> ResponseReturnValue:
    """Connect one more platform; with a code, the registration that waits under it."""
    code = request.args.get("code", "")
    return render_template(
        "admin/platforms.html",
        code=code,
        waiting=registrations.pending(db_session(), code) if code else None,
    )


@blueprint.post("/platforms/invitations")
def invite() -> ResponseReturnValue:
    """An address to be pasted in an LMS, good once; shown only now."""
    session = db_session()
    code, until = registrations.invite(session, admin_viewer().district_id)
    audit.record(
        session,
        "platform.invited",
        district_id=admin_viewer().district_id,
        person_id=admin_viewer().person_id,
    )
    session.commit()
    address = f"{_settings().public_url}{url_for('registration.begin', invitation=code)}"
    return render_template(
        "admin/platforms.html", code="", waiting=None, address=address, until=until
    )


@blueprint.post("/platforms")
@limiter.limit(TRIES)
def approve() -> ResponseReturnValue:
    """The registration under a code is this district's."""
    session = db_session()
    registrations.approve(
        session,
        registrations.pending(session, request.form.get("code", "")),
        registrations.Approver(admin_viewer().district_id, admin_viewer().person_id),
        allow_loopback_http=_settings().allow_loopback_http,
    )
    session.commit()
    flash(_("The platform is connected."))
    return redirect(url_for("admin.front"))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["pathways.settings"]
    return settings
