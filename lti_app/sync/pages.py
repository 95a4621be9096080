"""Teachers' pages about what crosses to the LMS: Classroom, and grades that did not arrive."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer
from lti_app.sync import (
    classroom_pages,
    deep_linking_pages,
    differences,
    framework_pages,
    google_pages,
    item_pages,
    matching_pages,
    open_pages,
    opening_pages,
    outbox,
    publication_pages,
    push_pages,
    reports,
    wake,
)

blueprint = section_blueprint("sync", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages and their links."""
    ui.staff_link(50, "sync.grades", _l("Grades"))
    ui.staff_link(60, "classroom.status", _l("Classroom"))
    app.register_blueprint(blueprint)
    classroom_pages.init_app(app)
    matching_pages.init_app(app)
    google_pages.init_app(app)
    framework_pages.init_app(app)
    item_pages.init_app(app)
    deep_linking_pages.init_app(app)
    opening_pages.init_app(app)
    open_pages.init_app(app)
    publication_pages.init_app(app)
    push_pages.init_app(app)


@blueprint.get("/grades")
@staff
def grades() -> ResponseReturnValue:
    """Grades a teacher changed in the gradebook, and grades that wait or were not delivered."""
    section_id = viewer().section_id
    return render_template(
        "sync/grades.html",
        differing=outbox.differing(db_session(), section_id),
        undelivered=outbox.undelivered(db_session(), section_id),
        compared=reports.newest(db_session(), section_id, "grades"),
        failure_in_words=reports.failure_in_words,
        compares=outbox.has_gradebook(db_session(), section_id),
    )


@blueprint.post("/grades/differences")
@staff
def decide() -> ResponseReturnValue:
    """For each picked grade: the gradebook's counts, or ours is sent."""
    decisions = {"theirs": differences.keep_theirs, "ours": differences.send_ours}
    for name, decision in request.form.items():
        delivery_id = name.removeprefix("grade-")
        if decision in decisions and delivery_id.isdecimal():
            decisions[decision](db_session(), viewer().section_id, int(delivery_id))
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("sync.grades"))


@blueprint.post("/grades/compare")
@staff
def compare() -> ResponseReturnValue:
    """Read the gradebook now, in the background."""
    wake.enqueue("reconcile_grades", viewer().district_id, viewer().section_id)
    flash(_("We read the gradebook now. Look again in a moment."))
    return redirect(url_for("sync.grades"))


@blueprint.post("/grades/<int:delivery_id>/retry")
@staff
def retry(delivery_id: int) -> ResponseReturnValue:
    """Send one grade (again)."""
    outbox.retry(db_session(), viewer().section_id, delivery_id)
    db_session().commit()
    flash(_("We send it now. Look again in a moment."))
    return redirect(url_for("sync.grades"))


@blueprint.post("/grades/<int:delivery_id>/forget")
@staff
def forget(delivery_id: int) -> ResponseReturnValue:
    """A grade that can't arrive need not."""
    outbox.forget(db_session(), viewer().section_id, delivery_id)
    db_session().commit()
    flash(_("Forgotten. The score stays here."))
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
