"""Teachers' pages: a target's checkpoints, and one of them with all that it asks for."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.learning import targets, typed, words
from lti_app.learning.items import asking, item_pages, labels, marking, settings
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("checkpoints", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages, and what templates ask items with."""
    app.jinja_env.globals.update(item_asked=asking.asked, item_told=asking.told)
    app.register_blueprint(blueprint)
    item_pages.init_app(app)


@blueprint.post("/plan/<int:target_id>/checkpoints")
@teacher
def add_checkpoint(target_id: int) -> ResponseReturnValue:
    """Add a checkpoint, and go on to what it asks for."""
    session = db_session()
    checkpoint = targets.add_checkpoint(
        session,
        targets.get(session, viewer().team_id, viewer().section_id, target_id),
        title=request.form.get("title", ""),
        question=request.form.get("question", ""),
        max_points=typed.number(request.form.get("max_points", "")),
    )
    session.commit()
    return _back(target_id, checkpoint.id)


@blueprint.get("/plan/<int:target_id>/checkpoints/<int:checkpoint_id>")
@staff
def edit(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """One checkpoint: what it asks for, how it is scored, how often it may be tried."""
    checkpoint = item_pages.of_plan(target_id, checkpoint_id)
    return render_template(
        "learning/checkpoints/edit.html",
        checkpoint=checkpoint,
        items=marking.live(checkpoint),
        fields=settings.shown(checkpoint, viewer().timezone),
        labels=settings.LABELS,
        kinds=labels.KINDS,
        most_levels=settings.MOST_LEVELS,
        most_criteria=settings.MOST_CRITERIA,
        mirrored=words.MIRRORED,
    )


@blueprint.post("/plan/<int:target_id>/checkpoints/<int:checkpoint_id>")
@teacher
def edit_checkpoint(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Change what a checkpoint asks for and how it is scored."""
    checkpoint = item_pages.of_plan(target_id, checkpoint_id)
    settings.edit(
        db_session(),
        checkpoint,
        settings.of_form(request.form, viewer().timezone),
        typed_form=request.form,
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
        timezone=viewer().timezone,
    )
    db_session().commit()
    return _back(target_id, checkpoint_id)


def _back(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    flash(_("Saved."))
    return redirect(url_for("checkpoints.edit", target_id=target_id, checkpoint_id=checkpoint_id))
