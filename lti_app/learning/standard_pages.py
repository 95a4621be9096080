"""Teachers' pages: standards to browse, search, and write targets under."""

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from lti_app.errors import NotHere
from lti_app.learning import browsing
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("standards", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/standards")
@staff
def browse() -> ResponseReturnValue:
    """A framework's tree one level at a time, or what a search finds."""
    session = db_session()
    typed, grade = request.args.get("q", "")[:200], request.args.get("grade", "")[:16]
    known = browsing.frameworks(session)
    chosen = request.args.get("framework", type=int)
    framework = next((one for one in known if chosen in (None, one.id)), None)
    if chosen is not None and framework is None:
        raise NotHere
    at = request.args.get("at", type=int)
    if typed.strip():
        branch, shown = None, browsing.search(session, typed, grade=grade)
    elif framework is not None:
        branch = browsing.branch(session, framework, at)
        shown = branch.below
    else:
        branch, shown = None, []
    here = branch.above[-1:] if branch else []
    return render_template(
        "learning/standards/browse.html",
        frameworks=known,
        framework=framework,
        branch=branch,
        shown=shown,
        here=here[0] if here else None,
        under=browsing.targets_under(session, viewer().team_id, [*shown, *here]),
        typed=typed,
        grade=grade,
        grades=browsing.grades(session),
        most=browsing.MOST_FOUND,
    )


@blueprint.get("/standards/pick")
@staff
def pick() -> ResponseReturnValue:
    """A few standards that fit what is being typed, for the field that picks codes."""
    found = browsing.search(
        db_session(), request.args.get("q", "")[:200], limit=browsing.MOST_PICKED
    )
    return jsonify([{"code": one.code, "statement": one.statement} for one in found])
