"""The front pages: a student's and a teacher's."""

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.coaching import sessions
from lti_app.home.student import student_home
from lti_app.home.teacher import teacher_home
from lti_app.people.visit import db_session, section_blueprint, viewer

blueprint = section_blueprint("home", __name__)
doorstep = Blueprint("doorstep", __name__)


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(10, "home.front", _l("Today"), below=["students.needing"])
    app.register_blueprint(blueprint)
    app.register_blueprint(doorstep)


@doorstep.get("/")
def outside() -> ResponseReturnValue:
    """Someone typed our address: the way in is through their class."""
    return render_template("home/outside.html")


@blueprint.get("/")
def front() -> ResponseReturnValue:
    """Where a launch lands."""
    if viewer().is_staff:
        return render_template(
            "home/teacher.html",
            home=teacher_home(db_session(), viewer()),
            coming=sessions.coming,
            is_past_its_places=sessions.is_past_its_places,
        )
    return render_template("home/student.html", home=student_home(db_session(), viewer()))
