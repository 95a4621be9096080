"""Teachers' pages: pathways that other teams of the district share."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.learning import targets
from lti_app.learning.plan import outline, units
from lti_app.learning.ways import library, sharing
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("library", __name__)


@blueprint.get("/plan/library")
@allow(Role.TEACHER, Role.ASSISTANT)
def search() -> ResponseReturnValue:
    """Look for pathways of other teams by words and standard."""
    session = db_session()
    words = request.args.get("words", "")[:200]
    code = request.args.get("code", "")[:64]
    return render_template(
        "learning/pathways/library.html",
        found=library.search(session, viewer().team_id, words=words, code=code),
        words=words,
        code=code,
        groups=outline.grouped_by(
            outline.in_use(session, viewer().team_id), units.of_team(session, viewer().team_id)
        ),
        into=request.args.get("target", type=int),
    )


@blueprint.post("/plan/library/<int:pathway_id>/copy")
@allow(Role.TEACHER)
def copy(pathway_id: int) -> ResponseReturnValue:
    """Copy another team's pathway into one of the team's targets."""
    session = db_session()
    pathway = library.get(session, viewer().team_id, pathway_id)
    target = targets.get(
        session,
        viewer().team_id,
        viewer().section_id,
        request.form.get("target", default=0, type=int),
    )
    copied, new = sharing.take(session, pathway, target)
    if new:
        audit.record(
            session,
            "pathway.copied",
            district_id=viewer().district_id,
            person_id=viewer().person_id,
            section_id=viewer().section_id,
            pathway_id=pathway_id,
            copy_id=copied.id,
        )
    session.commit()
    flash(
        _("This is your copy. Change it as you like.")
        if new
        else _("You have copied it before. This is your copy.")
    )
    return redirect(url_for("pathways.pathway", target_id=target.id, pathway_id=copied.id))
