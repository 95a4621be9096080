"""Students' pages: a target with its pathways, and a checkpoint."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.learning import attempts, pathways, plan_pages, scoring_pages, targets
from lti_app.learning.models import Level
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("learning", __name__)
student = allow(Role.STUDENT)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
    plan_pages.init_app(app)
    scoring_pages.init_app(app)


@blueprint.get("/targets/<int:target_id>")
@student
def target(target_id: int) -> ResponseReturnValue:
    """One target: where am I, which ways are there, how do I show it."""
    session = db_session()
    found = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    progress = pathways.progress(session, viewer().person_id)
    levels = attempts.standings(session, [viewer().person_id], [target_id])
    return render_template(
        "learning/target.html",
        target=found,
        level=levels.get((viewer().person_id, target_id), Level.NOT_STARTED),
        pathways=targets.visible_pathways(found),
        checkpoints=targets.visible_checkpoints(found),
        chosen=progress.pathway_of.get(target_id),
        done=progress.done,
    )


@blueprint.post("/pathways/<int:pathway_id>/choose")
@student
def choose(pathway_id: int) -> ResponseReturnValue:
    """The student picks a pathway."""
    session = db_session()
    pathway = targets.get_pathway(session, viewer().team_id, viewer().section_id, pathway_id)
    pathways.choose(session, viewer().person_id, pathway)
    session.commit()
    return redirect(url_for("learning.target", target_id=pathway.target_id, _anchor="way"))


@blueprint.post("/activities/<int:activity_id>/done")
@student
def mark(activity_id: int) -> ResponseReturnValue:
    """The student marks an activity as done, or not done after all."""
    session = db_session()
    activity = targets.get_activity(session, viewer().team_id, viewer().section_id, activity_id)
    pathways.mark(session, viewer().person_id, activity, done=request.form.get("done") == "yes")
    session.commit()
    return redirect(url_for("learning.target", target_id=activity.pathway.target_id, _anchor="way"))


@blueprint.get("/checkpoints/<int:checkpoint_id>")
@student
def checkpoint(checkpoint_id: int) -> ResponseReturnValue:
    """A checkpoint with all the student's attempts, and room for the next one."""
    session = db_session()
    found = targets.get_checkpoint(session, viewer().team_id, viewer().section_id, checkpoint_id)
    mine = attempts.of_student(session, viewer().person_id, checkpoint_id)
    return render_template(
        "learning/checkpoint.html",
        checkpoint=found,
        attempts=mine,
        next_number=mine[0].number + 1 if mine else 1,
        longest=attempts.LONGEST_EVIDENCE,
    )


@blueprint.post("/checkpoints/<int:checkpoint_id>")
@student
def submit(checkpoint_id: int) -> ResponseReturnValue:
    """The student sends an answer."""
    session = db_session()
    found = targets.get_checkpoint(session, viewer().team_id, viewer().section_id, checkpoint_id)
    attempts.submit(
        session,
        checkpoint=found,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        number=request.form.get("number", default=0, type=int),
        evidence=request.form.get("evidence", ""),
    )
    session.commit()
    flash(_("Your answer is with your teacher."))
    return redirect(url_for("learning.checkpoint", checkpoint_id=checkpoint_id))
