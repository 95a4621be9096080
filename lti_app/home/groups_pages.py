"""Teachers' pages: groups of students."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.home import grid
from lti_app.home.grid import Filters
from lti_app.people import groups
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("groups", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/groups")
@staff
def overview() -> ResponseReturnValue:
    """The team's groups."""
    return render_template(
        "home/groups.html", groups=groups.of_team(db_session(), viewer().team_id)
    )


@blueprint.post("/groups")
@teacher
def add() -> ResponseReturnValue:
    """Make a group."""
    group = groups.add(db_session(), viewer().team_id, request.form.get("name", ""))
    db_session().commit()
    return redirect(url_for("groups.one", group_id=group.id))


@blueprint.get("/groups/<int:group_id>")
@staff
def one(group_id: int) -> ResponseReturnValue:
    """Who is in a group."""
    session = db_session()
    group = groups.get(session, viewer().team_id, group_id)
    return render_template(
        "home/group.html",
        group=group,
        members=groups.members(session, group.id),
        students=grid.students(session, viewer().team_id, Filters()),
    )


@blueprint.post("/groups/<int:group_id>")
@teacher
def change(group_id: int) -> ResponseReturnValue:
    """Rename a group and say who is in it."""
    session = db_session()
    group = groups.get(session, viewer().team_id, group_id)
    groups.change(
        session,
        group,
        request.form.get("name", ""),
        request.form.getlist("student", type=int),
        request.form.getlist("was", type=int),
    )
    session.commit()
    flash(_("Saved."))
    return redirect(url_for("groups.overview"))


@blueprint.post("/groups/<int:group_id>/remove")
@teacher
def remove(group_id: int) -> ResponseReturnValue:
    """Delete a group."""
    session = db_session()
    groups.remove(session, groups.get(session, viewer().team_id, group_id))
    session.commit()
    flash(_("The group is gone; its students stay."))
    return redirect(url_for("groups.overview"))
