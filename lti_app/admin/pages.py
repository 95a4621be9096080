"""The district administrator's pages."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue

from lti_app.admin import (
    audit_pages,
    building_pages,
    calendar_pages,
    key_pages,
    people_pages,
    platform_pages,
    privacy_pages,
)
from lti_app.admin.commands import people_commands
from lti_app.admin.connections import admin_home
from lti_app.admin.words import action_in_words
from lti_app.people.visit import admin_blueprint, admin_viewer, db_session

blueprint = admin_blueprint("admin", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
    building_pages.init_app(app)
    platform_pages.init_app(app)
    key_pages.init_app(app)
    audit_pages.init_app(app)
    calendar_pages.init_app(app)
    people_pages.init_app(app)
    privacy_pages.init_app(app)
    app.cli.add_command(people_commands)


@blueprint.get("/")
def front() -> ResponseReturnValue:
    """Where an administrator's launch lands."""
    return render_template(
        "admin/front.html",
        home=admin_home(db_session(), admin_viewer().district_id),
        action_in_words=action_in_words,
    )
