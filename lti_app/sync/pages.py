"""Teachers' pages about what crosses to the LMS: Classroom, and grades that did not arrive."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer
from lti_app.sync import classroom_pages, framework_pages, item_pages, outbox

blueprint = section_blueprint("sync", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages and their links."""
    ui.staff_link(50, "sync.grades", _l("Grades"))
    ui.staff_link(60, "classroom.status", _l("Classroom"))
    app.register_blueprint(blueprint)
    classroom_pages.init_app(app)
    framework_pages.init_app(app)
    item_pages.init_app(app)


@blueprint.get("/grades")
@staff
def grades() -> ResponseReturnValue:
    """Grades that wait, or could not be delivered, with the reason."""
    return render_template(
        "sync/grades.html", undelivered=outbox.undelivered(db_session(), viewer().section_id)
    )


@blueprint.post("/grades/<int:delivery_id>/retry")
@staff
def retry(delivery_id: int) -> ResponseReturnValue:
    """Send one grade (again)."""
    outbox.retry(db_session(), viewer().section_id, delivery_id)
    db_session().commit()
    flash(_("We send it now. Look again in a moment."))
    return redirect(url_for("sync.grades"))


@blueprint.post("/grades/retry")
@staff
def retry_all() -> ResponseReturnValue:
    """Send all picked grades again."""
    for delivery_id in request.form.getlist("delivery", type=int):
        outbox.retry(db_session(), viewer().section_id, delivery_id)
    db_session().commit()
    flash(_("We send them now. Look again in a moment."))
    return redirect(url_for("sync.grades"))
