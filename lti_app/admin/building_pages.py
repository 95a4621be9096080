"""The administrator's page for buildings: their teams, and who looks on."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.people import observers
from lti_app.people.visit import admin_blueprint, admin_viewer, db_session, note_by_admin

blueprint = admin_blueprint("buildings", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/buildings")
def overview() -> ResponseReturnValue:
    """Buildings with their teams, and the principals and coaches who look on."""
    session = db_session()
    name = request.args.get("name", "")[:100]
    return render_template(
        "admin/buildings.html",
        buildings=observers.buildings(session),
        teams=observers.teams(session),
        observers=observers.of_district(session),
        name=name,
        found=observers.find(session, name),
    )


@blueprint.post("/buildings")
def add() -> ResponseReturnValue:
    """Add a building."""
    building = observers.add_building(db_session(), request.form.get("name", ""))
    return _done("building.added", building=building.id)


@blueprint.post("/buildings/teams/<int:team_id>")
def place(team_id: int) -> ResponseReturnValue:
    """Say which building and grade a team belongs to."""
    observers.place_team(
        db_session(),
        team_id,
        request.form.get("building", type=int),
        request.form.get("grade", ""),
    )
    return _done("team.placed", team=team_id)


@blueprint.post("/buildings/observers")
def grant() -> ResponseReturnValue:
    """Let somebody look on."""
    person_id = request.form.get("person", default=0, type=int)
    observer = observers.grant(
        db_session(),
        person_id=person_id,
        building_id=request.form.get("building", type=int),
        granted_by_id=admin_viewer().person_id,
    )
    return _done("observer.granted", observer=observer.id, looks_on=person_id)


@blueprint.post("/buildings/observers/<int:observer_id>/end")
def take_back(observer_id: int) -> ResponseReturnValue:
    """They look on no more."""
    observers.take_back(db_session(), observer_id)
    return _done("observer.ended", observer=observer_id)


def _done(action: str, **about: int) -> ResponseReturnValue:
    note_by_admin(action, **about)
    db_session().commit()
    flash(_("Saved."))
    return redirect(url_for("buildings.overview"))
