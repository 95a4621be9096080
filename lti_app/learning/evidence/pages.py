"""A photo or file, for the student who sent it and for those who teach."""

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from lti_app.files import file_store
from lti_app.learning.evidence import files, pictures
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("evidence", __name__)


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/evidence/<int:file_id>")
@allow(Role.STUDENT, Role.TEACHER, Role.ASSISTANT)
def one(file_id: int) -> ResponseReturnValue:
    """The bytes: a picture to look at, a document to download."""
    found = files.get(db_session(), viewer(), file_id)
    answer = Response(content_type=found.content_type)
    answer.set_etag(found.digest)
    answer.cache_control.private = True
    answer.cache_control.max_age = 3600
    how = "attachment" if found.content_type == pictures.DOCUMENT else "inline"
    answer.headers["Content-Disposition"] = f'{how}; filename="{found.name}"'
    # What a student sent runs no scripts and knows no cookies, whatever a browser takes it for.
    answer.headers["Content-Security-Policy"] = "sandbox"
    if not request.if_none_match.contains(found.digest):
        answer.data = files.read(file_store(), found)
    return answer.make_conditional(request)
