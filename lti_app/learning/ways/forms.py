"""What the planning forms of pathways send, as values for the rules."""

from flask import request

from lti_app.learning import typed
from lti_app.learning.models import ActivityKind
from lti_app.learning.plan import ordering
from lti_app.learning.ways.writing import Draft


def draft() -> Draft:
    """An activity. Raises `BadInput` for numbers and kinds that are none."""
    form = request.form
    minutes = form.get("minutes", "").strip()
    return Draft(
        title=form.get("activity", ""),
        kind=typed.one_of(ActivityKind, form.get("kind", "")),
        url=form.get("url"),
        minutes=typed.whole(minutes) if minutes else None,
        materials=form.get("materials", ""),
        step_id=form.get("step", type=int),
        hidden=form.get("hidden", "") == "yes",
    )


def version() -> int:
    """The version of the row that the form was opened with; -1 where it says none."""
    return request.form.get("version", default=-1, type=int)


def new_order() -> ordering.NewOrder:
    """A whole list (`order`, from dragging), or one row that goes beside another (buttons)."""
    moved = request.form.get("move", default=0, type=int)
    for side in ("before", "after"):
        if side in request.form:
            other = request.form.get(side, default=0, type=int)
            return ordering.beside(moved, other, before=side == "before")
    return ordering.by_list(ordering.ids_in(request.form.get("order", "")))
