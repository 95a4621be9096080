"""The administrator's page of administrators: who may sign in with Google."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.people import administrators
from lti_app.people.visit import admin_blueprint, admin_viewer, app_settings, db_session

blueprint = admin_blueprint("administrators", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/people")
def overview() -> ResponseReturnValue:
    """Who is listed; with `remove`, the question whether somebody is to be taken off."""
    listed = administrators.of_district(db_session())
    asked = request.args.get("remove", type=int)
    return render_template(
        "admin/people.html",
        listed=listed,
        removing=next((row for row in listed if row.id == asked), None),
        sign_in_address=f"{app_settings().public_url}{url_for('google_sign_in.page')}",
    )


@blueprint.post("/people")
def add() -> ResponseReturnValue:
    """List somebody by their address."""
    administrators.add(
        db_session(),
        app_settings().secret_key.get_secret_value(),
        request.form.get("email", ""),
        district_id=admin_viewer().district_id,
        by_id=admin_viewer().person_id,
    )
    return _done()


@blueprint.post("/people/<int:listed_id>/remove")
def remove(listed_id: int) -> ResponseReturnValue:
    """They administer no more, from their next page on."""
    administrators.remove(
        db_session(),
        listed_id,
        district_id=admin_viewer().district_id,
        by_id=admin_viewer().person_id,
    )
    return _done()


def _done() -> ResponseReturnValue:
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("administrators.overview"))
