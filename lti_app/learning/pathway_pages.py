"""Teachers' pages: a target's pathways, and one of them with its steps."""

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.errors import NotHere
from lti_app.learning import targets, words
from lti_app.learning.models import Pathway, Target
from lti_app.learning.plan import outline, units
from lti_app.learning.ways import (
    activity_pages,
    forms,
    library_pages,
    order,
    sharing,
    steps,
    writing,
)
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("pathways", __name__)
staff = allow(Role.TEACHER, Role.ASSISTANT)
teacher = allow(Role.TEACHER)


def init_app(app: Flask) -> None:
    """Add the pages."""
    for pages in (blueprint, activity_pages.blueprint, library_pages.blueprint):
        app.register_blueprint(pages)
    app.jinja_env.globals.update(
        PATHWAY_SEEN_BY=writing.SEEN_BY, PATHWAY_SCOPES=writing.SCOPES, seen_by=writing.seen_by
    )


@blueprint.post("/plan/<int:target_id>/pathways")
@teacher
def add_pathway(target_id: int) -> ResponseReturnValue:
    """Add a pathway with its first activity, so that students can walk it at once."""
    session = db_session()
    pathway = targets.add_pathway(session, _target(target_id), title=request.form.get("title", ""))
    writing.add(session, pathway, forms.draft())
    session.commit()
    flash(_("Saved."))
    return redirect(url_for("plan.target", target_id=target_id, _anchor=f"pathway-{pathway.id}"))


@blueprint.post("/plan/<int:target_id>/pathways/order")
@teacher
def order_pathways(target_id: int) -> ResponseReturnValue:
    """Put a target's pathways in another order."""
    session = db_session()
    order.order_pathways(session, _target(target_id), viewer().section_id, forms.new_order())
    session.commit()
    return redirect(url_for("plan.target", target_id=target_id, _anchor="pathways"))


@blueprint.get("/plan/<int:target_id>/pathways/<int:pathway_id>")
@staff
def pathway(target_id: int, pathway_id: int) -> ResponseReturnValue:
    """One pathway with all that can be changed on it."""
    session = db_session()
    found = of_target(target_id, pathway_id)
    return render_template(
        "learning/pathways/pathway.html",
        target=found.target,
        pathway=found,
        steps=steps.all_of(found.activities),
        scope=writing.scope_of(found),
        may_choose_scope=writing.may_choose_scope(found),
        why_not_shared=sharing.why_not(found),
        groups=outline.grouped_by(
            outline.in_use(session, viewer().team_id), units.of_team(session, viewer().team_id)
        ),
        kinds=words.KINDS,
        mirrored=words.MIRRORED,
    )


@blueprint.post("/plan/<int:target_id>/pathways/<int:pathway_id>")
@teacher
def edit_pathway(target_id: int, pathway_id: int) -> ResponseReturnValue:
    """Rename a pathway, and say who sees it."""
    session = db_session()
    writing.edit_pathway(
        session,
        of_target(target_id, pathway_id),
        title=request.form.get("title", ""),
        seen=request.form.get("seen", ""),
        scope=request.form.get("scope", ""),
        section_id=viewer().section_id,
        version=forms.version(),
        editor_id=viewer().person_id,
    )
    session.commit()
    flash(_("Saved."))
    return _back(target_id, pathway_id)


@blueprint.post("/plan/<int:target_id>/pathways/<int:pathway_id>/order")
@teacher
def order_steps(target_id: int, pathway_id: int) -> ResponseReturnValue:
    """Put the steps of a pathway, or the ways to do one of them, in another order."""
    session = db_session()
    found = of_target(target_id, pathway_id)
    step_id = request.args.get("step", type=int)
    if step_id is None:
        order.order_steps(session, found, forms.new_order())
    else:
        order.order_alternatives(session, found, step_id, forms.new_order())
    session.commit()
    return _back(target_id, pathway_id, "steps")


@blueprint.post("/plan/<int:target_id>/pathways/<int:pathway_id>/copy")
@teacher
def duplicate(target_id: int, pathway_id: int) -> ResponseReturnValue:
    """Copy a pathway, within its target or to another target of the team."""
    session = db_session()
    original = of_target(target_id, pathway_id)
    into = _target(request.form.get("target", default=target_id, type=int))
    copied = sharing.duplicate(session, original, into)
    session.commit()
    flash(_("This is the copy. Change it as you like."))
    return _back(into.id, copied.id)


@blueprint.post("/plan/<int:target_id>/pathways/<int:pathway_id>/share")
@teacher
def share(target_id: int, pathway_id: int) -> ResponseReturnValue:
    """Share a pathway with the other teams of the district, or no longer."""
    session = db_session()
    found = of_target(target_id, pathway_id)
    taken_back = request.form.get("share") == "no"
    if taken_back:
        sharing.take_back(session, found, editor_id=viewer().person_id)
    else:
        sharing.share(session, found, editor_id=viewer().person_id)
    audit.record(
        session,
        "pathway.taken_back" if taken_back else "pathway.shared",
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        pathway_id=pathway_id,
    )
    session.commit()
    flash(
        _("Other teams no longer see it. Copies they made stay.")
        if taken_back
        else _("Other teams of the district can copy it now.")
    )
    return _back(target_id, pathway_id, "share")


def of_target(target_id: int, pathway_id: int) -> Pathway:
    """A pathway of this target that the viewer's section sees. Raises `NotHere`."""
    found = targets.get_pathway(db_session(), viewer().team_id, viewer().section_id, pathway_id)
    if found.target_id != target_id:
        raise NotHere
    return found


def _target(target_id: int) -> Target:
    return targets.get(db_session(), viewer().team_id, viewer().section_id, target_id)


def _back(target_id: int, pathway_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(
        url_for("pathways.pathway", target_id=target_id, pathway_id=pathway_id, _anchor=anchor)
    )
