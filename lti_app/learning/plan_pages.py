"""Teachers' pages: the team's targets, with their pathways and checkpoints."""

from enum import StrEnum
from typing import TypeVar

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lti_app import ui
from lti_app.errors import BadInput
from lti_app.learning import targets, words
from lti_app.learning.models import ActivityKind, MasteryRule, Target
from lti_app.learning.recalculate import refresh_target
from lti_app.learning.scoring_pages import typed_number
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("plan", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
E = TypeVar("E", bound=StrEnum)


def init_app(app: Flask) -> None:
    """Add the pages and their link."""
    ui.staff_link(40, "plan.overview", _l("Targets"))
    app.register_blueprint(blueprint)


@blueprint.get("/plan")
@staff
def overview() -> ResponseReturnValue:
    """All targets of the team, by unit."""
    return render_template(
        "learning/plan.html",
        targets=targets.of_team(db_session(), viewer().team_id, viewer().section_id),
        rules=words.RULES,
    )


@blueprint.post("/plan")
@staff
def add_target() -> ResponseReturnValue:
    """Write a new target."""
    session = db_session()
    target = targets.add_target(
        session,
        viewer().team_id,
        title=request.form.get("title", ""),
        codes=request.form.get("codes", ""),
    )
    session.commit()
    return redirect(url_for("plan.target", target_id=target.id))


@blueprint.get("/plan/<int:target_id>")
@staff
def target(target_id: int) -> ResponseReturnValue:
    """One target with everything that belongs to it."""
    return render_template(
        "learning/plan_target.html",
        target=_target(target_id),
        rules=words.RULES,
        kinds=words.KINDS,
        mirrored=words.MIRRORED,
    )


@blueprint.post("/plan/<int:target_id>")
@staff
def edit_target(target_id: int) -> ResponseReturnValue:
    """Change a target's words, standards or rule."""
    session = db_session()
    found = _target(target_id)
    rule_changed = targets.edit_target(
        session,
        found,
        title=request.form.get("title", ""),
        codes=request.form.get("codes", ""),
        rule=_one_of(MasteryRule, "rule"),
    )
    if rule_changed:
        refresh_target(session, found.id)
    session.commit()
    return _back(target_id)


@blueprint.post("/plan/<int:target_id>/pathways")
@staff
def add_pathway(target_id: int) -> ResponseReturnValue:
    """Add a pathway with its first activity, so that students can walk it at once."""
    session = db_session()
    pathway = targets.add_pathway(session, _target(target_id), title=request.form.get("title", ""))
    _activity(pathway.id)
    session.commit()
    return _back(target_id)


@blueprint.post("/plan/<int:target_id>/pathways/<int:pathway_id>/activities")
@staff
def add_activity(target_id: int, pathway_id: int) -> ResponseReturnValue:
    """Add an activity to a pathway."""
    _activity(pathway_id)
    db_session().commit()
    return _back(target_id)


def _activity(pathway_id: int) -> None:
    session = db_session()
    minutes = request.form.get("minutes", "").strip()
    targets.add_activity(
        session,
        targets.get_pathway(session, viewer().team_id, viewer().section_id, pathway_id),
        title=request.form.get("activity", ""),
        kind=_one_of(ActivityKind, "kind"),
        url=request.form.get("url"),
        minutes=int(typed_number(minutes)) if minutes else None,
    )


@blueprint.post("/plan/<int:target_id>/checkpoints")
@staff
def add_checkpoint(target_id: int) -> ResponseReturnValue:
    """Add a checkpoint."""
    targets.add_checkpoint(
        db_session(),
        _target(target_id),
        title=request.form.get("title", ""),
        question=request.form.get("question", ""),
        max_points=typed_number(request.form.get("max_points", "")),
    )
    db_session().commit()
    return _back(target_id)


@blueprint.post("/plan/<int:target_id>/activities/<int:activity_id>")
@staff
def edit_activity(target_id: int, activity_id: int) -> ResponseReturnValue:
    """Rename, hide or show an activity."""
    activity = targets.get_activity(
        db_session(), viewer().team_id, viewer().section_id, activity_id
    )
    activity.title = targets.title_of(request.form.get("title", ""))
    activity.hidden = "hidden" in request.form
    db_session().commit()
    return _back(target_id)


@blueprint.post("/plan/<int:target_id>/checkpoints/<int:checkpoint_id>")
@staff
def edit_checkpoint(target_id: int, checkpoint_id: int) -> ResponseReturnValue:
    """Rename, hide or show a checkpoint."""
    checkpoint = targets.get_checkpoint(
        db_session(), viewer().team_id, viewer().section_id, checkpoint_id
    )
    checkpoint.title = targets.title_of(request.form.get("title", ""))
    checkpoint.hidden = "hidden" in request.form
    db_session().commit()
    return _back(target_id)


def _target(target_id: int) -> Target:
    return targets.get(db_session(), viewer().team_id, viewer().section_id, target_id)


def _one_of(choices: type[E], field: str) -> E:
    try:
        return choices(request.form.get(field, ""))
    except ValueError:
        raise BadInput(_l("Please pick one from the list."), _l("Nothing was saved.")) from None


def _back(target_id: int) -> ResponseReturnValue:
    flash(_("Saved."))
    return redirect(url_for("plan.target", target_id=target_id))
