"""The administrator's page of our own signing keys."""

from flask import Flask, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.launch import keys
from lti_app.people.visit import admin_blueprint, database, db_session, note_by_admin

blueprint = admin_blueprint("keys", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/keys")
def overview() -> ResponseReturnValue:
    """Which keys there are, since when, and whether they may be rotated now."""
    keys.current_key(database())  # makes the first pair
    return render_template(
        "admin/keys.html",
        keys=keys.in_use(db_session()),
        rotates_from=keys.rotates_from(db_session()),
    )


@blueprint.post("/keys")
def rotate() -> ResponseReturnValue:
    """Sign with the next key from now on."""
    session = db_session()
    keys.rotate_by_hand(session)
    note_by_admin("keys.rotated")
    session.commit()
    flash(_("The next key signs from now on."))
    return redirect(url_for("keys.overview"))
