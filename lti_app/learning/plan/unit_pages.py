"""Teachers' pages: units, and the order of units and targets."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lti_app.learning.plan import ordering, units
from lti_app.people.models import Role
from lti_app.people.visit import allow, db_session, section_blueprint, viewer

blueprint = section_blueprint("plan_units", __name__)
teacher = allow(Role.TEACHER)


@blueprint.post("/plan/units")
@teacher
def add() -> ResponseReturnValue:
    """Add a unit."""
    session = db_session()
    unit = units.add(session, viewer().team_id, request.form.get("title", ""))
    session.commit()
    return _back(unit.id)


@blueprint.post("/plan/units/<int:unit_id>")
@teacher
def rename(unit_id: int) -> ResponseReturnValue:
    """Give a unit another title."""
    session = db_session()
    units.rename(
        session,
        units.get(session, viewer().team_id, unit_id),
        request.form.get("title", ""),
        version=request.form.get("version", default=-1, type=int),
        editor_id=viewer().person_id,
    )
    session.commit()
    return _back(unit_id)


@blueprint.post("/plan/units/<int:unit_id>/archive")
@teacher
def archive(unit_id: int) -> ResponseReturnValue:
    """Put a unit away; its targets go where the form says."""
    session = db_session()
    into = request.form.get("into", "")
    units.archive(
        session,
        units.get(session, viewer().team_id, unit_id),
        move=bool(into),
        into_id=units.chosen(session, viewer().team_id, "" if into == "none" else into),
    )
    session.commit()
    flash(_("The unit is archived."))
    return redirect(url_for("plan.overview"))


@blueprint.post("/plan/units/<int:unit_id>/back")
@teacher
def bring_back(unit_id: int) -> ResponseReturnValue:
    """Use an archived unit again."""
    session = db_session()
    units.bring_back(session, units.get(session, viewer().team_id, unit_id))
    session.commit()
    return _back(unit_id)


@blueprint.post("/plan/units/order")
@teacher
def order_units() -> ResponseReturnValue:
    """Put the units in another order."""
    ordering.order_units(db_session(), viewer().team_id, _new_order())
    db_session().commit()
    return redirect(url_for("plan.overview", _anchor="units"))


@blueprint.post("/plan/units/<int:unit_id>/order")
@teacher
def order_in_unit(unit_id: int) -> ResponseReturnValue:
    """Put the targets of a unit in another order."""
    session = db_session()
    unit = units.get(session, viewer().team_id, unit_id)
    ordering.order_targets(session, viewer().team_id, unit.id, _new_order())
    session.commit()
    return redirect(url_for("plan.overview", _anchor=f"unit-{unit_id}"))


@blueprint.post("/plan/order")
@teacher
def order_without_unit() -> ResponseReturnValue:
    """Put the targets that have no unit in another order."""
    ordering.order_targets(db_session(), viewer().team_id, None, _new_order())
    db_session().commit()
    return redirect(url_for("plan.overview", _anchor="unit-none"))


def _new_order() -> ordering.NewOrder:
    """A whole list (`order`, from dragging), or one row that goes beside another (buttons)."""
    moved = request.form.get("move", default=0, type=int)
    for side in ("before", "after"):
        if side in request.form:
            other = request.form.get(side, default=0, type=int)
            return ordering.beside(moved, other, before=side == "before")
    return ordering.by_list(ordering.ids_in(request.form.get("order", "")))


def _back(unit_id: int) -> ResponseReturnValue:
    flash(_("Saved."))
    return redirect(url_for("plan.overview", _anchor=f"unit-{unit_id}"))
