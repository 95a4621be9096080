"""The administrator's pages of platforms: invite one, approve one that registered by itself, see
how each is, test it, switch it off."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.admin import health
from lti_app.errors import NotAllowed
from lti_app.launch import registrations
from lti_app.people.visit import (
    admin_blueprint,
    admin_viewer,
    app_settings,
    database,
    db_session,
    note_by_admin,
)
from lti_app.sync import checkup, checkup_words, wake
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
    note_by_admin("platform.invited")
    session.commit()
    address = f"{app_settings().public_url}{url_for('registration.begin', invitation=code)}"
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
        allow_loopback_http=app_settings().allow_loopback_http,
    )
    session.commit()
    flash(_("The platform is connected."))
    return redirect(url_for("admin.front"))


@blueprint.get("/platforms/<int:platform_id>")
def platform(platform_id: int) -> ResponseReturnValue:
    """How one platform is, and what its last test found."""
    session = db_session()
    found = health.of_platform(session, admin_viewer().district_id, platform_id)
    check = checkup.newest(session, platform_id)
    return render_template(
        "admin/platform.html",
        health=found,
        public_url=app_settings().public_url,
        check=check,
        findings=checkup.findings_of(check) if check else [],
        words=checkup_words,
        ours_alone=_ours_alone(platform_id),
    )


@blueprint.post("/platforms/<int:platform_id>/check")
def check(platform_id: int) -> ResponseReturnValue:
    """Have every service tried, by a worker."""
    session = db_session()
    district_id = admin_viewer().district_id
    health.of_platform(session, district_id, platform_id)
    asked = checkup.begin(session, platform_id)
    wake.check_wanted(session, district_id, asked.id)
    note_by_admin("platform.tested", platform_id=platform_id)
    session.commit()
    return redirect(url_for("platforms.platform", platform_id=platform_id, _anchor="test"))


@blueprint.post("/platforms/<int:platform_id>/switch")
def switch(platform_id: int) -> ResponseReturnValue:
    """Whether people come in from the platform, and whether its page is asked to keep logins."""
    session = db_session()
    found = health.of_platform(session, admin_viewer().district_id, platform_id)
    if not _ours_alone(platform_id):
        raise NotAllowed
    found.platform.active = "active" in request.form
    found.platform.uses_storage = "storage" in request.form
    note_by_admin("platform.switched", platform_id=platform_id, active=found.platform.active)
    session.commit()
    flash(_("Saved."))
    return redirect(url_for("platforms.platform", platform_id=platform_id))


def _ours_alone(platform_id: int) -> bool:
    with database().session(writes=False) as session:
        return health.is_ours_alone(session, admin_viewer().district_id, platform_id)
