"""Students' pages: a target with its pathways."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.learning import (
    attempts,
    checkpoint_pages,
    checkpoint_plan_pages,
    mastery_pages,
    pathway_pages,
    pathways,
    plan_pages,
    scoring_pages,
    standard_pages,
    targets,
)
from lti_app.learning.choice import choice_pages, levels, offers, proposal_pages, proposals
from lti_app.learning.choice import words as choice_words
from lti_app.learning.choice.offers import Offers
from lti_app.learning.evidence import pages as evidence_pages
from lti_app.learning.models import Level, PathwayChoice, Target
from lti_app.learning.plan import needs
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("learning", __name__)
checkpoint_pages.add_to(blueprint)
student = allow(Role.STUDENT)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(blueprint)
    plan_pages.init_app(app)
    pathway_pages.init_app(app)
    checkpoint_plan_pages.init_app(app)
    mastery_pages.init_app(app)
    choice_pages.init_app(app)
    standard_pages.init_app(app)
    proposal_pages.init_app(app)
    scoring_pages.init_app(app)
    evidence_pages.init_app(app)


@blueprint.get("/targets/<int:target_id>")
@student
def target(target_id: int) -> ResponseReturnValue:
    """One target: where am I, which ways are there, how do I show it."""
    session = db_session()
    found = targets.get(session, viewer().team_id, viewer().section_id, target_id)
    progress = pathways.progress(session, viewer().person_id)
    standing = attempts.standings(session, [viewer().person_id], [target_id])
    return render_template(
        "learning/target.html",
        target=found,
        level=standing.get((viewer().person_id, target_id), Level.NOT_STARTED),
        first=needs.unmet_first(session, viewer().team_id, viewer().person_id, [target_id]).get(
            target_id, []
        ),
        offers=_offers(found, progress.choice_of.get(target_id)),
        checkpoints=targets.visible_checkpoints(found),
        done=progress.done,
        proposal=proposals.on_target(session, viewer().person_id, target_id),
        state_words=choice_words.FOR_STUDENTS,
    )


def _offers(found: Target, choice: PathwayChoice | None) -> Offers:
    level = levels.of_student(
        db_session(), viewer().person_id, viewer().section_id, viewer().team_id
    )
    return offers.on_target(found, viewer().person_id, level, choice)


@blueprint.post("/pathways/<int:pathway_id>/choose")
@student
def choose(pathway_id: int) -> ResponseReturnValue:
    """The student picks a pathway."""
    session = db_session()
    pathway = targets.get_pathway(session, viewer().team_id, viewer().section_id, pathway_id)
    found = targets.get(session, viewer().team_id, viewer().section_id, pathway.target_id)
    choice = pathways.progress(session, viewer().person_id).choice_of.get(found.id)
    offers.require(_offers(found, choice), pathway)
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
