"""Teachers' page: taking questions over from a QTI file."""

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from lti_app.errors import BadInput, NotHere
from lti_app.learning import targets
from lti_app.learning.models import Checkpoint
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer
from lti_app.sync import item_import

blueprint = section_blueprint("qti", __name__)
teacher = allow(Role.TEACHER)

MOST_BYTES = 5 * 1024 * 1024


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/plan/<int:target_id>/checkpoints/<int:checkpoint_id>/qti")
@teacher
def choose_file(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Room for a QTI file."""
    return render_template(
        "sync/qti.html", checkpoint=_checkpoint(target_id, checkpoint_id), report=None
    )


@blueprint.post("/plan/<int:target_id>/checkpoints/<int:checkpoint_id>/qti")
@teacher
def take_over(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Take its questions over, and say which were not."""
    request.max_content_length = MOST_BYTES
    checkpoint = _checkpoint(target_id, checkpoint_id)
    sent = request.files.get("package")
    if sent is None or not sent.filename:
        raise BadInput(_l("Nothing was sent."), _l("Pick a QTI file (XML or zip) first."))
    report = item_import.take_over(db_session(), checkpoint, sent.read())
    db_session().commit()
    return render_template("sync/qti.html", checkpoint=checkpoint, report=report)


def _checkpoint(target_id: int, checkpoint_id: int) -> Checkpoint:
    found = targets.get_checkpoint(
        db_session(), viewer().team_id, viewer().section_id, checkpoint_id
    )
    if found.target_id != target_id:
        raise NotHere
    return found
