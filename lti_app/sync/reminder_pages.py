"""Reminders outside of Pathways: what is switched on and granted, what did not arrive."""

import re

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from lti_app import ui
from lti_app.coaching import team_rules
from lti_app.errors import BadInput, NotAllowed
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer
from lti_app.settings import Settings
from lti_app.sync import accounts, messages
from lti_app.sync.features import Feature
from lti_app.sync.message_models import CanvasAccess, TeacherAddress
from lti_app.sync.models import GoogleAccount

blueprint = section_blueprint("reminders", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)
ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.jinja_env.globals["CHANNEL_WORDS"] = messages.CHANNELS
    ui.STAFF_PLACES["reminders.overview"] = "planning.overview"
    app.register_blueprint(blueprint)


@blueprint.get("/reminders")
@staff
def overview() -> ResponseReturnValue:
    """What is told outside, and what could not be told."""
    session = db_session()
    settings: Settings = current_app.extensions["pathways.settings"]
    account = session.get(GoogleAccount, viewer().person_id)
    return render_template(
        "sync/reminders.html",
        rules=team_rules.of_team(session, viewer().team_id),
        may_announce=accounts.allows(account, Feature.ANNOUNCE),
        may_put_events=accounts.allows(account, Feature.CALENDAR),
        can_sign_in=bool(settings.google_client_id),
        has_canvas=session.scalars(select(CanvasAccess.platform_id)).first() is not None,
        sends_mail=bool(settings.smtp_url.get_secret_value()),
        address=session.get(TeacherAddress, viewer().person_id),
        parked=messages.parked(session, viewer().team_id),
        in_words=messages.in_words,
    )


@blueprint.post("/reminders")
@teacher
def switch() -> ResponseReturnValue:
    """Switch channels on or off; for the team's owners."""
    if not viewer().owns_team:
        raise NotAllowed
    team_rules.switch_channels(
        db_session(),
        viewer().team_id,
        announce_in_classroom="announce_in_classroom" in request.form,
        message_in_canvas="message_in_canvas" in request.form,
        events_in_google="events_in_google" in request.form,
    )
    audit.record(
        db_session(),
        "team.reminders_set",
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
    )
    db_session().commit()
    flash(_("Saved. It holds for sessions from now on."))
    return redirect(url_for("reminders.overview"))


@blueprint.post("/reminders/address")
@teacher
def set_address() -> ResponseReturnValue:
    """My own e-mail address, or none any more."""
    session = db_session()
    typed = request.form.get("address", "").strip()
    if typed and (len(typed) > 254 or not ADDRESS.fullmatch(typed)):
        raise BadInput(_l("This is no e-mail address."), _l("Correct it and save again."))
    session.execute(delete(TeacherAddress).where(TeacherAddress.person_id == viewer().person_id))
    if typed:
        session.add(TeacherAddress(person_id=viewer().person_id, address=typed))
    session.commit()
    flash(_("Saved."))
    return redirect(url_for("reminders.overview"))


@blueprint.post("/reminders/<int:message_id>/retry")
@staff
def retry(message_id: int) -> ResponseReturnValue:
    """Try to tell it once more."""
    messages.retry(db_session(), viewer().team_id, message_id)
    db_session().commit()
    flash(_("We try again now."))
    return redirect(url_for("reminders.overview"))
