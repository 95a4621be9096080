"""Data and privacy: what is kept and why; of one person, how much, and all of it as JSON."""

from flask import Flask, Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from lti_app.admin import of_a_person
from lti_app.people.kept import KEPT
from lti_app.people.models import Person
from lti_app.people.visit import admin_blueprint, admin_viewer, database, db_session, note_by_admin

blueprint = admin_blueprint("privacy", __name__)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/privacy")
def overview() -> ResponseReturnValue:
    """Where an administrator's data privacy launch lands, with the id of whom it is about."""
    asked = request.args.get("id", "").strip()[:255]
    found = of_a_person.find(db_session(), asked)
    return render_template("admin/privacy.html", kept=KEPT, asked=asked, found=found)


@blueprint.post("/privacy/<int:person_id>.json")
def download(person_id: int) -> ResponseReturnValue:
    """One person's data; who took it along is kept."""
    person = db_session().get(Person, person_id)
    if person is None or person.district_id != admin_viewer().district_id:
        abort(404)
    note_by_admin("privacy.downloaded", of=person_id)
    db_session().commit()
    return Response(
        stream_with_context(of_a_person.as_json(database(), person)),
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename=pathways-person-{person_id}.json"},
    )
