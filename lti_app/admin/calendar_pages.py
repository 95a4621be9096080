"""The administrator's page for the school calendar: import it, and say which days are off."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app.coaching import school_calendar
from lti_app.errors import BadInput
from lti_app.people.visit import admin_blueprint, db_session, note_by_admin

blueprint = admin_blueprint("school_calendar", __name__)


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/calendar")
def overview() -> ResponseReturnValue:
    """The district's events, with those that are days off."""
    return render_template("admin/calendar.html", events=school_calendar.of_district(db_session()))


@blueprint.post("/calendar")
def bring_in() -> ResponseReturnValue:
    """Import an iCalendar file; importing it again adds nothing twice."""
    request.max_content_length = 2 * school_calendar.MOST_BYTES
    sent = request.files.get("calendar")
    if sent is None or not sent.filename:
        raise BadInput(_l("Nothing was sent."), _l("Pick the calendar's .ics file."))
    report = school_calendar.import_ics(db_session(), sent.read(school_calendar.MOST_BYTES + 1))
    note_by_admin("calendar.imported", added=report.added, removed=report.removed)
    db_session().commit()
    flash(
        _(
            "%(added)s events are new, %(changed)s changed, %(removed)s gone. Look which days are "
            "without school.",
            added=report.added,
            changed=report.changed,
            removed=report.removed,
        )
    )
    for name, why in report.left_out[:10]:
        flash(_("Left out: %(name)s (%(why)s)", name=name, why=why), "warning")
    return redirect(url_for("school_calendar.overview"))


@blueprint.post("/calendar/off")
def say_off() -> ResponseReturnValue:
    """Which events are days without school."""
    changed = school_calendar.say(db_session(), set(request.form.getlist("off", type=int)))
    note_by_admin("calendar.days_off_set", changed=changed)
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("school_calendar.overview"))
