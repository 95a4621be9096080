"""Teachers' pages: a target is split, or another one is merged into it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.learning.models import Target
from lti_app.learning.plan import merging, outline, splitting
from lti_app.people import audit
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("plan_shape", __name__)
teacher = allow(Role.TEACHER)


@blueprint.get("/plan/<int:target_id>/split")
@teacher
def split_form(target_id: int) -> ResponseReturnValue:
    """Say into which parts a target is split, and what goes where."""
    parts = request.args.get("parts", default=2, type=int)
    return render_template(
        "learning/plan/split.html",
        target=_target(target_id),
        parts=range(1, min(max(parts, 2), splitting.MOST_PARTS) + 1),
        most_parts=splitting.MOST_PARTS,
    )


@blueprint.post("/plan/<int:target_id>/split")
@teacher
def split(target_id: int) -> ResponseReturnValue:
    """Split the target."""
    session = db_session()
    target = _target(target_id)
    titles = [
        request.form[f"title_{part}"]
        for part in range(1, splitting.MOST_PARTS + 2)
        if f"title_{part}" in request.form
    ]
    parts = splitting.split(
        session,
        target,
        titles,
        {pathway.id: _part(f"pathway_{pathway.id}") for pathway in target.pathways},
        {checkpoint.id: _part(f"checkpoint_{checkpoint.id}") for checkpoint in target.checkpoints},
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
    )
    _record("target.split", target_id, into=[part.id for part in parts])
    session.commit()
    flash(_("The target is split. Look at each part."))
    return redirect(url_for("plan.target", target_id=target_id))


@blueprint.get("/plan/<int:target_id>/merge")
@teacher
def merge_form(target_id: int) -> ResponseReturnValue:
    """Say which target comes into this one."""
    session = db_session()
    target = _target(target_id)
    other = request.args.get("other", default=0, type=int)
    return render_template(
        "learning/plan/merge.html",
        target=target,
        groups=outline.others(session, target),
        other=splitting.whole(session, viewer().team_id, other) if other else None,
    )


@blueprint.post("/plan/<int:target_id>/merge")
@teacher
def merge(target_id: int) -> ResponseReturnValue:
    """Merge the other target into this one."""
    session = db_session()
    other_id = request.form.get("other", default=0, type=int)
    merging.merge(
        session,
        _target(target_id),
        other_id,
        title=request.form.get("title", ""),
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
    )
    _record("target.merged", target_id, other=other_id)
    session.commit()
    flash(_("The two targets are one now."))
    return redirect(url_for("plan.target", target_id=target_id))


def _target(target_id: int) -> Target:
    return splitting.whole(db_session(), viewer().team_id, target_id)


def _part(field: str) -> int:
    """The part a list names, counted from 0; the first for anything that is not there."""
    return request.form.get(field, default=1, type=int) - 1


def _record(action: str, target_id: int, **about: int | list[int]) -> None:
    audit.record(
        db_session(),
        action,
        district_id=viewer().district_id,
        person_id=viewer().person_id,
        section_id=viewer().section_id,
        target=target_id,
        **about,
    )
